//! The table of operators: which exist, since which version, and who builds them.

use std::collections::BTreeMap;

use super::{
    OpError, Operator, Spec, arg, binary, cast, composite, concat, conv, conv_transpose, depth, gather, labels, matmul,
    normalization, pad, pool, reduce, reshape, resize, select, shape, slice, softmax, transpose, unary,
};
use crate::model::{Graph, LoadError, Node, OperatorName, Unsupported};

type Build = fn(&mut Spec) -> Result<Box<dyn Operator>, OpError>;

const ONNX: &str = "";
const ML: &str = "ai.onnx.ml";

/// Domain, types of operators, and what builds them.
const TABLE: &[(&str, &[&str], Build)] = &[
    (
        ONNX,
        &[
            "Abs",
            "Ceil",
            "Celu",
            "Cos",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "LeakyRelu",
            "Log",
            "Mish",
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Sigmoid",
            "Sign",
            "Sin",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Swish",
            "Tanh",
            "ThresholdedRelu",
        ],
        unary::build,
    ),
    (
        ONNX,
        &[
            "Add",
            "And",
            "Div",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Max",
            "Min",
            "Mul",
            "Or",
            "PRelu",
            "Pow",
            "Sub",
            "Xor",
        ],
        binary::build,
    ),
    (
        ONNX,
        &[
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSum",
            "ReduceSumSquare",
        ],
        reduce::build,
    ),
    (ONNX, &["GlobalAveragePool", "GlobalMaxPool"], reduce::global_pool),
    (ONNX, &["AveragePool", "MaxPool"], pool::pool),
    (ONNX, &["Conv"], conv::conv),
    (ONNX, &["ConvTranspose"], conv_transpose::conv_transpose),
    (ONNX, &["DepthToSpace", "SpaceToDepth"], depth::build),
    (ONNX, &["Resize"], resize::resize),
    (ONNX, &["Upsample"], resize::upsample),
    (ONNX, &["InstanceNormalization"], normalization::instance),
    (ONNX, &["MatMul"], matmul::matmul),
    (ONNX, &["Gemm"], matmul::gemm),
    (ONNX, &["BatchNormalization"], normalization::batch),
    (ONNX, &["LayerNormalization"], normalization::layer),
    (ONNX, &["LogSoftmax", "Softmax"], softmax::build),
    (ONNX, &["ArgMax", "ArgMin"], arg::build),
    (ONNX, &["Clip"], unary::clip),
    (ONNX, &["Where"], select::select),
    (ONNX, &["Cast"], cast::cast),
    (ONNX, &["CastLike"], cast::cast_like),
    (ONNX, &["Identity"], reshape::identity),
    (ONNX, &["Dropout"], reshape::dropout),
    (ONNX, &["Reshape"], reshape::reshape),
    (ONNX, &["Flatten"], reshape::flatten),
    (ONNX, &["Squeeze"], reshape::squeeze),
    (ONNX, &["Unsqueeze"], reshape::unsqueeze),
    (ONNX, &["Transpose"], transpose::transpose),
    (ONNX, &["Expand"], transpose::expand),
    (ONNX, &["Tile"], transpose::tile),
    (ONNX, &["Concat"], concat::concat),
    (ONNX, &["Slice"], slice::slice),
    (ONNX, &["Split"], slice::split),
    (ONNX, &["Pad"], pad::pad),
    (ONNX, &["Gather"], gather::gather),
    (ONNX, &["Shape"], shape::shape),
    (ONNX, &["Size"], shape::size),
    (ONNX, &["ConstantOfShape"], shape::constant_of_shape),
    (ONNX, &["Range"], shape::range),
    (ML, &["ArrayFeatureExtractor"], gather::features),
    (ML, &["LabelEncoder"], labels::label_encoder),
];

/// Builds the operator of every node, after composite ones are written out as others, or tells of all that cannot be built.
pub fn resolve(mut graph: Graph) -> Result<(Graph, Vec<Box<dyn Operator>>), LoadError> {
    let mut operators = Vec::with_capacity(graph.nodes.len());
    let mut refused: BTreeMap<(OperatorName, i64, String), usize> = BTreeMap::new();
    for node in std::mem::take(&mut graph.nodes) {
        let (operator, opset, label) = (node.operator.clone(), node.opset, node.label());
        match resolve_node(&mut graph, node) {
            Ok(built) => operators.extend(built),
            Err(OpError::Unsupported(reason)) => *refused.entry((operator, opset, reason)).or_default() += 1,
            Err(error) => {
                return Err(LoadError::InvalidNode {
                    node: label,
                    message: error.to_string(),
                });
            }
        }
    }
    if refused.is_empty() {
        return Ok((graph, operators));
    }
    let list = refused
        .into_iter()
        .map(|((operator, opset, reason), nodes)| Unsupported {
            operator,
            opset,
            reason,
            nodes,
        });
    Err(LoadError::Unsupported(list.collect()))
}

/// Adds a node, or the nodes that it stands for, to the graph, and builds their operators.
fn resolve_node(graph: &mut Graph, mut node: Node) -> Result<Vec<Box<dyn Operator>>, OpError> {
    let mut nodes = match composite::expand(graph, &mut node)? {
        Some(nodes) => {
            check_attributes(&node)?;
            nodes
        }
        None => vec![node],
    };
    let operators = nodes.iter_mut().map(build).collect();
    graph.nodes.extend(nodes);
    operators
}

fn build(node: &mut Node) -> Result<Box<dyn Operator>, OpError> {
    let OperatorName { domain, kind } = &node.operator;
    let entry = TABLE
        .iter()
        .find(|(known, kinds, _)| known == domain && kinds.contains(&kind.as_str()));
    let (.., build) = entry.ok_or_else(|| OpError::unsupported("not implemented"))?;
    let mut spec = Spec {
        kind,
        opset: node.opset,
        inputs: node.inputs.iter().map(Option::is_some).collect(),
        outputs: node.outputs.iter().map(Option::is_some).collect(),
        attributes: &mut node.attributes,
    };
    let operator = build(&mut spec)?;
    check_attributes(node)?;
    Ok(operator)
}

/// Refuses a node with an attribute that nobody read: it may change what the node does.
fn check_attributes(node: &Node) -> Result<(), OpError> {
    match node.attributes.names().next() {
        None => Ok(()),
        Some(name) => Err(OpError::unsupported(format!("attribute '{name}'"))),
    }
}
