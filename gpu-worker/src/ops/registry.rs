//! The table of operators: which exist, since which version, and who builds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Body, OpError, Operator, Spec, arg, attention, binary, bits, blocks, cast, composite, concat, control, conv, depth,
    detection, einsum, gather, hot, indexing, labels, linear_algebra, linear_attention, losses, matmul, ml,
    normalization, pad, pool, quantize, quantized, random, ranking, recurrent, reduce, reshape, resize, running,
    sampling, scatter, select, sequence, shape, signal, slice, softmax, text, training, transpose, unary, words,
};
use crate::model::{
    Attribute, Attributes, Graph, INTERNAL, LoadError, Node, OperatorName, Subgraph, Unsupported, ValueId,
};

type Build = fn(&mut Spec) -> Result<Box<dyn Operator>, OpError>;

const ONNX: &str = "";
const ML: &str = "ai.onnx.ml";
const TRAINING: &str = "ai.onnx.preview.training";
const PREVIEW: &str = "ai.onnx.preview";

/// Domain, types of operators, and what builds them.
const TABLE: &[(&str, &[&str], Build)] = &[
    (
        ONNX,
        &[
            "Abs",
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "BitwiseNot",
            "Ceil",
            "Celu",
            "Cos",
            "Cosh",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "IsInf",
            "IsNaN",
            "LeakyRelu",
            "Log",
            "Mish",
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Swish",
            "Tan",
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
            "BitShift",
            "BitwiseAnd",
            "BitwiseOr",
            "BitwiseXor",
            "Div",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Max",
            "Min",
            "Mod",
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
    (ONNX, &["AveragePool", "LpPool", "MaxPool"], pool::pool),
    (ONNX, &["GlobalLpPool"], pool::global_norm),
    (ONNX, &["MaxUnpool"], pool::unpool),
    (ONNX, &["Conv"], conv::conv),
    (ONNX, &["ConvTranspose"], conv::conv_transpose),
    (ONNX, &["DepthToSpace", "SpaceToDepth"], depth::build),
    (ONNX, &["Resize"], resize::resize),
    (ONNX, &["Upsample"], resize::upsample),
    (ONNX, &["GroupNormalization"], normalization::group),
    (ONNX, &["InstanceNormalization"], normalization::instance),
    (ONNX, &["Attention"], attention::attention),
    (ONNX, &["RotaryEmbedding"], attention::rotary_embedding),
    (ONNX, &["GRU", "LSTM", "RNN"], recurrent::build),
    (ONNX, &["LRN"], normalization::local_response),
    (ONNX, &["LpNormalization"], normalization::lp),
    (ONNX, &["MeanVarianceNormalization"], normalization::mean_variance),
    (ONNX, &["RMSNormalization"], normalization::root_mean_square),
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
    (ONNX, &["Dropout"], random::dropout),
    (ONNX, &["Multinomial"], random::multinomial),
    (
        ONNX,
        &[
            "Bernoulli",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike",
        ],
        random::random,
    ),
    (ONNX, &["GridSample"], sampling::grid_sample),
    (ONNX, &["AffineGrid"], sampling::affine_grid),
    (ONNX, &["RoiAlign"], sampling::roi_align),
    (ONNX, &["DeformConv"], sampling::deform_conv),
    (ONNX, &["Col2Im"], blocks::col2im),
    (ONNX, &["CenterCropPad"], blocks::center_crop_pad),
    (ONNX, &["Einsum"], einsum::einsum),
    (
        ONNX,
        &["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"],
        losses::loss,
    ),
    (ONNX, &["DFT"], signal::dft),
    (ONNX, &["STFT"], signal::stft),
    (ONNX, &["BlackmanWindow", "HammingWindow", "HannWindow"], signal::window),
    (ONNX, &["MelWeightMatrix"], signal::mel_weight_matrix),
    (ONNX, &["StringNormalizer"], words::string_normalizer),
    (ONNX, &["TfIdfVectorizer"], words::tfidf),
    (ONNX, &["Det"], linear_algebra::det),
    (ONNX, &["EyeLike"], linear_algebra::eye_like),
    (ONNX, &["NonMaxSuppression"], detection::non_max_suppression),
    (ONNX, &["CausalConvWithState"], linear_attention::causal_conv),
    (ONNX, &["LinearAttention"], linear_attention::linear_attention),
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
    (ONNX, &["GatherElements"], indexing::gather_elements),
    (ONNX, &["GatherND"], indexing::gather_nd),
    (ONNX, &["Compress"], indexing::compress),
    (ONNX, &["NonZero"], indexing::non_zero),
    (ONNX, &["ReverseSequence"], indexing::reverse_sequence),
    (ONNX, &["Trilu"], indexing::trilu),
    (ONNX, &["Scatter", "ScatterElements"], scatter::elements),
    (ONNX, &["ScatterND"], scatter::nd),
    (ONNX, &["TensorScatter"], scatter::tensor),
    (ONNX, &["TopK"], ranking::top_k),
    (ONNX, &["Unique"], ranking::unique),
    (ONNX, &["CumProd", "CumSum"], running::cumulative),
    (ONNX, &["Hardmax"], hot::hardmax),
    (ONNX, &["OneHot"], hot::one_hot),
    (ONNX, &["BitCast"], bits::bit_cast),
    (ONNX, &["QuantizeLinear"], quantize::quantize),
    (ONNX, &["DequantizeLinear"], quantize::dequantize),
    (ONNX, &["DynamicQuantizeLinear"], quantized::dynamic),
    (ONNX, &["MatMulInteger"], quantized::matmul_integer),
    (ONNX, &["QLinearMatMul"], quantized::qlinear_matmul),
    (ONNX, &["ConvInteger"], quantized::conv_integer),
    (ONNX, &["QLinearConv"], quantized::qlinear_conv),
    (
        ONNX,
        &[
            "ConcatFromSequence",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SplitToSequence",
        ],
        sequence::build,
    ),
    (
        ONNX,
        &["Optional", "OptionalGetElement", "OptionalHasElement"],
        sequence::optional,
    ),
    (ONNX, &["If"], control::branch),
    (ONNX, &["Loop"], control::repeat),
    (ONNX, &["Scan"], control::scan),
    (ONNX, &["SequenceMap"], control::map),
    (ONNX, &["StringConcat"], text::concat),
    (ONNX, &["StringSplit"], text::split),
    (ONNX, &["RegexFullMatch"], text::full_match),
    (TRAINING, &["Adagrad", "Adam", "Momentum"], training::build),
    (ONNX, &["Shape"], shape::shape),
    (ONNX, &["Size"], shape::size),
    (ONNX, &["ConstantOfShape"], shape::constant_of_shape),
    (ONNX, &["Range"], shape::range),
    (PREVIEW, &["FlexAttention"], attention::attention),
    (INTERNAL, &[sampling::REGION_SAMPLES], sampling::region_samples),
    (ML, &["ArrayFeatureExtractor"], gather::features),
    (ML, &["FeatureVectorizer"], ml::feature_vectorizer),
    (ML, &["Imputer"], ml::imputer),
    (ML, &["LabelEncoder"], labels::label_encoder),
    (ML, &["OneHotEncoder"], ml::one_hot_encoder),
    (ML, &["SVMClassifier"], ml::svm_classifier),
    (ML, &["SVMRegressor"], ml::svm_regressor),
    (ML, &["TreeEnsemble"], ml::tree_ensemble),
    (ML, &["TreeEnsembleClassifier"], ml::tree_classifier),
    (ML, &["TreeEnsembleRegressor"], ml::tree_regressor),
];

/// Builds the operator of every node, after composite ones are written out as others, or tells of all that cannot be built.
pub fn resolve(mut graph: Graph) -> Result<(Graph, Vec<Arc<dyn Operator>>), LoadError> {
    let mut refused = Refused::new();
    let nodes = std::mem::take(&mut graph.nodes);
    let (nodes, operators) = resolve_nodes(&mut graph, nodes, &mut refused)?;
    graph.nodes = nodes;
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

/// What is refused, and how many nodes of it.
type Refused = BTreeMap<(OperatorName, i64, String), usize>;

/// Nodes after composite ones are written out, and the operator of each.
type Resolved = (Vec<Node>, Vec<Arc<dyn Operator>>);

fn resolve_nodes(graph: &mut Graph, nodes: Vec<Node>, refused: &mut Refused) -> Result<Resolved, LoadError> {
    let (mut resolved, mut operators) = (Vec::with_capacity(nodes.len()), Vec::with_capacity(nodes.len()));
    for mut node in nodes {
        let (operator, opset, label) = (node.operator.clone(), node.opset, node.label());
        resolve_bodies(graph, &mut node, refused)?;
        match resolve_node(graph, node) {
            Ok((nodes, built)) => {
                resolved.extend(nodes);
                operators.extend(built);
            }
            Err(OpError::Unsupported(reason)) => *refused.entry((operator, opset, reason)).or_default() += 1,
            Err(error) => {
                return Err(LoadError::InvalidNode {
                    node: label,
                    message: error.to_string(),
                });
            }
        }
    }
    Ok((resolved, operators))
}

/// Resolves the sub-graphs of a node.
fn resolve_bodies(graph: &mut Graph, node: &mut Node, refused: &mut Refused) -> Result<(), LoadError> {
    for attribute in node.attributes.values_mut() {
        if let Attribute::Graph(subgraph) = attribute {
            let mut subgraph = Subgraph::clone(subgraph);
            let (nodes, operators) = resolve_nodes(graph, std::mem::take(&mut subgraph.nodes), refused)?;
            subgraph.nodes = nodes;
            *attribute = Attribute::Body(Arc::new(Body {
                graph: subgraph,
                operators,
            }));
        }
    }
    Ok(())
}

/// The node, or the nodes that it stands for, and their operators.
fn resolve_node(graph: &mut Graph, mut node: Node) -> Result<Resolved, OpError> {
    let mut nodes = match composite::expand(graph, &mut node)? {
        Some(nodes) => {
            check_attributes(&node)?;
            nodes
        }
        None => vec![node],
    };
    let built = nodes.iter_mut().map(|node| build(node).map(Arc::from));
    let operators = built.collect::<Result<_, _>>()?;
    Ok((nodes, operators))
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

/// Version of ONNX's operator set that compositions are written in.
pub const COMPOSED_OPSET: i64 = 18;

/// Builds an operator of ONNX's own set for a composition that gives it these inputs and reads its first output.
pub fn part(kind: &str, attributes: Attributes, inputs: Vec<bool>) -> Result<Box<dyn Operator>, OpError> {
    let given = |given: bool| given.then_some(ValueId(0));
    let mut node = Node {
        name: String::new(),
        operator: OperatorName::onnx(kind),
        opset: COMPOSED_OPSET,
        inputs: inputs.into_iter().map(given).collect(),
        outputs: vec![Some(ValueId(0))],
        attributes,
        captures: Vec::new(),
    };
    build(&mut node)
}

/// Refuses a node with an attribute that nobody read: it may change what the node does.
fn check_attributes(node: &Node) -> Result<(), OpError> {
    match node.attributes.names().next() {
        None => Ok(()),
        Some(name) => Err(OpError::unsupported(format!("attribute '{name}'"))),
    }
}
