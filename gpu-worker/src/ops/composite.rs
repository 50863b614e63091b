//! Operators that are written out as others when a model is loaded, so that they need no kernels: sums of many inputs, constants,
//! and the linear models of ai.onnx.ml.

mod flex_attention;

use std::sync::Arc;

use super::OpError;
use super::sampling::REGION_SAMPLES;
use crate::model::{Attribute, Attributes, Classes, Graph, INTERNAL, Node, OperatorName, ValueId};
use crate::tensor::{Shape, Tensor, Text};

/// The number of float32 among ONNX's types.
const FLOAT: i64 = 1;
/// Version of the operator set of the nodes written here.
const OPSET: i64 = 18;

/// The nodes that `node` stands for, if it is composite; `graph` gets their intermediate values and constants.
pub fn expand(graph: &mut Graph, node: &mut Node) -> Result<Option<Vec<Node>>, OpError> {
    let mut writer = Writer {
        graph,
        label: node.label(),
        nodes: Vec::new(),
    };
    match (node.operator.domain.as_str(), node.operator.kind.as_str()) {
        ("", "Constant") => constant(&mut writer, node)?,
        ("", "Sum" | "Mean") => variadic(&mut writer, node)?,
        ("", "Max" | "Min") if node.inputs.len() != 2 => variadic(&mut writer, node)?,
        ("", "Pad") if node.opset < 11 => pad(&mut writer, node)?,
        ("", "RoiAlign") => region_samples(&mut writer, node)?,
        ("", "RotaryEmbedding") if node.inputs.get(3).copied().flatten().is_some() => rotary(&mut writer, node)?,
        ("ai.onnx.preview", "FlexAttention") => {
            if !flex_attention::expand(&mut writer, node)? {
                return Ok(None);
            }
        }
        ("ai.onnx.ml", "LinearClassifier") => linear_classifier(&mut writer, node)?,
        ("ai.onnx.ml", "LinearRegressor") => linear_regressor(&mut writer, node)?,
        ("ai.onnx.ml", "Normalizer") => normalizer(&mut writer, node)?,
        ("ai.onnx.ml", "Scaler") => scaler(&mut writer, node)?,
        ("ai.onnx.ml", "Binarizer") => binarizer(&mut writer, node)?,
        ("ai.onnx.ml", "ZipMap") => zip_map(&mut writer, node)?,
        _ => return Ok(None),
    }
    Ok(Some(writer.nodes))
}

/// Collects the nodes that stand for one.
struct Writer<'a> {
    graph: &'a mut Graph,
    label: String,
    nodes: Vec<Node>,
}

impl Writer<'_> {
    /// A node whose output is a new value.
    fn add(&mut self, kind: &str, inputs: &[ValueId], attributes: Attributes) -> ValueId {
        let output = self.graph.add_value(format!("{}/{kind}", self.label));
        self.add_to(kind, inputs, attributes, Some(output));
        output
    }

    /// A node with a given output.
    fn add_to(&mut self, kind: &str, inputs: &[ValueId], attributes: Attributes, output: Option<ValueId>) {
        self.nodes.push(Node {
            name: self.label.clone(),
            operator: OperatorName::onnx(kind),
            opset: OPSET,
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: vec![output],
            attributes,
            captures: Vec::new(),
        });
    }

    fn constant(&mut self, name: &str, tensor: Tensor) -> ValueId {
        self.graph.add_constant(format!("{}/{name}", self.label), tensor)
    }
}

fn none() -> Attributes {
    Attributes::default()
}

fn input(node: &Node, index: usize) -> Result<ValueId, OpError> {
    node.inputs
        .get(index)
        .copied()
        .flatten()
        .ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
}

fn output(node: &Node, index: usize) -> Option<ValueId> {
    node.outputs.get(index).copied().flatten()
}

/// Paddings and value became inputs with version 11.
fn pad(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    // The paddings had another name in version 1.
    let pads = node.attributes.ints("pads")?.or(node.attributes.ints("paddings")?);
    let pads = pads.ok_or_else(|| OpError::invalid("attribute 'pads' is missing"))?;
    let value = node.attributes.float("value")?.unwrap_or(0.0);
    let mode = node.attributes.text("mode")?.unwrap_or_else(|| "constant".into());
    let pads = writer.constant("pads", Tensor::vector(pads)?);
    let value = writer.constant("value", Tensor::scalar(value));
    let attributes = none().with("mode", Attribute::Text(mode));
    writer.add_to("Pad", &[input(node, 0)?, pads, value], attributes, output(node, 0));
    Ok(())
}

fn constant(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let attributes = &mut node.attributes;
    let mut values: Vec<Arc<Tensor>> = Vec::new();
    values.extend(attributes.tensor("value")?);
    values.extend(
        attributes
            .float("value_float")?
            .map(|value| Arc::new(Tensor::scalar(value))),
    );
    values.extend(
        attributes
            .int("value_int")?
            .map(|value| Arc::new(Tensor::scalar(value))),
    );
    if let Some(elements) = attributes.floats("value_floats")? {
        values.push(Arc::new(Tensor::vector(elements)?));
    }
    if let Some(elements) = attributes.ints("value_ints")? {
        values.push(Arc::new(Tensor::vector(elements)?));
    }
    values.extend(
        attributes
            .text("value_string")?
            .map(|value| Arc::new(Tensor::scalar(Text::from(value)))),
    );
    if let Some(elements) = attributes.texts("value_strings")? {
        values.push(Arc::new(Tensor::vector(
            elements.into_iter().map(Text::from).collect(),
        )?));
    }
    let other = attributes.names().next().map(str::to_owned);
    match (values.as_slice(), other) {
        ([value], None) => {
            if let Some(output) = output(node, 0) {
                writer.graph.constants.insert(output, Arc::clone(value));
            }
            Ok(())
        }
        (_, Some(other)) => Err(OpError::unsupported(format!("attribute '{other}'"))),
        _ => Err(OpError::invalid(format!(
            "{} values are given instead of one",
            values.len()
        ))),
    }
}

/// Sum, Mean, Max and Min of any number of inputs, two at a time.
fn variadic(writer: &mut Writer, node: &Node) -> Result<(), OpError> {
    let kind = match node.operator.kind.as_str() {
        "Sum" | "Mean" => "Add",
        other => other,
    };
    let mut total = input(node, 0)?;
    for index in 1..node.inputs.len() {
        total = writer.add(kind, &[total, input(node, index)?], none());
    }
    if node.operator.kind == "Mean" {
        let count = writer.constant("count", Tensor::scalar(node.inputs.len() as f32));
        total = writer.add("Div", &[total, count], none());
    }
    writer.add_to("Identity", &[total], none(), output(node, 0));
    Ok(())
}

/// RoiAlign, with the samples that its regions are of as numbers, which the device can hold, once the host has checked that they are there.
fn region_samples(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let shape = writer.add("Shape", &[input(node, 0)?], none());
    let samples = writer.graph.add_value(format!("{}/{REGION_SAMPLES}", writer.label));
    writer.nodes.push(Node {
        name: writer.label.clone(),
        operator: OperatorName {
            domain: INTERNAL.into(),
            kind: REGION_SAMPLES.into(),
        },
        opset: 1,
        inputs: vec![Some(input(node, 2)?), Some(shape)],
        outputs: vec![Some(samples)],
        attributes: none(),
        captures: Vec::new(),
    });
    let mut inputs = node.inputs.clone();
    inputs[2] = Some(samples);
    pass_on(writer, node, inputs);
    Ok(())
}

/// RotaryEmbedding, with the rows of its tables already picked.
fn rotary(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let positions = input(node, 3)?;
    let mut inputs = node.inputs.clone();
    for table in &mut inputs[1..3] {
        let picked = table.map(|table| writer.add("Gather", &[table, positions], none()));
        *table = picked;
    }
    inputs.truncate(3);
    pass_on(writer, node, inputs);
    Ok(())
}

/// The node itself with other inputs.
fn pass_on(writer: &mut Writer, node: &mut Node, inputs: Vec<Option<ValueId>>) {
    writer.nodes.push(Node {
        inputs,
        attributes: std::mem::take(&mut node.attributes),
        ..node.clone()
    });
}

/// x . coefficients^T + intercepts, for `rows` classes or targets.
fn linear(writer: &mut Writer, node: &mut Node, rows: usize) -> Result<ValueId, OpError> {
    let coefficients = node.attributes.floats("coefficients")?.unwrap_or_default();
    let intercepts = node.attributes.floats("intercepts")?.unwrap_or_default();
    if rows == 0 || coefficients.is_empty() || !coefficients.len().is_multiple_of(rows) {
        return Err(OpError::unsupported(format!(
            "{} coefficients for {rows} classes or targets",
            coefficients.len()
        )));
    }
    if !intercepts.is_empty() && intercepts.len() != rows {
        return Err(OpError::invalid(format!(
            "{} intercepts for {rows} classes or targets",
            intercepts.len()
        )));
    }
    let columns = coefficients.len() / rows;
    let matrix = Tensor::new(Shape::new([rows, columns])?, coefficients)?;
    let mut inputs = vec![input(node, 0)?, writer.constant("coefficients", matrix)];
    if !intercepts.is_empty() {
        inputs.push(writer.constant("intercepts", Tensor::vector(intercepts)?));
    }
    Ok(writer.add("Gemm", &inputs, none().with("transB", Attribute::Int(1))))
}

fn linear_classifier(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    node.attributes.ignore("multi_class");
    let integers = node.attributes.ints("classlabels_ints")?;
    let texts = node.attributes.texts("classlabels_strings")?;
    let classes = integers
        .as_ref()
        .map(Vec::len)
        .or(texts.as_ref().map(Vec::len))
        .unwrap_or(0);
    let transform = post_transform(node)?;
    let scores = linear(writer, node, classes)?;
    if let Some(label) = output(node, 0) {
        let labels = match (integers, texts) {
            (Some(integers), _) => Tensor::vector(integers)?,
            (None, texts) => Tensor::vector(texts.unwrap_or_default().into_iter().map(Text::from).collect())?,
        };
        let labels = writer.constant("labels", labels);
        let attributes = none()
            .with("axis", Attribute::Int(1))
            .with("keepdims", Attribute::Int(0));
        let best = writer.add("ArgMax", &[scores], attributes);
        writer.add_to("Gather", &[labels, best], none(), Some(label));
    }
    writer.add_to(transform, &[scores], none(), output(node, 1));
    Ok(())
}

fn linear_regressor(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let targets = node.attributes.int("targets")?.unwrap_or(1);
    let targets = usize::try_from(targets).map_err(|_| OpError::invalid(format!("{targets} targets")))?;
    let transform = post_transform(node)?;
    let result = linear(writer, node, targets)?;
    writer.add_to(transform, &[result], none(), output(node, 0));
    Ok(())
}

/// The operator that turns raw scores into what the model promises.
fn post_transform(node: &mut Node) -> Result<&'static str, OpError> {
    match node.attributes.text("post_transform")?.as_deref() {
        None | Some("NONE") => Ok("Identity"),
        Some("SOFTMAX") => Ok("Softmax"),
        Some("LOGISTIC") => Ok("Sigmoid"),
        Some(other) => Err(OpError::unsupported(format!("post_transform '{other}'"))),
    }
}

/// Each row divided by its norm; a row of norm zero stays as it is.
fn normalizer(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let norm = match node.attributes.text("norm")?.as_deref() {
        None | Some("MAX") => "ReduceMax",
        Some("L1") => "ReduceL1",
        Some("L2") => "ReduceL2",
        Some(other) => return Err(OpError::invalid(format!("norm '{other}'"))),
    };
    let x = input(node, 0)?;
    let norm = writer.add(norm, &[x], none().with("axes", Attribute::Ints(vec![-1])));
    let zero = writer.constant("zero", Tensor::scalar(0.0_f32));
    let one = writer.constant("one", Tensor::scalar(1.0_f32));
    let is_zero = writer.add("Equal", &[norm, zero], none());
    let divisor = writer.add("Where", &[is_zero, one, norm], none());
    writer.add_to("Div", &[x, divisor], none(), output(node, 0));
    Ok(())
}

fn scaler(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let mut numbers = |name: &str, default: f32| {
        let numbers = node.attributes.floats(name)?.unwrap_or_else(|| vec![default]);
        Ok::<_, OpError>(Tensor::vector(numbers)?)
    };
    let (offset, scale) = (numbers("offset", 0.0)?, numbers("scale", 1.0)?);
    let offset = writer.constant("offset", offset);
    let scale = writer.constant("scale", scale);
    let centred = writer.add("Sub", &[input(node, 0)?, offset], none());
    writer.add_to("Mul", &[centred, scale], none(), output(node, 0));
    Ok(())
}

/// One where the input is above the threshold, else zero.
fn binarizer(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let threshold = node.attributes.float("threshold")?.unwrap_or(0.0);
    let threshold = writer.constant("threshold", Tensor::scalar(threshold));
    let is_above = writer.add("Greater", &[input(node, 0)?, threshold], none());
    let to = none().with("to", Attribute::Int(FLOAT));
    writer.add_to("Cast", &[is_above], to, output(node, 0));
    Ok(())
}

/// Maps from class to score leave the model as the scores, with the classes of their columns beside them.
fn zip_map(writer: &mut Writer, node: &mut Node) -> Result<(), OpError> {
    let integers = node.attributes.ints("classlabels_int64s")?.map(Classes::Integers);
    let texts = node.attributes.texts("classlabels_strings")?.map(Classes::Texts);
    let classes = integers
        .or(texts)
        .ok_or_else(|| OpError::invalid("no classes are given"))?;
    let scores = input(node, 0)?;
    let Some(maps) = output(node, 0) else { return Ok(()) };
    let mut found = false;
    for output in writer.graph.outputs.iter_mut().filter(|output| output.id == maps) {
        output.id = scores;
        output.classes = Some(classes.clone());
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(OpError::unsupported("maps that other operators read"))
    }
}
