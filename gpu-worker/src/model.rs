//! ONNX models: reading them within limits, and resolving every node to an operator that the engine runs.

mod artifact;
mod attributes;
mod derived;
mod functions;
mod graph;
mod limits;
mod order;
mod parse;
pub mod proto;
mod scan;
mod scopes;
mod tensors;
#[cfg(test)]
mod tests;
mod values;
mod weights;

use std::fmt;
use std::sync::Arc;

use prost::bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::artifact::{Artifact, ArtifactError, bundle, files_beside};
pub use self::attributes::{Attribute, AttributeError, Attributes};
pub(crate) use self::derived::{Derivation, Derived};
pub use self::graph::{Classes, Dim, Graph, Input, Node, OperatorName, Output, Subgraph, ValueId};
pub use self::limits::{LimitExceeded, Limits, MAX_DEPTH, MAX_RANK};
pub(crate) use self::parse::INTERNAL;
pub use self::parse::{Producer, operators};
pub use self::scan::ScanError;
pub use self::tensors::{TensorProtoError, decode_data_type, decode_raw};
pub use self::values::{StoredValueError, Structure, decode_value};
pub use self::weights::WeightsError;
use crate::ops::{self, Operator};

/// Why a file is not a model that the engine can run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A bound is broken.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The bytes are not a model.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The bytes are protobuf, but of something else.
    #[error("the file is not an ONNX model: {0}")]
    Decode(String),
    /// The format is too old.
    #[error("the model has IR version {0}; versions from 3 are supported: export it again with a current exporter")]
    IrVersion(i64),
    /// Nothing to run.
    #[error("the file holds no graph")]
    NoGraph,
    /// Nothing to read.
    #[error("the graph has no output")]
    NoOutput,
    /// A version of an operator set that the engine does not know.
    #[error("the model uses version {found} of the operator set {domain}; versions {from} to {to} are supported")]
    Opset {
        /// The operator set.
        domain: String,
        /// The version in the model.
        found: i64,
        /// First version that is supported.
        from: i64,
        /// Last version that is supported.
        to: i64,
    },
    /// A node of a set that the model does not import.
    #[error("{node} belongs to the operator set '{domain}', which the model does not import")]
    NoOpset {
        /// The node.
        node: String,
        /// Its operator set.
        domain: String,
    },
    /// A sparse initializer.
    #[error("sparse initializers are not supported; store the weights as dense tensors")]
    SparseInitializer,
    /// A function that is made of itself.
    #[error("{0} is a function defined inside the model that calls itself, which is not supported")]
    Function(String),
    /// An initializer that cannot be read.
    #[error("initializer '{name}': {error}")]
    Initializer {
        /// Its name.
        name: String,
        /// What is wrong.
        error: TensorProtoError,
    },
    /// An initializer whose elements are in another file.
    #[error("initializer '{name}': {error}")]
    Weights {
        /// Its name.
        name: String,
        /// What is wrong.
        error: WeightsError,
    },
    /// The model's files do not belong together.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// An input of an unknown type.
    #[error("input '{name}': {error}")]
    Input {
        /// Its name.
        name: String,
        /// What is wrong.
        error: TensorProtoError,
    },
    /// An input that is no tensor.
    #[error("input '{name}' is not a tensor; only tensors are supported")]
    InputType {
        /// Its name.
        name: String,
    },
    /// An input of negative length.
    #[error("input '{name}' has the negative dimension {found}")]
    NegativeDim {
        /// Its name.
        name: String,
        /// The dimension.
        found: i64,
    },
    /// A node reads what nothing makes.
    #[error("{node} reads '{name}', which is no input, no initializer and no node's output")]
    MissingValue {
        /// The node.
        node: String,
        /// What it reads.
        name: String,
    },
    /// The model promises what nothing makes.
    #[error("output '{0}' is made by no node")]
    MissingOutput(String),
    /// Two makers of one value.
    #[error("the value '{0}' is defined twice")]
    DuplicateValue(String),
    /// Nodes that wait for each other.
    #[error("the graph has a cycle through: {0}")]
    Cycle(String),
    /// An attribute that cannot be read.
    #[error("{node}: {error}")]
    Attribute {
        /// The node.
        node: String,
        /// What is wrong.
        error: AttributeError,
    },
    /// Nodes that break their operator's definition.
    #[error("{node}: {message}")]
    InvalidNode {
        /// The node.
        node: String,
        /// What is wrong.
        message: String,
    },
    /// Operators that the engine does not have.
    #[error("the model needs operators that are not supported: {}", list(.0))]
    Unsupported(Vec<Unsupported>),
}

fn list(unsupported: &[Unsupported]) -> String {
    unsupported
        .iter()
        .map(Unsupported::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// An operator, or a way of using one, that the engine refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unsupported {
    /// The operator.
    pub operator: OperatorName,
    /// Version of its operator set in the model.
    pub opset: i64,
    /// What of it is missing.
    pub reason: String,
    /// Nodes that use it so.
    pub nodes: usize,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (opset {}): {}", self.operator, self.opset, self.reason)
    }
}

/// A model whose every operator the engine runs.
#[derive(Debug)]
pub struct Model {
    graph: Graph,
    operators: Vec<Arc<dyn Operator>>,
    producer: Producer,
    limits: Limits,
    derived: Derived,
}

impl Model {
    /// Reads a model, or a bundle of one and its weights. Nothing in `bytes` is trusted: whatever is wrong with it becomes an error.
    pub fn load(bytes: &[u8], limits: &Limits) -> Result<Self, LoadError> {
        limits.check_bytes(bytes.len() as u64)?;
        Self::load_artifact(&Artifact::from_bytes(Bytes::copy_from_slice(bytes))?, limits)
    }

    /// Reads a model out of its files, without a copy of them but the one that its tensors are.
    pub fn load_artifact(artifact: &Artifact, limits: &Limits) -> Result<Self, LoadError> {
        limits.check_bytes(artifact.bytes())?;
        let (graph, producer) = parse::parse(artifact.graph().clone(), artifact.weights(), limits)?;
        Ok(Self {
            producer,
            ..Self::from_graph(graph, limits)?
        })
    }

    /// Resolves the operators of a graph that is already well-formed.
    pub(crate) fn from_graph(graph: Graph, limits: &Limits) -> Result<Self, LoadError> {
        let (graph, operators) = ops::resolve(graph)?;
        limits.check_nodes(graph.nodes.len() as u64)?;
        Ok(Self {
            graph,
            operators,
            producer: Producer::default(),
            limits: limits.clone(),
            derived: Derived::default(),
        })
    }

    /// A model of one node whose operator is already resolved.
    pub(crate) fn of_node(graph: Graph, operator: Arc<dyn Operator>, limits: &Limits) -> Self {
        Self {
            graph,
            operators: vec![operator],
            producer: Producer::default(),
            limits: limits.clone(),
            derived: Derived::default(),
        }
    }

    /// What planning made of its constants.
    pub(crate) fn derived(&self) -> &Derived {
        &self.derived
    }

    /// Whether its values are all tensors whose types follow from those of its inputs, as far as its operators tell.
    pub fn is_of_tensors(&self) -> bool {
        let is_tensor = |structure| structure == Structure::Tensor;
        self.graph.inputs.iter().all(|input| is_tensor(input.structure))
            && !self.operators.iter().any(|operator| operator.runs_on_values())
    }

    /// The graph, composite operators written out.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The operator of each node of the graph.
    pub fn operators(&self) -> &[Arc<dyn Operator>] {
        &self.operators
    }

    /// Who wrote the model.
    pub fn producer(&self) -> &Producer {
        &self.producer
    }

    /// The limits that it was loaded under, which hold for running it as well.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Number of constant elements: parameters, and the few constants of shapes.
    pub fn parameters(&self) -> usize {
        self.graph
            .constants
            .values()
            .map(|tensor| tensor.shape().elements())
            .sum()
    }
}
