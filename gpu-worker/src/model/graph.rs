//! A model after parsing: numbered values, nodes in an order in which they can run, and constants.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::values::Structure;
use crate::tensor::{DataType, Tensor};

/// A value of a graph: an index into [`Graph::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub(crate) usize);

/// A dimension of an input or output as the model states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Dim {
    /// Always this long.
    Fixed(usize),
    /// As long as every other dimension of this name.
    Named(String),
    /// Not stated.
    Unknown,
}

impl fmt::Display for Dim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(length) => write!(formatter, "{length}"),
            Self::Named(name) => formatter.write_str(name),
            Self::Unknown => formatter.write_str("?"),
        }
    }
}

/// An input of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its value.
    pub id: ValueId,
    /// Type of its elements.
    pub data_type: DataType,
    /// Dimensions; `None` when the model does not even state the rank.
    pub dims: Option<Vec<Dim>>,
    /// Whether it is a tensor, or a sequence or an optional of such.
    pub structure: Structure,
}

/// An output of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its value.
    pub id: ValueId,
    /// Its name; the value's own may be another.
    pub name: String,
    /// What the columns stand for, where the model gives its scores as maps from class to score.
    pub classes: Option<Classes>,
    /// Whether the model says that it is a tensor, or something else.
    pub structure: Structure,
}

/// The classes that the columns of scores stand for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Classes {
    /// Numbered classes.
    Integers(Vec<i64>),
    /// Named classes.
    Texts(Vec<String>),
}

/// The name of an operator: domain and type. The default domain is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperatorName {
    /// Operator set, empty for ONNX itself.
    pub domain: String,
    /// Type within the set.
    pub kind: String,
}

impl OperatorName {
    /// An operator of ONNX's own set.
    pub fn onnx(kind: &str) -> Self {
        Self {
            domain: String::new(),
            kind: kind.into(),
        }
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.domain.is_empty() {
            formatter.write_str(&self.kind)
        } else {
            write!(formatter, "{}.{}", self.domain, self.kind)
        }
    }
}

/// One use of an operator.
#[derive(Debug, Clone)]
pub struct Node {
    /// The node's own name, for messages.
    pub name: String,
    /// Which operator.
    pub operator: OperatorName,
    /// Version of the operator set that the model imports.
    pub opset: i64,
    /// Values read; `None` where an optional input is left out.
    pub inputs: Vec<Option<ValueId>>,
    /// Values made; `None` where nobody reads an output.
    pub outputs: Vec<Option<ValueId>>,
    /// Constants.
    pub attributes: Attributes,
    /// Values from around that its sub-graphs read.
    pub captures: Vec<ValueId>,
}

impl Node {
    /// Every value that it reads, those of its sub-graphs included.
    pub fn reads(&self) -> impl Iterator<Item = ValueId> + '_ {
        self.inputs.iter().flatten().chain(&self.captures).copied()
    }

    /// How messages call the node.
    pub fn label(&self) -> String {
        if self.name.is_empty() {
            self.operator.to_string()
        } else {
            format!("{} '{}'", self.operator, self.name)
        }
    }
}

/// A graph inside of an attribute. Its values are numbered with those of the graph around it.
#[derive(Debug, Clone)]
pub struct Subgraph {
    /// Values that its operator sets before each run.
    pub inputs: Vec<ValueId>,
    /// Values that its operator gets after each run.
    pub outputs: Vec<ValueId>,
    /// Nodes, each after those whose outputs it reads.
    pub nodes: Vec<Node>,
    /// Values from around it that it reads.
    pub captures: Vec<ValueId>,
}

impl Subgraph {
    /// A sub-graph of sorted nodes.
    pub fn new(inputs: Vec<ValueId>, outputs: Vec<ValueId>, nodes: Vec<Node>) -> Self {
        let own: HashSet<ValueId> = nodes
            .iter()
            .flat_map(|node| node.outputs.iter().flatten())
            .chain(&inputs)
            .copied()
            .collect();
        let read = nodes.iter().flat_map(Node::reads).chain(outputs.iter().copied());
        let captures: BTreeSet<ValueId> = read.filter(|value| !own.contains(value)).collect();
        Self {
            inputs,
            outputs,
            nodes,
            captures: captures.into_iter().collect(),
        }
    }
}

/// Nodes and values.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Name of every value.
    pub names: Vec<String>,
    /// Inputs that a caller must give.
    pub inputs: Vec<Input>,
    /// Values that a caller gets.
    pub outputs: Vec<Output>,
    /// Values that never change.
    pub constants: HashMap<ValueId, Arc<Tensor>>,
    /// Nodes, each after those whose outputs it reads.
    pub nodes: Vec<Node>,
}

impl Graph {
    /// The name of a value.
    pub fn name(&self, value: ValueId) -> &str {
        &self.names[value.0]
    }

    /// A new value.
    pub fn add_value(&mut self, name: impl Into<String>) -> ValueId {
        self.names.push(name.into());
        ValueId(self.names.len() - 1)
    }

    /// A new value that is known.
    pub fn add_constant(&mut self, name: impl Into<String>, tensor: Tensor) -> ValueId {
        let id = self.add_value(name);
        self.constants.insert(id, Arc::new(tensor));
        id
    }
}
