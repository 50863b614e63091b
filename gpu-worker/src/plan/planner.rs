//! Makes a plan, node by node.

mod bounds;
mod known;
mod precision;
mod spacing;
mod steps;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{BufferId, Place, Plan, PlanError, PlannedOutput, Step, dead, inputs, made, memory, optimise, pairs};
use crate::kernels::element::Walk;
use crate::kernels::{Launches, Target};
use crate::model::{Derivation, Model, Node, ValueId};
use crate::ops::{Lowered, OpError, Operand, Operands};
use crate::tensor::{Tensor, TensorType};

/// How to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Whether steps are joined; without, every node runs by kernels of its own.
    pub optimise: bool,
    /// What kernels are chosen by: a session takes that of its device where it is not given.
    pub target: Option<Target>,
    /// Bytes of the largest tensor that a kernel can be given: a session takes that of its device where it is not given.
    pub most_bytes: Option<u64>,
    /// Whether kernels read values as texels where they lie, and not copies of them: a session asks its device.
    pub shares_texels: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            optimise: true,
            target: None,
            most_bytes: None,
            shares_texels: false,
        }
    }
}

/// Plans the model for inputs of the given types.
pub fn plan(model: &Model, given: &[TensorType]) -> Result<Plan, PlanError> {
    plan_with(model, given, PlanOptions::default())
}

/// Plans the model in a given way. Steps that are joined run later than they would alone, so that what they read is kept longer: a
/// model that breaks a limit only then is planned without joining.
pub fn plan_with(model: &Model, given: &[TensorType], options: PlanOptions) -> Result<Plan, PlanError> {
    match plan_once(model, given, options) {
        Err(PlanError::Limit(_)) if options.optimise => {
            let apart = PlanOptions {
                optimise: false,
                ..options
            };
            plan_once(model, given, apart)
        }
        result => result,
    }
}

fn plan_once(model: &Model, given: &[TensorType], options: PlanOptions) -> Result<Plan, PlanError> {
    inputs::check(model.graph(), given)?;
    let needed = needed(model);
    let mut planner = Planner::new(model, given, options);
    planner.tight = spacing::tight(model, &needed);
    for (input, tensor_type) in model.graph().inputs.iter().zip(given) {
        planner.check_size(input.id, tensor_type)?;
        planner.values[input.id.0].tensor_type = Some(tensor_type.clone());
        planner.values[input.id.0].is_on_host = true;
    }
    for (index, node) in model
        .graph()
        .nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| needed.contains(index))
    {
        planner.node(index, node)?;
    }
    planner.finish(given)
}

/// The nodes that the outputs depend on.
fn needed(model: &Model) -> HashSet<usize> {
    let graph = model.graph();
    let mut values: HashSet<ValueId> = graph.outputs.iter().map(|output| output.id).collect();
    let mut nodes = HashSet::new();
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if node.outputs.iter().flatten().any(|output| values.contains(output)) {
            values.extend(node.reads());
            nodes.insert(index);
        }
    }
    nodes
}

/// What is known of a value so far, and where its elements are.
#[derive(Debug, Clone, Default)]
struct Value {
    tensor_type: Option<TensorType>,
    known: Option<Arc<Tensor>>,
    /// Whether it is known from the model alone, whatever the shapes of the inputs are.
    is_fixed: bool,
    buffer: Option<BufferId>,
    is_on_host: bool,
    /// Its own columns, where its rows lie further apart on the device, see [`spacing`].
    columns: Option<usize>,
    /// Another value that has the same elements, and where they lie there.
    source: Option<(ValueId, Walk)>,
}

struct Planner<'a> {
    model: &'a Model,
    options: PlanOptions,
    values: Vec<Value>,
    steps: Vec<Step>,
    buffer_bytes: Vec<u64>,
    /// Rows of known values: which, the first, and how many.
    parts: HashMap<(ValueId, usize, usize), Arc<Tensor>>,
    /// Values whose rows are to follow each other.
    tight: HashSet<ValueId>,
    /// What known codes stand for.
    codes: HashMap<Derivation, Arc<Tensor>>,
    places: Vec<(Place, u64)>,
    flops: u64,
    /// Of what is folded, which is work as well, done while planning.
    folded_flops: u64,
    /// Bytes of folded values and of words, which take memory while planning.
    bytes: u64,
}

impl<'a> Planner<'a> {
    fn new(model: &'a Model, given: &[TensorType], options: PlanOptions) -> Self {
        let graph = model.graph();
        debug_assert_eq!(graph.inputs.len(), given.len());
        let mut values = vec![Value::default(); graph.names.len()];
        for (id, tensor) in &graph.constants {
            values[id.0] = Value {
                tensor_type: Some(tensor.tensor_type()),
                known: Some(Arc::clone(tensor)),
                is_fixed: true,
                ..Value::default()
            };
        }
        let places = vec![(Place::Folded, 0); graph.nodes.len()];
        Self {
            model,
            options,
            values,
            steps: Vec::new(),
            buffer_bytes: Vec::new(),
            parts: HashMap::new(),
            tight: HashSet::new(),
            codes: HashMap::new(),
            places,
            flops: 0,
            folded_flops: 0,
            bytes: 0,
        }
    }

    fn node(&mut self, index: usize, node: &Node) -> Result<(), PlanError> {
        let wrong = |error| PlanError::Operator {
            node: node.label(),
            error,
        };
        let operator = &self.model.operators()[index];
        let values: Vec<Option<Value>> = node
            .inputs
            .iter()
            .map(|input| input.map(|input| self.values[input.0].clone()))
            .map(|value| value.map(spacing::closed))
            .collect();
        let operands = self.operands(&values).map_err(wrong)?;
        let wide = precision::widened(node, &values);
        let wide = wide.as_ref().map(|values| self.operands(values)).transpose();
        let wide = wide.map_err(wrong)?;
        let (types, refusal) = precision::infer(operator.as_ref(), &operands, wide.as_ref()).map_err(wrong)?;
        for (output, tensor_type) in node.outputs.iter().enumerate() {
            match (tensor_type, types.get(output)) {
                (Some(value), Some(tensor_type)) => self.check_size(*value, tensor_type)?,
                (Some(_), None) => return Err(wrong(OpError::Invalid(format!("it has no output {output}")))),
                (None, _) => {}
            }
        }
        let flops = operator.flops(&operands, &types);
        if operands.known_values().is_some() {
            self.folded_flops = self.folded_flops.saturating_add(flops);
            self.model.limits().check_flops(self.folded_flops)?;
        }
        let is_fixed = values.iter().flatten().all(|value| value.is_fixed);
        let lower = |refusal| precision::lower(operator.as_ref(), &operands, wide.as_ref(), &types, refusal);
        if refusal.is_none()
            && let Some(folded) = self.fold(index, &operands, &types, is_fixed)
        {
            let source = self.known_source(node, &types, || lower(None));
            return self.set_known(node, folded.map_err(wrong)?, is_fixed, source);
        }
        if refusal.is_none()
            && wide.is_none()
            && let Some((launches, stored)) = self.lower_spaced(node, operator.as_ref(), &types).map_err(wrong)?
        {
            return self.run_spaced(index, node, launches, (stored, types[0].clone()), flops);
        }
        let lowered = lower(refusal).map_err(wrong)?;
        self.close_up(index, node).map_err(wrong)?;
        match lowered {
            Lowered::View if self.views(node, &types[0]) => self.view(node, &types[0]).map_err(wrong),
            Lowered::Device(launches) => self.run(index, node, launches.into(), types, flops),
            Lowered::Composed { launches, scratch } => {
                self.run(index, node, Launches { launches, scratch }, types, flops)
            }
            Lowered::View | Lowered::Host => {
                self.count(index, Place::Host, flops)?;
                self.host(index, node, types).map_err(wrong)
            }
        }
    }

    /// Runs a node on the device, whose outputs lie there as `types` tell.
    fn run(
        &mut self,
        index: usize,
        node: &Node,
        Launches { launches, scratch }: Launches,
        types: Vec<TensorType>,
        flops: u64,
    ) -> Result<(), PlanError> {
        self.count(index, Place::Device, flops)?;
        self.check_launches(node, &launches)?;
        if let Some(output) = node.outputs.iter().flatten().next() {
            for tensor_type in &scratch {
                self.check_size(*output, tensor_type)?;
            }
        }
        let launched = self.launch(index, node, launches, types, scratch);
        launched.map_err(|error| PlanError::Operator {
            node: node.label(),
            error,
        })
    }

    /// What an operator is told of its inputs.
    fn operands<'v>(&self, values: &'v [Option<Value>]) -> Result<Operands<'v>, OpError> {
        let operand = |value: &'v Option<Value>| {
            let Some(value) = value else {
                return Ok::<_, OpError>(None);
            };
            let missing = || OpError::Invalid("it reads a value that is not a tensor".into());
            let tensor_type = value.tensor_type.as_ref().ok_or_else(missing)?;
            Ok(Some(Operand {
                tensor_type,
                value: value.known.as_deref(),
                walk: value.source.as_ref().map(|(_, walk)| walk),
                columns: value.columns,
            }))
        };
        let operands = values.iter().map(operand).collect::<Result<_, _>>()?;
        Ok(Operands::new(operands)
            .on(self.options.target.unwrap_or_default())
            .binding(self.options.most_bytes.unwrap_or(u64::MAX)))
    }

    fn finish(mut self, given: &[TensorType]) -> Result<Plan, PlanError> {
        let graph = self.model.graph();
        let mut outputs = Vec::with_capacity(graph.outputs.len());
        for output in &graph.outputs {
            self.bring_to_host(output.id);
            let Some(tensor_type) = self.values[output.id.0].tensor_type.clone() else {
                let error = OpError::Invalid("nothing computes it".into());
                return Err(PlanError::Operator {
                    node: format!("output '{}'", output.name),
                    error,
                });
            };
            let (name, classes) = (output.name.clone(), output.classes.clone());
            outputs.push(PlannedOutput {
                name,
                value: output.id,
                tensor_type,
                classes,
            });
        }
        let wanted = || outputs.iter().map(|output| output.value);
        let mut steps = dead::remove(self.steps, &graph.nodes, wanted());
        if self.options.optimise {
            let target = self.options.target.unwrap_or_default();
            steps = optimise::optimise(steps, &self.buffer_bytes, target);
            steps = dead::remove(steps, &graph.nodes, wanted());
        }
        let steps = made::once(steps, &self.buffer_bytes);
        let steps = pairs::read(steps, self.options.target.unwrap_or_default());
        let (slot_of, slots) = memory::lay_out(&steps, &self.buffer_bytes);
        let staged_bytes = match self.options.shares_texels {
            true => 0,
            false => memory::staged_bytes(&steps, &self.buffer_bytes),
        };
        let plan = Plan {
            inputs: given.to_vec(),
            target: self.options.target.unwrap_or_default(),
            outputs,
            slot_of,
            slots,
            buffer_bytes: self.buffer_bytes,
            constant_bytes: memory::constant_bytes(&steps),
            staged_bytes,
            steps,
            known: self.values.into_iter().map(|value| value.known).collect(),
            flops: self.flops,
            places: self.places,
        };
        self.model.limits().check_memory_bytes(plan.memory_bytes())?;
        Ok(plan)
    }
}

/// Input `index`, which a launch reads.
fn given(node: &Node, index: usize) -> Result<ValueId, OpError> {
    let input = node.inputs.get(index).copied().flatten();
    input.ok_or_else(|| OpError::Invalid(format!("input {index} is missing")))
}
