//! What a model is and would cost, without running it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluation::{ModelFile, Verdict};
use crate::model::{Artifact, Classes, Dim, Graph, Limits, Model};
use crate::plan::{self, Lengths, Place, Plan};
use crate::session::RunError;
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
    /// Why nothing can be said of outputs and costs before a run.
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
    /// Number of nodes.
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
    /// Bytes that they would take without sharing.
    pub unshared_bytes: u64,
    /// Bytes of the largest slot, which an adapter must be able to bind.
    pub largest_slot_bytes: u64,
    /// Number of slots.
    pub slots: usize,
    /// Number of intermediate values.
    pub values: usize,
}

/// Inspects a model for inputs of these lengths.
pub fn inspect(artifact: &Artifact, limits: &Limits, lengths: &Lengths) -> Inspection {
    let model = ModelFile {
        hash: artifact.hash(),
        bytes: artifact.bytes(),
    };
    let content = match describe(artifact, limits, lengths) {
        Ok(description) => Content::Accepted(Box::new(description)),
        Err(refused) => Content::Refused { refused },
    };
    Inspection { model, content }
}

/// Steps that are not joined.
const APART: plan::PlanOptions = plan::PlanOptions {
    optimise: false,
    target: None,
    most_bytes: None,
};

fn describe(artifact: &Artifact, limits: &Limits, lengths: &Lengths) -> Result<Description, Verdict> {
    let model = Model::load_artifact(artifact, limits)?;
    let types = plan::types_for(model.graph(), lengths).map_err(RunError::from)?;
    let types = types.ok_or_else(|| {
        let message = "an input does not state how many dimensions it has, so nothing can be planned";
        Verdict::failed(crate::evaluation::Reason::WrongInterface, message)
    })?;
    let (plan, unplanned) = match plan::plan(&model, &types).map_err(RunError::from) {
        Ok(plan) => (Some(plan), None),
        Err(error) if error.may_run_node_by_node() => (None, Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let apart = plan::plan_with(&model, &types, APART).ok();
    let producer = model.producer();
    Ok(Description {
        producer: format!("{} {}", producer.name, producer.version).trim().to_owned(),
        opsets: producer
            .opsets
            .iter()
            .map(|(domain, version)| (domain_name(domain), *version))
            .collect(),
        inputs: inputs(model.graph()),
        parameters: model.parameters(),
        operators: operators(model.graph(), plan.as_ref()),
        batch: lengths.batch,
        dims: lengths.named.clone(),
        planned: plan.as_ref().map(|plan| planned(plan, apart.as_ref())),
        unplanned,
    })
}

fn planned(plan: &Plan, apart: Option<&Plan>) -> Planned {
    let output = |output: &plan::PlannedOutput| OutputDescription {
        name: output.name.clone(),
        data_type: output.tensor_type.data_type,
        dims: output.tensor_type.shape.dims().to_vec(),
        classes: output.classes.clone(),
    };
    Planned {
        outputs: plan.outputs.iter().map(output).collect(),
        flops: plan.flops,
        memory: memory(plan),
        launches: plan.launches().count(),
        kernels: kernels(plan),
        apart: apart.map(|apart| Apart {
            memory: memory(apart),
            launches: apart.launches().count(),
        }),
    }
}

fn memory(plan: &Plan) -> Memory {
    Memory {
        total_bytes: plan.memory_bytes(),
        constant_bytes: plan.constant_bytes,
        slot_bytes: plan.slots.iter().sum(),
        unshared_bytes: plan.used_buffers().iter().sum(),
        largest_slot_bytes: plan.slots.iter().copied().max().unwrap_or(0),
        slots: plan.slots.len(),
        values: plan.values(),
    }
}

fn kernels(plan: &Plan) -> Vec<KernelCount> {
    let mut counts: BTreeMap<&str, KernelCount> = BTreeMap::new();
    for launch in plan.launches() {
        let name = launch.kernel.name;
        let count = counts.entry(name).or_insert_with(|| KernelCount {
            kernel: name.into(),
            launches: 0,
            joined: 0,
        });
        count.launches += 1;
        count.joined += usize::from(launch.epilogue.is_some());
    }
    counts.into_values().collect()
}

fn domain_name(domain: &str) -> String {
    if domain.is_empty() {
        "ai.onnx".into()
    } else {
        domain.into()
    }
}

fn inputs(graph: &Graph) -> Vec<InputDescription> {
    let describe = |input: &crate::model::Input| InputDescription {
        name: graph.name(input.id).into(),
        data_type: input.data_type,
        dims: input.dims.clone(),
    };
    graph.inputs.iter().map(describe).collect()
}

fn operators(graph: &Graph, plan: Option<&Plan>) -> Vec<OperatorCost> {
    let mut costs: BTreeMap<String, OperatorCost> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let (place, flops) = plan.map_or((None, 0), |plan| (Some(plan.places[index].0), plan.places[index].1));
        let name = node.operator.to_string();
        let cost = costs.entry(name.clone()).or_insert_with(|| OperatorCost {
            operator: name,
            nodes: 0,
            on_device: 0,
            on_host: 0,
            flops: 0,
        });
        cost.nodes += 1;
        cost.on_device += usize::from(place == Some(Place::Device));
        cost.on_host += usize::from(place == Some(Place::Host));
        cost.flops = cost.flops.saturating_add(flops);
    }
    costs.into_values().collect()
}
