//! The operators: what the engine knows of each, and the table of all.

mod arg;
mod attention;
mod binary;
mod bits;
mod blocks;
mod cast;
mod compose;
mod composite;
mod concat;
mod control;
mod conv;
mod depth;
mod detection;
mod doubles;
mod einsum;
mod elementary;
mod gather;
mod host;
mod host_op;
mod hot;
mod indexing;
mod labels;
mod linear_algebra;
mod linear_attention;
mod losses;
mod matmul;
mod ml;
mod movement;
mod normalization;
mod operand;
mod pad;
mod pool;
mod quantize;
mod quantized;
mod random;
mod ranking;
mod recurrent;
mod reduce;
mod registry;
mod reshape;
mod resize;
mod running;
mod sampling;
mod scatter;
mod select;
mod sequence;
mod shape;
mod signal;
mod slice;
mod softmax;
#[cfg(test)]
mod tests;
mod text;
mod training;
mod transpose;
mod unary;
mod window;
mod words;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

pub use self::operand::{LARGE, Operand, Operands};
pub(crate) use self::quantized::numbers as numbers_of_codes;
pub use self::registry::resolve;
use crate::kernels::{Launch, Launches};
use crate::model::{AttributeError, Attributes, LimitExceeded, Limits, Subgraph};
use crate::tensor::{Tensor, TensorError, TensorType, Value, ValueError};

/// Why an operator cannot be built, planned or run as a node uses it.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpError {
    /// The model breaks the operator's definition, or its input does.
    #[error("{0}")]
    Invalid(String),
    /// The operator is defined so, but the engine does not have it.
    #[error("{0}")]
    Unsupported(String),
    /// A shape, an axis or a bound that only a run would tell.
    #[error("input {0} ({1}) depends on the data, which is not supported")]
    DataDependent(usize, &'static str),
    /// Something else that only a run tells: the shape or even the kind of an output.
    #[error("what it gives depends on the data, which is not supported here")]
    OnlyAtRunTime,
    /// A node of a sub-graph failed.
    #[error("{0}: {1}")]
    Inside(String, Box<OpError>),
    /// The run ended inside of a sub-graph for a reason that is told elsewhere.
    #[error("a node of its sub-graph failed")]
    Stopped,
    /// The operator has no form that runs on the host.
    #[error("there is no host form of this operator")]
    NoHostForm,
}

impl From<TensorError> for OpError {
    fn from(error: TensorError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<ValueError> for OpError {
    fn from(error: ValueError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<LimitExceeded> for OpError {
    fn from(error: LimitExceeded) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<AttributeError> for OpError {
    fn from(error: AttributeError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl OpError {
    /// An [`OpError::Invalid`] with this message.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// An [`OpError::Unsupported`] with this message.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }
}

/// How a node runs, once shapes are known.
#[derive(Debug)]
pub enum Lowered {
    /// The output is the first input in another shape: nothing runs.
    View,
    /// Kernels, one after another.
    Device(Vec<Launch>),
    /// Kernels that also need memory for results in between.
    Composed {
        /// The kernels, one after another.
        launches: Vec<Launch>,
        /// What lies in that memory; numbered on from the outputs.
        scratch: Vec<TensorType>,
    },
    /// [`Operator::evaluate`], once a batch.
    Host,
}

impl From<Launches> for Lowered {
    fn from(Launches { launches, scratch }: Launches) -> Self {
        Self::Composed { launches, scratch }
    }
}

/// What an operator makes of inputs whose rows lie further apart in memory than they are long, see [`Operand::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// It takes none.
    Tight,
    /// It goes element by element: what it gives lies as what it is given.
    Kept,
    /// Rows of input 0 may lie either way, and those of what it gives as the type tells that [`Operator::lower`] is given.
    Free,
    /// Rows of input 0 may lie either way. In what it gives they follow each other.
    Closed,
}

/// An operator with its attributes read and checked: what a node does.
pub trait Operator: fmt::Debug + Send + Sync {
    /// The type of every output. Checks everything that types and known values tell.
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError>;

    /// How to run it for inputs and outputs of these types.
    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError>;

    /// What it makes of rows that lie apart.
    fn spacing(&self) -> Spacing {
        Spacing::Tight
    }

    /// Computes the outputs on the host. Called when [`Operator::lower`] says so, and to fold constants.
    fn evaluate(&self, _inputs: &[Option<&Tensor>], _outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        Err(OpError::NoHostForm)
    }

    /// Whether only [`Operator::run`] does what it does, whatever its inputs are.
    fn runs_on_values(&self) -> bool {
        false
    }

    /// Its sub-graphs.
    fn bodies(&self) -> Vec<&Body> {
        Vec::new()
    }

    /// Computes the outputs of an operator on sequences, optionals or sub-graphs, or whose outputs' shapes only the data tells.
    /// `None` where the other methods do, which is where inputs and outputs are tensors of types that can be inferred.
    fn run(&self, _inputs: &[Option<Value>], _runner: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        None
    }

    /// The outputs when they are known while planning: by default when all inputs are.
    fn fold(&self, inputs: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        let values = inputs.known_values()?;
        match self.evaluate(&values, outputs) {
            Err(OpError::NoHostForm) => None,
            result => Some(result),
        }
    }

    /// Floating-point operations, a multiplication and an addition counting as two. By default one per element of the output.
    fn flops(&self, _inputs: &Operands, outputs: &[TensorType]) -> u64 {
        outputs.iter().map(|output| output.shape.elements() as u64).sum()
    }
}

/// What an operator may ask of the run that it is part of.
pub trait Runner {
    /// Runs a sub-graph on its inputs.
    fn body(&mut self, body: &Body, inputs: Vec<Value>) -> Result<Vec<Value>, OpError>;
    /// Bounds on what is made.
    fn limits(&self) -> &Limits;
    /// Counts one more round of a loop, and refuses it if there were too many.
    fn count_round(&mut self) -> Result<(), OpError>;
    /// Counts operations that are about to be done, and refuses them if there were too many.
    fn count_flops(&mut self, flops: u64) -> Result<(), OpError>;
}

/// A sub-graph whose operators are resolved.
#[derive(Debug)]
pub struct Body {
    /// Inputs, outputs and nodes.
    pub graph: Subgraph,
    /// The operator of each node.
    pub operators: Vec<Arc<dyn Operator>>,
}

/// What a constructor of an operator reads: the node's attributes, version and arity.
#[derive(Debug)]
pub struct Spec<'a> {
    /// Type of the operator.
    pub kind: &'a str,
    /// Version of the operator set.
    pub opset: i64,
    /// Attributes that are not yet read.
    pub attributes: &'a mut Attributes,
    /// Which inputs are given.
    pub inputs: Vec<bool>,
    /// Which outputs are read.
    pub outputs: Vec<bool>,
}

impl Spec<'_> {
    /// Whether input `index` is given.
    pub fn has_input(&self, index: usize) -> bool {
        self.inputs.get(index).copied().unwrap_or(false)
    }

    /// Whether output `index` is read.
    pub fn has_output(&self, index: usize) -> bool {
        self.outputs.get(index).copied().unwrap_or(false)
    }
}
