//! Makes a plan, node by node.

mod known;
mod precision;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{BufferId, Place, Plan, PlanError, PlannedOutput, Read, Step, dead, inputs, made, memory, optimise};
use crate::kernels::element::Walk;
use crate::kernels::{Binding, Launch, MAX_ROUNDS, Target};
use crate::model::{Model, Node, ValueId};
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
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            optimise: true,
            target: None,
            most_bytes: None,
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
    let mut planner = Planner::new(model, given, options);
    for (input, tensor_type) in model.graph().inputs.iter().zip(given) {
        planner.check_size(input.id, tensor_type)?;
        planner.values[input.id.0].tensor_type = Some(tensor_type.clone());
        planner.values[input.id.0].is_on_host = true;
    }
    let needed = needed(model);
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
            places,
            flops: 0,
            folded_flops: 0,
            bytes: 0,
        }
    }

    fn check_size(&self, value: ValueId, tensor_type: &TensorType) -> Result<(), PlanError> {
        let (limits, name) = (self.model.limits(), self.model.graph().name(value));
        limits.check_dims(name, tensor_type.shape.dims())?;
        Ok(limits.check_tensor_bytes(name, tensor_type.bytes() as u64)?)
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
        if refusal.is_none()
            && let Some(folded) = self.fold(index, &operands, &types, is_fixed)
        {
            return self.set_known(node, folded.map_err(wrong)?, is_fixed);
        }
        let lowered = precision::lower(operator.as_ref(), &operands, wide.as_ref(), &types, refusal);
        match lowered.map_err(wrong)? {
            Lowered::View if types[0].data_type.is_held_on_device() => self.view(node, &types[0]).map_err(wrong),
            Lowered::Device(launches) => {
                self.count(index, Place::Device, flops)?;
                self.check_launches(node, &launches)?;
                self.launch(index, node, launches, types, Vec::new()).map_err(wrong)
            }
            Lowered::Composed { launches, scratch } => {
                self.count(index, Place::Device, flops)?;
                self.check_launches(node, &launches)?;
                if let Some(output) = node.outputs.iter().flatten().next() {
                    for tensor_type in &scratch {
                        self.check_size(*output, tensor_type)?;
                    }
                }
                self.launch(index, node, launches, types, scratch).map_err(wrong)
            }
            Lowered::View | Lowered::Host => {
                self.count(index, Place::Host, flops)?;
                self.host(index, node, types).map_err(wrong)
            }
        }
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
            }))
        };
        let operands = values.iter().map(operand).collect::<Result<_, _>>()?;
        Ok(Operands::new(operands)
            .on(self.options.target.unwrap_or_default())
            .binding(self.options.most_bytes.unwrap_or(u64::MAX)))
    }

    fn count(&mut self, index: usize, place: Place, flops: u64) -> Result<(), PlanError> {
        self.places[index] = (place, flops);
        self.flops = self.flops.saturating_add(flops);
        Ok(self.model.limits().check_flops(self.flops)?)
    }

    /// Bounds what planning itself takes: a few nodes can ask for many launches, or for large tables again and again.
    fn check_launches(&mut self, node: &Node, launches: &[Launch]) -> Result<(), PlanError> {
        self.model
            .limits()
            .check_launches((self.steps.len() + launches.len()) as u64)?;
        for read in launches.iter().flat_map(|launch| &launch.reads) {
            match read {
                Binding::Words(words) => self.spend(4 * words.len() as u64)?,
                Binding::Rows { input, first, count } => self.part(node, *input, *first, *count)?,
                Binding::Input(_) | Binding::Source(_) | Binding::Output(_) => {}
            }
        }
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<(), PlanError> {
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(self.model.limits().check_memory_bytes(self.bytes)?)
    }

    /// The output is its input's buffer, seen in another shape.
    fn view(&mut self, node: &Node, tensor_type: &TensorType) -> Result<(), OpError> {
        let input = node
            .inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::Invalid("input 0 is missing".into()))?;
        let buffer = match self.read(input)? {
            Read::Buffer(buffer) => buffer,
            // Its operator has another input that is not known, but of which only the type matters.
            Read::Constant(known) => {
                if let Some(output) = node.outputs.first().copied().flatten() {
                    // Another type than the input's is a wider one.
                    let is_same = known.data_type() == tensor_type.data_type;
                    let known = if is_same {
                        known
                    } else {
                        Arc::new(Tensor::widened(&known))
                    };
                    self.values[output.0] = Value {
                        tensor_type: Some(tensor_type.clone()),
                        known: Some(Arc::new(known.reshaped(tensor_type.shape.clone())?)),
                        ..Value::default()
                    };
                }
                return Ok(());
            }
            Read::Words(_) | Read::Made(_) => return Err(OpError::Invalid("a view of words".into())),
        };
        if let Some(output) = node.outputs.first().copied().flatten() {
            let (tensor_type, source) = (Some(tensor_type.clone()), self.values[input.0].source.clone());
            self.values[output.0] = Value {
                tensor_type,
                buffer: Some(buffer),
                source,
                ..Value::default()
            };
        }
        Ok(())
    }

    fn launch(
        &mut self,
        index: usize,
        node: &Node,
        launches: Vec<Launch>,
        types: Vec<TensorType>,
        scratch: Vec<TensorType>,
    ) -> Result<(), OpError> {
        let mut buffers = Vec::with_capacity(types.len() + scratch.len());
        for tensor_type in types.iter().chain(&scratch) {
            buffers.push(self.buffer(tensor_type));
        }
        let source = self.source(node, &launches);
        let rounds = self.rounds(node, &launches, &types);
        for launch in launches {
            if launch.rounds > MAX_ROUNDS {
                let (found, name) = (launch.rounds, launch.kernel.name);
                let message = format!("a {name} kernel of {found} rounds; {MAX_ROUNDS} are supported");
                return Err(OpError::Unsupported(message));
            }
            let read = |binding: &Binding| match binding {
                Binding::Words(words) => Ok(Read::Words(words.clone())),
                Binding::Output(index) => Ok(Read::Buffer(buffers[*index])),
                Binding::Input(index) => self.read(given(node, *index)?),
                Binding::Rows { input, first, count } => {
                    let part = self.parts.get(&(given(node, *input)?, *first, *count));
                    let missing = || OpError::Invalid(format!("input {input} is not taken in parts"));
                    Ok(Read::Constant(Arc::clone(part.ok_or_else(missing)?)))
                }
                Binding::Source(index) => {
                    let source = &self.values[given(node, *index)?.0].source;
                    let missing = || OpError::Invalid(format!("input {index} is no rearrangement"));
                    let (source, _) = source.as_ref().ok_or_else(missing)?;
                    self.read(*source)
                }
            };
            let reads = launch.reads.iter().map(read).collect::<Result<_, _>>()?;
            let write = buffers[launch.writes];
            self.steps.push(Step::Launch {
                launch,
                reads,
                write,
                node: index,
            });
        }
        let made = types.into_iter().zip(buffers).zip(rounds);
        for (output, ((tensor_type, buffer), rounds)) in node.outputs.iter().zip(made) {
            if let Some(output) = output {
                let buffer = match rounds {
                    true => self.round(index, buffer, &tensor_type),
                    false => buffer,
                };
                let tensor_type = Some(tensor_type);
                self.values[output.0] = Value {
                    tensor_type,
                    buffer: Some(buffer),
                    source: source.clone(),
                    ..Value::default()
                };
            }
        }
        Ok(())
    }

    /// What the only output of a node is a rearrangement of, if it is one of an input.
    fn source(&self, node: &Node, launches: &[Launch]) -> Option<(ValueId, Walk)> {
        let ([launch], [Some(_)], true) = (launches, &node.outputs[..], self.options.optimise) else {
            return None;
        };
        let walk = launch.moves()?;
        let source = match launch.reads[..] {
            [Binding::Input(index)] => given(node, index).ok()?,
            [Binding::Source(index)] => self.values[given(node, index).ok()?.0].source.as_ref()?.0,
            _ => return None,
        };
        Some((source, walk.clone()))
    }

    fn host(&mut self, index: usize, node: &Node, types: Vec<TensorType>) -> Result<(), OpError> {
        for &input in node.inputs.iter().flatten() {
            self.bring_to_host(input);
        }
        for (output, tensor_type) in node.outputs.iter().zip(&types) {
            if let Some(output) = output {
                let tensor_type = Some(tensor_type.clone());
                self.values[output.0] = Value {
                    tensor_type,
                    is_on_host: true,
                    ..Value::default()
                };
            }
        }
        self.steps.push(Step::Host {
            node: index,
            outputs: types,
        });
        Ok(())
    }

    fn buffer(&mut self, tensor_type: &TensorType) -> BufferId {
        self.buffer_bytes.push(4 * tensor_type.shape.elements().max(1) as u64);
        BufferId(self.buffer_bytes.len() - 1)
    }

    /// How a kernel reads a value; copies it to the device if it is not there.
    fn read(&mut self, id: ValueId) -> Result<Read, OpError> {
        let value = self.values[id.0].clone();
        let Some(tensor_type) = value
            .tensor_type
            .filter(|tensor_type| tensor_type.data_type.is_held_on_device())
        else {
            return Err(OpError::Invalid(format!(
                "'{}' cannot be on the device",
                self.model.graph().name(id)
            )));
        };
        if let Some(known) = value.known {
            return Ok(Read::Constant(known));
        }
        if let Some(buffer) = value.buffer {
            return Ok(Read::Buffer(buffer));
        }
        let buffer = self.buffer(&tensor_type);
        self.steps.push(Step::Upload { value: id, buffer });
        self.values[id.0].buffer = Some(buffer);
        Ok(Read::Buffer(buffer))
    }

    fn bring_to_host(&mut self, id: ValueId) {
        let value = &mut self.values[id.0];
        if value.is_on_host || value.known.is_some() {
            return;
        }
        if let (Some(buffer), Some(tensor_type)) = (value.buffer, value.tensor_type.clone()) {
            value.is_on_host = true;
            self.steps.push(Step::Download {
                buffer,
                value: id,
                tensor_type,
            });
        }
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
        let (slot_of, slots) = memory::lay_out(&steps, &self.buffer_bytes);
        let plan = Plan {
            inputs: given.to_vec(),
            target: self.options.target.unwrap_or_default(),
            outputs,
            slot_of,
            slots,
            buffer_bytes: self.buffer_bytes,
            constant_bytes: memory::constant_bytes(&steps),
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
