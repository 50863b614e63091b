//! What a model is and would cost, without running it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluation::{ModelFile, Verdict};
use crate::model::{Artifact, Classes, Dim, Graph, Limits, Model};
use crate::plan::{self, Place, Plan};
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
    /// Outputs for the batch that the costs are of.
    pub outputs: Vec<OutputDescription>,
    /// Number of constant elements.
    pub parameters: usize,
    /// Each operator with what its nodes cost together.
    pub operators: Vec<OperatorCost>,
    /// Samples of the batch that the costs are of.
    pub batch: usize,
    /// Floating-point operations of the batch.
    pub flops: u64,
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
    /// Bytes of constants.
    pub constant_bytes: u64,
    /// Bytes of intermediate values, which share slots.
    pub slot_bytes: u64,
    /// Number of slots.
    pub slots: usize,
    /// Number of intermediate values.
    pub values: usize,
}

/// Inspects a model for batches of `batch` samples.
pub fn inspect(artifact: &Artifact, limits: &Limits, batch: usize) -> Inspection {
    let model = ModelFile {
        hash: artifact.hash(),
        bytes: artifact.bytes(),
    };
    let content = match describe(artifact, limits, batch) {
        Ok(description) => Content::Accepted(Box::new(description)),
        Err(refused) => Content::Refused { refused },
    };
    Inspection { model, content }
}

fn describe(artifact: &Artifact, limits: &Limits, batch: usize) -> Result<Description, Verdict> {
    let model = Model::load_artifact(artifact, limits)?;
    let types = plan::types_for_batch(model.graph(), batch).map_err(crate::session::RunError::from)?;
    let types = types.ok_or_else(|| {
        let message = "an input does not state how many dimensions it has, so nothing can be planned";
        Verdict::failed(crate::evaluation::Reason::WrongInterface, message)
    })?;
    let plan = plan::plan(&model, &types).map_err(crate::session::RunError::from)?;
    let producer = model.producer();
    let output = |output: &plan::PlannedOutput| OutputDescription {
        name: output.name.clone(),
        data_type: output.tensor_type.data_type,
        dims: output.tensor_type.shape.dims().to_vec(),
        classes: output.classes.clone(),
    };
    Ok(Description {
        producer: format!("{} {}", producer.name, producer.version).trim().to_owned(),
        opsets: producer
            .opsets
            .iter()
            .map(|(domain, version)| (domain_name(domain), *version))
            .collect(),
        inputs: inputs(model.graph()),
        outputs: plan.outputs.iter().map(output).collect(),
        parameters: model.parameters(),
        operators: operators(model.graph(), &plan),
        batch,
        flops: plan.flops,
        memory: Memory {
            constant_bytes: plan.constant_bytes,
            slot_bytes: plan.slots.iter().sum(),
            slots: plan.slots.len(),
            values: plan.slot_of.len(),
        },
        launches: plan
            .steps
            .iter()
            .filter(|step| matches!(step, plan::Step::Launch { .. }))
            .count(),
    })
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

fn operators(graph: &Graph, plan: &Plan) -> Vec<OperatorCost> {
    let mut costs: BTreeMap<String, OperatorCost> = BTreeMap::new();
    for (node, (place, flops)) in graph.nodes.iter().zip(&plan.places) {
        let name = node.operator.to_string();
        let cost = costs.entry(name.clone()).or_insert_with(|| OperatorCost {
            operator: name,
            nodes: 0,
            on_device: 0,
            on_host: 0,
            flops: 0,
        });
        cost.nodes += 1;
        cost.on_device += usize::from(*place == Place::Device);
        cost.on_host += usize::from(*place == Place::Host);
        cost.flops = cost.flops.saturating_add(*flops);
    }
    costs.into_values().collect()
}
