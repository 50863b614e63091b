//! From the bytes of a file to a [`Graph`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use prost::Message;
use prost::bytes::Bytes;

use super::attributes::Attributes;
use super::graph::{Dim, Graph, Input, Node, OperatorName, Output, ValueId};
use super::limits::Limits;
use super::proto::{DimensionValue, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use super::tensors::{decode_data_type, decode_shape, decode_tensor};
use super::{LoadError, order, scan};

/// Versions of each operator set that the engine knows.
const DOMAINS: [(&str, i64, i64); 2] = [("", 7, 24), ("ai.onnx.ml", 1, 5)];

/// Versions of the file format that this reader knows; later ones only add.
const MIN_IR_VERSION: i64 = 3;

/// Bytes of the names of nodes and operators.
const MAX_NAME: usize = 800;

/// Parses a model within its limits.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<(Graph, Producer), LoadError> {
    limits.check_bytes(bytes.len() as u64)?;
    scan::scan(bytes, limits)?;
    let model =
        ModelProto::decode(Bytes::copy_from_slice(bytes)).map_err(|error| LoadError::Decode(error.to_string()))?;
    if model.ir_version < MIN_IR_VERSION {
        return Err(LoadError::IrVersion(model.ir_version));
    }
    let opsets = opsets(&model)?;
    let producer = Producer {
        name: model.producer_name,
        version: model.producer_version,
        opsets: opsets.clone(),
    };
    let graph = model.graph.ok_or(LoadError::NoGraph)?;
    let functions = model
        .functions
        .into_iter()
        .map(|function| (function.domain, function.name))
        .collect();
    let builder = Builder {
        opsets,
        functions,
        limits,
        graph: Graph::default(),
        ids: HashMap::new(),
        produced: HashSet::new(),
        constant_bytes: 0,
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

fn domain(name: String) -> String {
    if name == "ai.onnx" { String::new() } else { name }
}

fn opsets(model: &ModelProto) -> Result<HashMap<String, i64>, LoadError> {
    let mut opsets = HashMap::new();
    for import in &model.opset_import {
        let name = domain(import.domain.clone());
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
    functions: HashSet<(String, String)>,
    limits: &'a Limits,
    graph: Graph,
    ids: HashMap<String, ValueId>,
    produced: HashSet<ValueId>,
    constant_bytes: u64,
}

impl Builder<'_> {
    fn build(mut self, proto: GraphProto) -> Result<Graph, LoadError> {
        if !proto.sparse_initializer.is_empty() {
            return Err(LoadError::SparseInitializer);
        }
        for tensor in &proto.initializer {
            self.initializer(tensor)?;
        }
        for input in &proto.input {
            self.input(input)?;
        }
        let made: HashSet<&str> = proto
            .node
            .iter()
            .flat_map(|node| &node.output)
            .map(String::as_str)
            .collect();
        let outputs: Vec<String> = proto.output.into_iter().map(|output| output.name).collect();
        if outputs.is_empty() {
            return Err(LoadError::NoOutput);
        }
        let mut read: HashSet<String> = outputs.iter().cloned().collect();
        for node in &proto.node {
            for input in node.input.iter().filter(|name| !name.is_empty()) {
                if !made.contains(input.as_str()) && !self.ids.contains_key(input) {
                    return Err(LoadError::MissingValue {
                        node: label(node),
                        name: input.clone(),
                    });
                }
                read.insert(input.clone());
            }
        }
        let nodes = proto
            .node
            .into_iter()
            .map(|node| self.node(node, &read))
            .collect::<Result<Vec<_>, _>>()?;
        for name in outputs {
            let id = self
                .ids
                .get(&name)
                .copied()
                .ok_or_else(|| LoadError::MissingOutput(name.clone()))?;
            self.graph.outputs.push(Output {
                id,
                name,
                classes: None,
            });
        }
        self.graph.nodes = order::sort(nodes).map_err(|labels| LoadError::Cycle(labels.join(", ")))?;
        Ok(self.graph)
    }

    fn initializer(&mut self, proto: &TensorProto) -> Result<(), LoadError> {
        let wrong = |error| LoadError::Initializer {
            name: proto.name.clone(),
            error,
        };
        let shape = decode_shape(proto).map_err(wrong)?;
        self.limits.check_dims(&proto.name, shape.dims())?;
        let tensor = decode_tensor(proto).map_err(wrong)?;
        self.count_constant(tensor.tensor_type().bytes() as u64)?;
        let id = self.define(proto.name.clone())?;
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
            .ids
            .get(&proto.name)
            .is_some_and(|id| self.graph.constants.contains_key(id))
        {
            return Ok(());
        }
        let tensor = proto.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let tensor = tensor.ok_or_else(|| LoadError::InputType {
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
        let id = self.define(proto.name.clone())?;
        self.graph.inputs.push(Input { id, data_type, dims });
        Ok(())
    }

    fn node(&mut self, proto: NodeProto, read: &HashSet<String>) -> Result<Node, LoadError> {
        let label = label(&proto);
        let operator = OperatorName {
            domain: clipped(domain(proto.domain)),
            kind: clipped(proto.op_type),
        };
        let key = (operator.domain.clone(), operator.kind.clone());
        if self.functions.contains(&key) {
            return Err(LoadError::Function(operator.to_string()));
        }
        let opset = self.opsets.get(&operator.domain).copied();
        let opset = opset.ok_or_else(|| LoadError::NoOpset {
            node: label.clone(),
            domain: operator.domain.clone(),
        })?;
        let attributes = Attributes::decode(proto.attribute).map_err(|error| LoadError::Attribute {
            node: label.clone(),
            error,
        })?;
        self.count_constant(attributes.tensor_bytes())?;
        let inputs = proto
            .input
            .into_iter()
            .map(|name| (!name.is_empty()).then(|| self.refer(name)))
            .collect();
        let mut outputs = Vec::new();
        for name in proto.output {
            outputs.push(if read.contains(&name) {
                Some(self.produce(name)?)
            } else {
                None
            });
        }
        Ok(Node {
            name: clipped(proto.name),
            operator,
            opset,
            inputs,
            outputs,
            attributes,
        })
    }

    /// The value of a name that may be made only later.
    fn refer(&mut self, name: String) -> ValueId {
        let graph = &mut self.graph;
        *self
            .ids
            .entry(name)
            .or_insert_with_key(|name| graph.add_value(name.clone()))
    }

    /// The value of a name that nothing else may make.
    fn define(&mut self, name: String) -> Result<ValueId, LoadError> {
        if self.ids.contains_key(&name) {
            return Err(LoadError::DuplicateValue(name));
        }
        Ok(self.refer(name))
    }

    fn produce(&mut self, name: String) -> Result<ValueId, LoadError> {
        let id = self.refer(name);
        let is_input = self.graph.inputs.iter().any(|input| input.id == id);
        if is_input || self.graph.constants.contains_key(&id) || !self.produced.insert(id) {
            return Err(LoadError::DuplicateValue(self.graph.name(id).into()));
        }
        Ok(id)
    }
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
