//! What a model is and would cost, without running it.

mod description;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::description::{
    Apart, Content, Description, InputDescription, Inspection, KernelCount, Memory, OperatorCost, OutputDescription,
    Planned,
};
use crate::evaluation::{ModelFile, Verdict};
use crate::gpu::Engine;
use crate::kernels::Target;
use crate::model::{Artifact, Graph, Limits, Model, Node};
use crate::ops::Operator;
use crate::plan::{self, Lengths, Place, Plan, PlanOptions};
use crate::session::RunError;

/// The adapter that a model is planned for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub adapter: String,
    /// What kernels are chosen by.
    pub target: Target,
    /// Bytes of the largest tensor that a kernel can be given.
    pub most_bytes: u64,
    /// Whether kernels read values as texels where they lie, and not copies of them.
    pub shares_texels: bool,
}

impl From<&Engine> for Device {
    fn from(engine: &Engine) -> Self {
        Self {
            adapter: engine.info().name.clone(),
            target: engine.target(),
            most_bytes: engine.most_bytes(),
            shares_texels: engine.shares_texels(),
        }
    }
}

/// Inspects a model for inputs of these lengths, as it would run on a device.
pub fn inspect(artifact: &Artifact, limits: &Limits, lengths: &Lengths, device: Option<&Device>) -> Inspection {
    let model = ModelFile {
        hash: artifact.hash(),
        bytes: artifact.bytes(),
    };
    let content = match describe(artifact, limits, lengths, device) {
        Ok(description) => Content::Accepted(Box::new(description)),
        Err(refused) => Content::Refused { refused },
    };
    Inspection { model, content }
}

fn describe(
    artifact: &Artifact,
    limits: &Limits,
    lengths: &Lengths,
    device: Option<&Device>,
) -> Result<Description, Verdict> {
    let model = Model::load_artifact(artifact, limits)?;
    let options = PlanOptions {
        target: device.map(|device| device.target),
        most_bytes: device.map(|device| device.most_bytes),
        shares_texels: device.is_some_and(|device| device.shares_texels),
        ..PlanOptions::default()
    };
    let (planned, unplanned) = match plans(&model, lengths, options)? {
        Ok(plans) => (Some(plans), None),
        Err(reason) => (None, Some(reason)),
    };
    let producer = model.producer();
    Ok(Description {
        producer: format!("{} {}", producer.name, producer.version).trim().to_owned(),
        opsets: producer
            .opsets
            .iter()
            .map(|(domain, version)| (domain_name(domain), *version))
            .collect(),
        inputs: inputs(model.graph()),
        adapter: device.map(|device| device.adapter.clone()),
        cooperative_matrix: device.and_then(|device| Some(device.target.matrices()?.side)),
        parameters: model.parameters(),
        operators: operators(&model, planned.as_ref().map(|(plan, _)| plan)),
        batch: lengths.batch,
        dims: lengths.named.clone(),
        planned: planned.map(|(plan, apart)| self::planned(&plan, apart.as_ref())),
        unplanned,
    })
}

/// The plan of a model and, within limits, the same with no steps joined; or why a run goes node by node.
type Plans = Result<(Plan, Option<Plan>), String>;

fn plans(model: &Model, lengths: &Lengths, options: PlanOptions) -> Result<Plans, Verdict> {
    if !model.is_of_tensors() {
        return Ok(Err(on_values(model)));
    }
    let types = plan::types_for(model.graph(), lengths).map_err(RunError::from)?;
    let Some(types) = types else {
        let reason = "an input does not state how many dimensions it has; the data tells";
        return Ok(Err(reason.into()));
    };
    match plan::plan_with(model, &types, options).map_err(RunError::from) {
        Ok(plan) => {
            let apart = PlanOptions {
                optimise: false,
                ..options
            };
            Ok(Ok((plan, plan::plan_with(model, &types, apart).ok())))
        }
        Err(error) if error.may_run_node_by_node() => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Why a model is not one of tensors only.
fn on_values(model: &Model) -> String {
    let nodes = model.graph().nodes.iter().zip(model.operators());
    let kinds: BTreeSet<String> = nodes
        .filter(|(_, operator)| operator.runs_on_values())
        .map(|(node, _)| node.operator.to_string())
        .collect();
    if kinds.is_empty() {
        return "an input is a sequence or an optional".into();
    }
    let does = if kinds.len() == 1 { "does" } else { "do" };
    let kinds: Vec<String> = kinds.into_iter().collect();
    format!("what {} {does} is known only in a run", kinds.join(", "))
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
        staged_bytes: plan.staged_bytes,
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

fn operators(model: &Model, plan: Option<&Plan>) -> Vec<OperatorCost> {
    let mut costs = BTreeMap::new();
    for (index, (node, operator)) in model.graph().nodes.iter().zip(model.operators()).enumerate() {
        count(&mut costs, node, operator, plan.map(|plan| plan.places[index]));
    }
    costs.into_values().collect()
}

/// Counts a node, and those of its sub-graphs.
fn count(
    costs: &mut BTreeMap<String, OperatorCost>,
    node: &Node,
    operator: &Arc<dyn Operator>,
    place: Option<(Place, u64)>,
) {
    let name = node.operator.to_string();
    let cost = costs.entry(name.clone()).or_insert_with(|| OperatorCost {
        operator: name,
        nodes: 0,
        on_device: 0,
        on_host: 0,
        flops: 0,
    });
    cost.nodes += 1;
    if let Some((place, flops)) = place {
        cost.on_device += usize::from(place == Place::Device);
        cost.on_host += usize::from(place == Place::Host);
        cost.flops = cost.flops.saturating_add(flops);
    }
    for body in operator.bodies() {
        let nodes = body.graph.nodes.iter().zip(&body.operators);
        nodes.for_each(|(node, operator)| count(costs, node, operator, None));
    }
}
