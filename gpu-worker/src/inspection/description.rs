//! What is told of a model.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluation::{ModelFile, Verdict};
use crate::model::{Classes, Dim};
use crate::tensor::DataType;

/// A model seen from outside.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// The file.
    pub model: ModelFile,
    /// What is known of it when it loads; else why it would be refused.
    #[serde(flatten)]
    pub content: Content,
}

/// A model that loads, or one that does not.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// The engine runs it.
    Accepted(Box<Description>),
    /// The engine refuses it.
    Refused {
        /// Why.
        refused: Verdict,
    },
}

/// What a model takes, gives, consists of and costs.
#[derive(Debug, Serialize)]
pub struct Description {
    /// The exporter and its version.
    pub producer: String,
    /// Version of each operator set.
    pub opsets: BTreeMap<String, i64>,
    /// Inputs.
    pub inputs: Vec<InputDescription>,
    /// The adapter that kernels are chosen for; null where there is none: what some kernels take besides, such as weights in another order, is
    /// then left out.
    pub adapter: Option<String>,
    /// Rows and columns of the matrices by which it multiplies operands of float16; null where it does not.
    pub cooperative_matrix: Option<u32>,
    /// Number of constant elements.
    pub parameters: usize,
    /// Each operator with what its nodes cost together.
    pub operators: Vec<OperatorCost>,
    /// Samples of the batch that the costs are of.
    pub batch: usize,
    /// Lengths of other open dimensions that the costs are of; those that are not here are 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dims: BTreeMap<String, usize>,
    /// What it gives and costs; `None` for a model that runs node by node.
    #[serde(flatten)]
    pub planned: Option<Planned>,
    /// Why it runs node by node, so that nothing can be said of outputs and costs before a run: each node that works on tensors then goes
    /// through a plan of its own, to kernels where there are such for its types, else to the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unplanned: Option<String>,
}

/// What is known of a model that goes through a plan.
#[derive(Debug, Serialize)]
pub struct Planned {
    /// Outputs.
    pub outputs: Vec<OutputDescription>,
    /// Floating-point operations of the batch.
    pub flops: u64,
    /// Device memory of the batch.
    pub memory: Memory,
    /// Kernels that run for the batch.
    pub launches: usize,
    /// The kernels by name.
    pub kernels: Vec<KernelCount>,
    /// What the batch would take if no steps were joined; null where that would be over the limits.
    pub apart: Option<Apart>,
}

/// The launches of one kernel.
#[derive(Debug, Serialize)]
pub struct KernelCount {
    /// Its name.
    pub kernel: String,
    /// Number of launches.
    pub launches: usize,
    /// Of these, how many compute more than the kernel itself: other steps were joined to it.
    pub joined: usize,
}

/// A plan whose steps are not joined.
#[derive(Debug, Serialize)]
pub struct Apart {
    /// Device memory of the batch.
    pub memory: Memory,
    /// Kernels that run for the batch.
    pub launches: usize,
}

/// An input.
#[derive(Debug, Serialize)]
pub struct InputDescription {
    /// Its name.
    pub name: String,
    /// Type of its elements.
    pub data_type: DataType,
    /// Its dimensions: numbers, names, or null; null altogether when the model does not say.
    pub dims: Option<Vec<Dim>>,
}

/// An output.
#[derive(Debug, Serialize)]
pub struct OutputDescription {
    /// Its name.
    pub name: String,
    /// Type of its elements.
    pub data_type: DataType,
    /// Its dimensions.
    pub dims: Vec<usize>,
    /// What its columns stand for, where the model says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Classes>,
}

/// The nodes of one operator.
#[derive(Debug, Serialize)]
pub struct OperatorCost {
    /// Its name.
    pub operator: String,
    /// Number of nodes, those of sub-graphs included.
    pub nodes: usize,
    /// Of these, how many run in kernels.
    pub on_device: usize,
    /// Of these, how many run on the host for each batch; the others are folded away.
    pub on_host: usize,
    /// Floating-point operations.
    pub flops: u64,
}

/// Device memory.
#[derive(Debug, Serialize)]
pub struct Memory {
    /// Bytes of everything.
    pub total_bytes: u64,
    /// Bytes of constants.
    pub constant_bytes: u64,
    /// Bytes of intermediate values, which share slots.
    pub slot_bytes: u64,
    /// Bytes of the textures to which they are copied for kernels that read them so.
    pub staged_bytes: u64,
    /// Bytes that they would take without sharing.
    pub unshared_bytes: u64,
    /// Bytes of the largest slot, which an adapter must be able to bind.
    pub largest_slot_bytes: u64,
    /// Number of slots.
    pub slots: usize,
    /// Number of intermediate values.
    pub values: usize,
}
