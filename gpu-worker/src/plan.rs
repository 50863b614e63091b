//! From a model and the shapes of its inputs to a list of steps: every shape resolved, constants folded, each node lowered to
//! kernels, to host code or to nothing, and memory laid out.

mod dead;
mod inputs;
mod made;
mod memory;
mod optimise;
mod pairs;
mod planner;

use std::collections::HashSet;
use std::sync::Arc;

use thiserror::Error;

pub(crate) use self::inputs::check as check_inputs;
pub use self::inputs::{Lengths, describe as describe_input, types_for, types_for_batch};
pub use self::made::{Made, MadeKey};
pub(crate) use self::memory::{constant_bytes_of, read_as_texels};
pub use self::planner::{PlanOptions, plan, plan_with};
use crate::kernels::{Form, Launch, Target};
use crate::model::{Classes, LimitExceeded, ValueId};
use crate::ops::OpError;
use crate::tensor::{Tensor, TensorType};

/// Why a model cannot run on inputs of these shapes.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The wrong number of inputs.
    #[error("the model has {expected} inputs, but {found} were given")]
    InputCount {
        /// Inputs of the model.
        expected: usize,
        /// Inputs given.
        found: usize,
    },
    /// An input of another type or shape than the model states.
    #[error("input '{name}' should be {expected}, but is {found}")]
    Input {
        /// Name of the input.
        name: String,
        /// What the model states.
        expected: String,
        /// What was given.
        found: TensorType,
    },
    /// A length for a dimension that the model does not leave open.
    #[error("the model has no open dimension '{name}'; it has: {}", if .open.is_empty() { "none".into() } else { .open.join(", ") })]
    NotOpen {
        /// What was given.
        name: String,
        /// The dimensions that are open.
        open: Vec<String>,
    },
    /// An operator that does not accept its inputs, or that needs to know them sooner.
    #[error("{node}: {error}")]
    Operator {
        /// The node.
        node: String,
        /// What is wrong.
        error: OpError,
    },
    /// A bound is broken.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// A device buffer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub(crate) usize);

/// What a launch reads.
#[derive(Debug, Clone)]
pub enum Read {
    /// A buffer of the plan.
    Buffer(BufferId),
    /// A tensor that never changes.
    Constant(Arc<Tensor>),
    /// Words known while planning.
    Words(Vec<u32>),
    /// What is made of constants once, when the plan is recorded.
    Made(Arc<Made>),
}

impl Read {
    /// The buffer, if it is one.
    pub fn buffer(&self) -> Option<BufferId> {
        match self {
            Self::Buffer(buffer) => Some(*buffer),
            Self::Constant(_) | Self::Words(_) | Self::Made(_) => None,
        }
    }
}

/// One thing to do for each batch.
#[derive(Debug)]
pub enum Step {
    /// Copies a value from the host to a buffer.
    Upload {
        /// The value.
        value: ValueId,
        /// Where it goes.
        buffer: BufferId,
    },
    /// Runs a kernel.
    Launch {
        /// Kernel, parameters and grid.
        launch: Launch,
        /// What is bound for reading: as many as the kernel declares, then those of the epilogue.
        reads: Vec<Read>,
        /// What is written.
        write: BufferId,
        /// Index of the node that it is for.
        node: usize,
    },
    /// Copies a buffer to the host.
    Download {
        /// Where it comes from.
        buffer: BufferId,
        /// The value.
        value: ValueId,
        /// Its type.
        tensor_type: TensorType,
    },
    /// Runs a node on the host.
    Host {
        /// Index of the node in the graph.
        node: usize,
        /// What its outputs are.
        outputs: Vec<TensorType>,
    },
}

/// An output of a plan.
#[derive(Debug, Clone)]
pub struct PlannedOutput {
    /// Its name in the model.
    pub name: String,
    /// The value that it is.
    pub value: ValueId,
    /// Its type.
    pub tensor_type: TensorType,
    /// What its columns stand for.
    pub classes: Option<Classes>,
}

/// Where a node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Nowhere: its outputs are constants, views of its input, or not needed.
    Folded,
    /// In kernels.
    Device,
    /// On the host, once a batch.
    Host,
}

/// What to do for each batch of inputs of given types.
#[derive(Debug)]
pub struct Plan {
    /// Types of the inputs.
    pub inputs: Vec<TensorType>,
    /// What its kernels are chosen by.
    pub target: Target,
    /// Outputs in the model's order.
    pub outputs: Vec<PlannedOutput>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Which slot of memory each buffer lies in; buffers that are never in use together share one.
    pub slot_of: Vec<usize>,
    /// Bytes of each slot.
    pub slots: Vec<u64>,
    /// Bytes of each buffer.
    pub buffer_bytes: Vec<u64>,
    /// Values known while planning, including those of the model's constants that the host reads.
    pub known: Vec<Option<Arc<Tensor>>>,
    /// Bytes of the constants that kernels read, in the form in which they read them.
    pub constant_bytes: u64,
    /// Bytes of the textures to which values are copied for kernels that read them so.
    pub staged_bytes: u64,
    /// Floating-point operations.
    pub flops: u64,
    /// Where each node runs, and its share of the floating-point operations.
    pub places: Vec<(Place, u64)>,
}

impl Plan {
    /// The kernels that run, in their order.
    pub fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.steps.iter().filter_map(|step| match step {
            Step::Launch { launch, .. } => Some(launch),
            _ => None,
        })
    }

    /// Number of intermediate values in device memory.
    pub fn values(&self) -> usize {
        let buffer = |step: &Step| match step {
            Step::Upload { buffer, .. } => Some(*buffer),
            Step::Launch { write, .. } => Some(*write),
            _ => None,
        };
        let buffers: HashSet<BufferId> = self.steps.iter().filter_map(buffer).collect();
        buffers.len()
    }

    /// Bytes of device memory that a batch takes, the constants included.
    pub fn memory_bytes(&self) -> u64 {
        let slots: u64 = self.slots.iter().sum();
        slots
            .saturating_add(self.constant_bytes)
            .saturating_add(self.staged_bytes)
    }

    /// Bytes of each buffer that a step uses.
    pub fn used_buffers(&self) -> Vec<u64> {
        let lives = memory::lives(&self.steps, self.buffer_bytes.len());
        let used = lives.iter().zip(&self.buffer_bytes);
        used.filter_map(|(life, &bytes)| life.map(|_| bytes)).collect()
    }

    /// Bytes that a step's kernel reads and writes when it touches each of its tensors once; 0 for other steps.
    pub fn traffic_bytes(&self, step: &Step) -> u64 {
        let Step::Launch {
            launch, reads, write, ..
        } = step
        else {
            return 0;
        };
        // A tensor may stand in for an operand that is left out, so each counts once.
        let mut seen = HashSet::new();
        let mut once = |(place, read): (usize, &Read)| match read {
            Read::Buffer(BufferId(buffer)) if seen.insert(*buffer) => self.buffer_bytes[*buffer],
            Read::Constant(tensor) if seen.insert(Arc::as_ptr(tensor) as usize) => {
                memory::constant_bytes_of(tensor, Form::of(launch, place))
            }
            Read::Words(words) => 4 * words.len() as u64,
            Read::Made(made) if seen.insert(Arc::as_ptr(made) as usize) => made.bytes,
            Read::Buffer(_) | Read::Constant(_) | Read::Made(_) => 0,
        };
        reads.iter().enumerate().map(&mut once).sum::<u64>() + self.buffer_bytes[write.0]
    }
}
