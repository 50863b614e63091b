//! From the bytes of a file to a [`Graph`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use prost::Message;
use prost::bytes::Bytes;

use super::attributes::{Attribute, Attributes};
use super::functions::Functions;
use super::graph::{Dim, Graph, Input, Node, OperatorName, Output, Subgraph, ValueId};
use super::limits::Limits;
use super::proto::{
    DimensionValue, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use super::scopes::Scopes;
use super::tensors::{decode_data_type, decode_shape, take_tensor};
use super::values::Structure;
use super::weights::Weights;
use super::{LoadError, order, scan};
use crate::tensor::TensorType;

/// Versions of each operator set that the engine knows.
const DOMAINS: [(&str, i64, i64); 4] = [
    ("", 1, 27),
    ("ai.onnx.ml", 1, 5),
    ("ai.onnx.preview", 1, 1),
    ("ai.onnx.preview.training", 1, 1),
];

/// The operator set of what composite operators are written out with, which no model can import.
pub const INTERNAL: &str = "inktensor.internal";

/// Versions of the file format that this reader knows; later ones only add.
const MIN_IR_VERSION: i64 = 3;

/// Bytes of the names of nodes and operators.
const MAX_NAME: usize = 800;

/// Parses a model within its limits.
pub fn parse(bytes: Bytes, weights: &Weights, limits: &Limits) -> Result<(Graph, Producer), LoadError> {
    scan::scan(&bytes, limits)?;
    let model = ModelProto::decode(bytes).map_err(|error| LoadError::Decode(error.to_string()))?;
    if model.ir_version < MIN_IR_VERSION {
        return Err(LoadError::IrVersion(model.ir_version));
    }
    let opsets = opsets(&model.opset_import)?;
    let producer = Producer {
        name: model.producer_name,
        version: model.producer_version,
        opsets: opsets.clone(),
    };
    let graph = model.graph.ok_or(LoadError::NoGraph)?;
    let builder = Builder {
        opsets,
        functions: Functions::new(model.functions),
        weights,
        limits,
        graph: Graph::default(),
        scopes: Scopes::new(limits),
        produced: HashSet::new(),
        constant_bytes: 0,
        nodes: 0,
    };
    Ok((builder.build(graph)?, producer))
}

/// Who wrote the file, for which operators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Producer {
    /// The exporter.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of each operator set by domain.
    pub opsets: HashMap<String, i64>,
}

pub(super) fn domain(name: String) -> String {
    if name == "ai.onnx" { String::new() } else { name }
}

fn opsets(imports: &[OperatorSetIdProto]) -> Result<HashMap<String, i64>, LoadError> {
    let mut opsets = HashMap::new();
    for import in imports {
        let name = domain(import.domain.clone());
        if name == INTERNAL {
            continue;
        }
        if let Some(&(_, from, to)) = DOMAINS.iter().find(|(known, ..)| *known == name)
            && !(from..=to).contains(&import.version)
        {
            let name = if name.is_empty() { "ai.onnx".into() } else { name };
            return Err(LoadError::Opset {
                domain: name,
                found: import.version,
                from,
                to,
            });
        }
        opsets.insert(name, import.version);
    }
    Ok(opsets)
}

struct Builder<'a> {
    opsets: HashMap<String, i64>,
    functions: Functions,
    weights: &'a Weights,
    limits: &'a Limits,
    graph: Graph,
    scopes: Scopes,
    produced: HashSet<ValueId>,
    constant_bytes: u64,
    /// Nodes so far, those of sub-graphs and of each call of a function included.
    nodes: u64,
}

impl Builder<'_> {
    fn build(mut self, proto: GraphProto) -> Result<Graph, LoadError> {
        let structures: Vec<Structure> = proto.output.iter().map(structure).collect();
        let names: Vec<String> = proto.output.iter().map(|output| output.name.clone()).collect();
        if names.is_empty() {
            return Err(LoadError::NoOutput);
        }
        self.scopes.enter(&proto)?;
        let (nodes, outputs) = self.body(proto, Self::input)?;
        for ((name, structure), id) in names.into_iter().zip(structures).zip(outputs) {
            self.graph.outputs.push(Output {
                id,
                name,
                classes: None,
                structure,
            });
        }
        self.graph.nodes = nodes;
        Ok(self.graph)
    }

    /// The nodes and outputs of a graph whose scope was entered.
    fn body(
        &mut self,
        proto: GraphProto,
        mut input: impl FnMut(&mut Self, &ValueInfoProto) -> Result<(), LoadError>,
    ) -> Result<(Vec<Node>, Vec<ValueId>), LoadError> {
        if !proto.sparse_initializer.is_empty() {
            return Err(LoadError::SparseInitializer);
        }
        // Each is dropped once it is decoded.
        for tensor in proto.initializer {
            self.initializer(tensor)?;
        }
        for one in &proto.input {
            input(self, one)?;
        }
        let outputs: Vec<String> = proto.output.into_iter().map(|output| output.name).collect();
        let mut read: HashSet<String> = outputs.iter().cloned().collect();
        reads(&proto.node, &mut read);
        let mut nodes = Vec::with_capacity(proto.node.len());
        for node in proto.node {
            self.node(node, &read, &mut nodes)?;
        }
        let outputs = outputs.into_iter().map(|name| match self.scopes.find(&name) {
            Some(id) => Ok(id),
            None => Err(LoadError::MissingOutput(name)),
        });
        let outputs = outputs.collect::<Result<_, _>>()?;
        let nodes = order::sort(nodes).map_err(|labels| LoadError::Cycle(labels.join(", ")))?;
        Ok((nodes, outputs))
    }

    /// A graph inside of an attribute, which sees the values around it.
    fn subgraph(&mut self, proto: GraphProto) -> Result<Subgraph, LoadError> {
        self.scopes.enter(&proto)?;
        let mut inputs = Vec::new();
        let (nodes, outputs) = self.body(proto, |builder, input| {
            inputs.push(builder.define(input.name.clone())?);
            Ok(())
        })?;
        self.scopes.leave();
        Ok(Subgraph::new(inputs, outputs, nodes))
    }

    fn initializer(&mut self, mut proto: TensorProto) -> Result<(), LoadError> {
        let name = proto.name.clone();
        let wrong = |error| LoadError::Initializer {
            name: name.clone(),
            error,
        };
        let shape = decode_shape(&proto).map_err(wrong)?;
        self.limits.check_dims(&name, shape.dims())?;
        let data_type = decode_data_type(proto.data_type).map_err(wrong)?;
        self.count_constant(TensorType::new(data_type, shape).bytes() as u64)?;
        let outside = self.weights.resolve(&proto);
        if let Some(resolved) = outside.map_err(|error| LoadError::Weights {
            name: name.clone(),
            error,
        })? {
            proto = resolved;
        }
        let tensor = take_tensor(proto).map_err(wrong)?;
        let id = self.define(name)?;
        self.graph.constants.insert(id, Arc::new(tensor));
        Ok(())
    }

    fn count_constant(&mut self, bytes: u64) -> Result<(), LoadError> {
        self.constant_bytes = self.constant_bytes.saturating_add(bytes);
        Ok(self.limits.check_initializer_bytes(self.constant_bytes)?)
    }

    fn input(&mut self, proto: &ValueInfoProto) -> Result<(), LoadError> {
        // Before IR version 4 every initializer had to be listed among the inputs, too.
        if self
            .scopes
            .find(&proto.name)
            .is_some_and(|id| self.graph.constants.contains_key(&id))
        {
            return Ok(());
        }
        let innermost = proto.r#type.as_ref().and_then(innermost_tensor);
        let tensor = innermost.ok_or_else(|| LoadError::InputType {
            name: proto.name.clone(),
        })?;
        let data_type = decode_data_type(tensor.elem_type).map_err(|error| LoadError::Input {
            name: proto.name.clone(),
            error,
        })?;
        let dims = match &tensor.shape {
            None => None,
            Some(shape) => Some(
                shape
                    .dim
                    .iter()
                    .map(|dim| input_dim(&proto.name, dim.value.as_ref()))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
        };
        let fixed = |dim: &Dim| match dim {
            Dim::Fixed(length) => *length,
            Dim::Named(_) | Dim::Unknown => 1,
        };
        let fixed: Vec<usize> = dims.iter().flatten().map(fixed).collect();
        self.limits.check_dims(&proto.name, &fixed)?;
        let id = self.define(proto.name.clone())?;
        let structure = structure(proto);
        self.graph.inputs.push(Input {
            id,
            data_type,
            dims,
            structure,
        });
        Ok(())
    }

    fn node(&mut self, mut proto: NodeProto, read: &HashSet<String>, nodes: &mut Vec<Node>) -> Result<(), LoadError> {
        self.nodes += 1;
        self.limits.check_nodes(self.nodes)?;
        let label = label(&proto);
        let operator = OperatorName {
            domain: clipped(domain(std::mem::take(&mut proto.domain))),
            kind: clipped(std::mem::take(&mut proto.op_type)),
        };
        if self.functions.contains(&operator) {
            return self.call(&operator, proto, read, nodes);
        }
        let opset = self.opsets.get(&operator.domain).copied();
        let opset = opset.ok_or_else(|| LoadError::NoOpset {
            node: label.clone(),
            domain: operator.domain.clone(),
        })?;
        let (graphs, others) = proto.attribute.into_iter().partition(|attribute| attribute.g.is_some());
        let wrong = |error| LoadError::Attribute {
            node: label.clone(),
            error,
        };
        let mut attributes = Attributes::decode(others).map_err(wrong)?;
        self.count_constant(attributes.tensor_bytes())?;
        let mut captures = Vec::new();
        let graphs: Vec<super::proto::AttributeProto> = graphs;
        for attribute in graphs {
            let Some(graph) = attribute.g else { continue };
            let graph = self.subgraph(graph)?;
            captures.extend(&graph.captures);
            attributes = attributes.with(&attribute.name, Attribute::Graph(Arc::new(graph)));
        }
        let mut inputs = Vec::with_capacity(proto.input.len());
        for name in proto.input {
            inputs.push(if name.is_empty() {
                None
            } else {
                Some(self.refer(&name).ok_or_else(|| LoadError::MissingValue {
                    node: label.clone(),
                    name,
                })?)
            });
        }
        let mut outputs = Vec::with_capacity(proto.output.len());
        for name in proto.output {
            outputs.push(if read.contains(&name) && !name.is_empty() {
                Some(self.produce(name)?)
            } else {
                None
            });
        }
        nodes.push(Node {
            name: clipped(proto.name),
            operator,
            opset,
            inputs,
            outputs,
            attributes,
            captures,
        });
        Ok(())
    }

    /// Writes out the nodes of a function in place of a node that calls it.
    fn call(
        &mut self,
        operator: &OperatorName,
        mut proto: NodeProto,
        read: &HashSet<String>,
        nodes: &mut Vec<Node>,
    ) -> Result<(), LoadError> {
        let label = format!("{operator} '{}'", clipped(std::mem::take(&mut proto.name)));
        let mut inputs = Vec::with_capacity(proto.input.len());
        for name in std::mem::take(&mut proto.input) {
            inputs.push(match name.as_str() {
                "" => None,
                given => Some(self.refer(given).ok_or_else(|| LoadError::MissingValue {
                    node: label.clone(),
                    name: name.clone(),
                })?),
            });
        }
        let mut outputs = Vec::with_capacity(proto.output.len());
        for name in std::mem::take(&mut proto.output) {
            let is_read = read.contains(&name) && !name.is_empty();
            // The node inside that makes it says so.
            outputs.push(if is_read { self.refer(&name) } else { None });
        }
        let body = self.functions.enter(operator, proto.attribute)?;
        let opsets = std::mem::replace(&mut self.opsets, opsets(&body.opsets)?);
        self.scopes.enter_function(&body, &inputs, &outputs, &label)?;
        let mut read: HashSet<String> = body.outputs.iter().cloned().collect();
        reads(&body.nodes, &mut read);
        for mut node in body.nodes {
            // An optional input that the call leaves out is left out inside as well.
            for name in &mut node.input {
                if self.scopes.is_left_out(name) {
                    name.clear();
                }
            }
            self.node(node, &read, nodes)?;
        }
        if let Some(missing) = outputs.iter().flatten().find(|output| !self.produced.contains(output)) {
            return Err(LoadError::MissingOutput(self.graph.name(*missing).into()));
        }
        self.scopes.leave();
        self.functions.leave();
        self.opsets = opsets;
        Ok(())
    }

    /// The value of a name that may be made only later; `None` if nothing makes it.
    fn refer(&mut self, name: &str) -> Option<ValueId> {
        self.scopes.refer(name, &mut self.graph)
    }

    /// The value of a name that nothing else may make.
    fn define(&mut self, name: String) -> Result<ValueId, LoadError> {
        match self.scopes.define(&name, &mut self.graph) {
            Some(id) => Ok(id),
            None => Err(LoadError::DuplicateValue(name)),
        }
    }

    fn produce(&mut self, name: String) -> Result<ValueId, LoadError> {
        let id = self.refer(&name);
        let id = id.ok_or_else(|| LoadError::MissingOutput(name.clone()))?;
        let is_input = self.graph.inputs.iter().any(|input| input.id == id);
        if is_input || self.graph.constants.contains_key(&id) || !self.produced.insert(id) {
            return Err(LoadError::DuplicateValue(self.graph.name(id).into()));
        }
        Ok(id)
    }
}

/// Adds the names that nodes read, in sub-graphs too.
fn reads(nodes: &[NodeProto], read: &mut HashSet<String>) {
    for node in nodes {
        read.extend(node.input.iter().cloned());
        for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            read.extend(graph.output.iter().map(|output| output.name.clone()));
            reads(&graph.node, read);
        }
    }
}

/// Whether an input or output is stated to be a sequence or an optional; what is not stated is a tensor.
fn structure(proto: &ValueInfoProto) -> Structure {
    match &proto.r#type {
        Some(stated) if stated.sequence_type.is_some() => Structure::Sequence,
        Some(stated) if stated.optional_type.is_some() => Structure::Optional,
        _ => Structure::Tensor,
    }
}

/// The tensor that a type is, or that its elements are.
fn innermost_tensor(stated: &TypeProto) -> Option<&TensorTypeProto> {
    let inner = stated.sequence_type.as_ref().or(stated.optional_type.as_ref());
    match inner {
        Some(inner) => inner.elem_type.as_deref().and_then(innermost_tensor),
        None => stated.tensor_type.as_ref(),
    }
}

/// The distinct operators of a model's own graph, by name, without checking whether the engine has them.
///
/// # Errors
/// When the bytes are no model within the limits.
pub fn operators(bytes: &[u8], limits: &Limits) -> Result<BTreeSet<OperatorName>, LoadError> {
    limits.check_bytes(bytes.len() as u64)?;
    scan::scan(bytes, limits)?;
    let model = ModelProto::decode(bytes).map_err(|error| LoadError::Decode(error.to_string()))?;
    let names = model
        .graph
        .ok_or(LoadError::NoGraph)?
        .node
        .into_iter()
        .map(|node| OperatorName {
            domain: clipped(domain(node.domain)),
            kind: clipped(node.op_type),
        });
    Ok(names.collect())
}

/// The files that tensors of a graph name for their elements. What cannot be decoded names none; loading it says why.
pub(super) fn locations(bytes: &[u8]) -> BTreeSet<String> {
    fn of(graph: &GraphProto, found: &mut BTreeSet<String>) {
        let entries = graph.initializer.iter().flat_map(|tensor| &tensor.external_data);
        found.extend(
            entries
                .filter(|entry| entry.key == "location")
                .map(|entry| entry.value.clone()),
        );
        let attributes = graph.node.iter().flat_map(|node| &node.attribute);
        attributes
            .filter_map(|attribute| attribute.g.as_ref())
            .for_each(|graph| of(graph, found));
    }
    let mut found = BTreeSet::new();
    if let Ok(ModelProto { graph: Some(graph), .. }) = ModelProto::decode(bytes) {
        of(&graph, &mut found);
    }
    found
}

fn label(node: &NodeProto) -> String {
    if node.name.is_empty() {
        clipped(node.op_type.clone())
    } else {
        format!("{} '{}'", clipped(node.op_type.clone()), clipped(node.name.clone()))
    }
}

/// A name that messages repeat and new names are made of, cut where no honest one is as long.
fn clipped(name: String) -> String {
    if name.len() <= MAX_NAME {
        name
    } else {
        name.chars().take(MAX_NAME / 4).chain("…".chars()).collect()
    }
}

fn input_dim(name: &str, value: Option<&DimensionValue>) -> Result<Dim, LoadError> {
    Ok(match value {
        Some(&DimensionValue::Fixed(length)) => {
            Dim::Fixed(usize::try_from(length).map_err(|_| LoadError::NegativeDim {
                name: name.into(),
                found: length,
            })?)
        }
        Some(DimensionValue::Named(name)) if !name.is_empty() => Dim::Named(name.clone()),
        _ => Dim::Unknown,
    })
}
