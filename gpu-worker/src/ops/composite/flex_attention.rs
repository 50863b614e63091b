//! FlexAttention with sub-graphs that change scores or shares: Attention's product, Softmax and the product with the values, with a
//! sub-graph after each of the first two.

use std::sync::Arc;

use super::{Writer, input, none, output};
use crate::model::{Attribute, Node, OperatorName, ValueId};
use crate::ops::{Body, OpError};
use crate::tensor::Tensor;

/// The number of float32 among ONNX's types.
const FLOAT: i64 = 1;

/// Writes the node out, if it has a sub-graph; tells whether it does.
pub fn expand(writer: &mut Writer, node: &mut Node) -> Result<bool, OpError> {
    let (on_scores, on_shares) = (node.attributes.body("score_mod")?, node.attributes.body("prob_mod")?);
    if on_scores.is_none() && on_shares.is_none() {
        return Ok(false);
    }
    if let Some(other) = node.attributes.int("softmax_precision")?.filter(|&code| code != FLOAT) {
        return Err(OpError::unsupported(format!(
            "softmax_precision {other} with a sub-graph; {FLOAT} (float32) is supported"
        )));
    }
    let (q, k, v) = (input(node, 0)?, input(node, 1)?, input(node, 2)?);
    let scores = taken_by(writer, on_scores.as_deref(), "scores")?;
    let mut attributes = none();
    if let Some(scale) = node.attributes.float("scale")? {
        attributes = attributes.with("scale", Attribute::Float(scale));
    }
    writer.nodes.push(Node {
        name: writer.label.clone(),
        operator: OperatorName::onnx("Attention"),
        opset: super::OPSET,
        inputs: vec![Some(q), Some(k), Some(v)],
        outputs: vec![None, None, None, Some(scores)],
        attributes,
        captures: Vec::new(),
    });
    let scores = changed(writer, on_scores, scores);
    let shares = taken_by(writer, on_shares.as_deref(), "shares")?;
    let last = none().with("axis", Attribute::Int(-1));
    writer.add_to("Softmax", &[scores], last, Some(shares));
    let shares = changed(writer, on_shares, shares);
    writer.add_to("MatMul", &[shares, v], none(), output(node, 0));
    Ok(true)
}

/// The value that a sub-graph takes; a new one where there is no sub-graph.
fn taken_by(writer: &mut Writer, body: Option<&Body>, name: &str) -> Result<ValueId, OpError> {
    let Some(body) = body else {
        return Ok(writer.graph.add_value(format!("{}/{name}", writer.label)));
    };
    match (body.graph.inputs.as_slice(), body.graph.outputs.len()) {
        (&[only], 1) => Ok(only),
        (inputs, outputs) => Err(OpError::invalid(format!(
            "its sub-graph on {name} has {} inputs and {outputs} outputs, not one each",
            inputs.len()
        ))),
    }
}

/// What a sub-graph makes of `x`, which it reads from around it.
fn changed(writer: &mut Writer, body: Option<Arc<Body>>, x: ValueId) -> ValueId {
    let Some(body) = body else { return x };
    let mut graph = body.graph.clone();
    graph.inputs.clear();
    graph.captures.push(x);
    let captures = graph.captures.clone();
    let body = Arc::new(Body {
        graph,
        operators: body.operators.clone(),
    });
    let always = writer.constant("always", Tensor::scalar(true));
    let made = writer.graph.add_value(format!("{}/changed", writer.label));
    let branch = || Attribute::Body(Arc::clone(&body));
    writer.nodes.push(Node {
        name: writer.label.clone(),
        operator: OperatorName::onnx("If"),
        opset: super::OPSET,
        inputs: vec![Some(always)],
        outputs: vec![Some(made)],
        attributes: none().with("then_branch", branch()).with("else_branch", branch()),
        captures,
    });
    made
}
