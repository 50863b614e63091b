//! A model on a device: give it inputs, get outputs.

mod interpreter;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use self::interpreter::Interpreter;
use crate::gpu::{Clock, Constants, Engine, GpuError, Host, Landing, Profile, Recording};
use crate::model::{Classes, Model, ValueId};
use crate::ops::OpError;
use crate::plan::{self, Place, Plan, PlanError, PlanOptions};
use crate::tensor::{Tensor, TensorError, TensorType, Value};

/// Recordings that a session keeps: a full batch, a last one that is shorter, and a few more.
const RECORDINGS: usize = 4;

/// Why a run failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The inputs do not fit the model.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A tensor is not what the plan says.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// Host code refused the data, such as an index out of range.
    #[error("{node}: {error}")]
    Operator {
        /// The node.
        node: String,
        /// What is wrong.
        error: OpError,
    },
    /// A sequence or an optional where only tensors can be.
    #[error("'{0}' is no tensor")]
    NotTensor(String),
    /// A value was read before it was made.
    #[error("'{0}' was read before it was made")]
    Order(String),
}

/// One output of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name in the model.
    pub name: String,
    /// Its elements.
    pub tensor: Tensor,
    /// What its columns stand for, where the model names them.
    pub classes: Option<Classes>,
}

/// A plan and its recording.
type Prepared = (Plan, Recording);

/// A run whose outputs are on their way. Any number may be under way on one session; the device runs them one after another.
#[derive(Debug)]
#[must_use = "the outputs are had by finishing it"]
pub struct Running(Progress);

#[derive(Debug)]
enum Progress {
    /// Begun on the device, with the values that are on the host.
    Begun {
        prepared: Arc<Prepared>,
        computed: Vec<Option<Tensor>>,
        landing: Landing,
    },
    /// Run node by node, for which there is no plan.
    Done(Vec<Output>),
}

/// A model that is ready to run on an engine.
#[derive(Debug)]
pub struct Session {
    engine: Arc<Engine>,
    model: Arc<Model>,
    options: PlanOptions,
    constants: Constants,
    recordings: VecDeque<Arc<Prepared>>,
    flops: u64,
}

impl Session {
    /// Puts a model on an engine. Kernels are compiled with the first run of each shape.
    pub fn new(engine: Arc<Engine>, model: Arc<Model>) -> Self {
        Self::with_options(engine, model, PlanOptions::default())
    }

    /// Puts a model on an engine, to be planned in a given way.
    pub fn with_options(engine: Arc<Engine>, model: Arc<Model>, options: PlanOptions) -> Self {
        let target = Some(options.target.unwrap_or(engine.target()));
        let most_bytes = Some(options.most_bytes.unwrap_or(engine.most_bytes()));
        let options = PlanOptions {
            target,
            most_bytes,
            shares_texels: engine.shares_texels(),
            ..options
        };
        Self {
            engine,
            model,
            options,
            constants: Constants::new(),
            recordings: VecDeque::new(),
            flops: 0,
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Floating-point operations of the run that began last.
    pub fn flops(&self) -> u64 {
        self.flops
    }

    /// Plans and records a run for inputs of these types, unless that is already done.
    pub fn prepare(&mut self, types: &[TensorType]) -> Result<&Plan, RunError> {
        Ok(&self.recording(types)?.0)
    }

    /// How long the kernels of a run for inputs of these types took to compile, see [`Recording::compiling`].
    pub fn compiling(&mut self, types: &[TensorType]) -> Result<Duration, RunError> {
        Ok(self.recording(types)?.1.compiling())
    }

    fn recording(&mut self, types: &[TensorType]) -> Result<&Arc<Prepared>, RunError> {
        match self.recordings.iter().position(|prepared| prepared.0.inputs == types) {
            Some(at) => {
                let used = self.recordings.remove(at);
                self.recordings.extend(used);
            }
            None => {
                let plan = plan::plan_with(&self.model, types, self.options)?;
                if self.recordings.len() == RECORDINGS {
                    self.recordings.pop_front();
                }
                let recording = Recording::new(&self.engine, &plan, &mut self.constants)?;
                self.recordings.push_back(Arc::new((plan, recording)));
            }
        }
        self.recordings
            .back()
            .ok_or_else(|| RunError::Order("a recording".into()))
    }

    /// Runs the model on one batch.
    pub fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Output>, RunError> {
        let running = self.start(inputs)?;
        self.finish(running)
    }

    /// Begins to run the model on one batch; the caller prepares the next one, and begins it, while the device is at work.
    pub fn start(&mut self, inputs: &[Tensor]) -> Result<Running, RunError> {
        if self.model.is_of_tensors() {
            match self.start_planned(inputs) {
                Err(error) if error.may_run_node_by_node() => {}
                result => return result,
            }
        }
        let values: Vec<Option<Value>> = inputs.iter().cloned().map(|input| Some(input.into())).collect();
        let ((outputs, _), flops) = Interpreter::new(&self.engine, &self.model).run(&values)?;
        self.flops = flops;
        let classes = self.model.graph().outputs.iter().map(|output| output.classes.clone());
        let output = |((name, value), classes): ((String, Value), Option<Classes>)| match value {
            Value::Tensor(tensor) => Ok(Output {
                name,
                tensor: Arc::unwrap_or_clone(tensor),
                classes,
            }),
            _ => Err(RunError::NotTensor(name)),
        };
        let outputs = outputs.into_iter().zip(classes).map(output);
        Ok(Running(Progress::Done(outputs.collect::<Result<_, _>>()?)))
    }

    fn start_planned(&mut self, inputs: &[Tensor]) -> Result<Running, RunError> {
        let types: Vec<TensorType> = inputs.iter().map(Tensor::tensor_type).collect();
        let prepared = Arc::clone(self.recording(&types)?);
        let (plan, recording) = &*prepared;
        let mut values = HostValues::new(&self.model, plan, inputs);
        let landing = recording.begin(&self.engine, &mut values)?;
        let computed = values.computed;
        self.flops = plan.flops;
        Ok(Running(Progress::Begun {
            prepared,
            computed,
            landing,
        }))
    }

    /// Waits for the outputs of a run that was begun on this session.
    pub fn finish(&self, running: Running) -> Result<Vec<Output>, RunError> {
        let (prepared, computed, landing) = match running.0 {
            Progress::Done(outputs) => return Ok(outputs),
            Progress::Begun {
                prepared,
                computed,
                landing,
            } => (prepared, computed, landing),
        };
        let (plan, recording) = &*prepared;
        let mut values = HostValues {
            model: &self.model,
            known: &plan.known,
            computed,
        };
        recording.land(&self.engine, &mut values, landing)?;
        let output = |output: &plan::PlannedOutput| {
            let tensor = values.value(output.value)?.reshaped(output.tensor_type.shape.clone())?;
            Ok(Output {
                name: output.name.clone(),
                tensor,
                classes: output.classes.clone(),
            })
        };
        plan.outputs.iter().map(output).collect()
    }

    /// Runs the plan for inputs of these types, and tells where each node ran.
    fn run_planned(&mut self, inputs: &[Tensor]) -> Result<(Vec<Output>, Vec<Place>), RunError> {
        let running = self.start_planned(inputs)?;
        let places = match &running.0 {
            Progress::Begun { prepared, .. } => prepared.0.places.iter().map(|(place, _)| *place).collect(),
            Progress::Done(_) => Vec::new(),
        };
        Ok((self.finish(running)?, places))
    }

    /// Runs the plan for one batch, and times each of its launches; outputs are dropped.
    pub fn profile(&mut self, inputs: &[Tensor], clock: Clock) -> Result<(&Plan, Profile), RunError> {
        let types: Vec<TensorType> = inputs.iter().map(Tensor::tensor_type).collect();
        let (engine, model) = (Arc::clone(&self.engine), Arc::clone(&self.model));
        let (plan, recording) = &**self.recording(&types)?;
        let mut values = HostValues::new(&model, plan, inputs);
        let profile = recording.profile(&engine, &mut values, clock)?;
        Ok((plan, profile))
    }

    /// Runs the model on values of any kind; an optional input may be left out.
    pub fn run_values(&mut self, inputs: &[Option<Value>]) -> Result<Values, RunError> {
        let tensors: Option<Vec<Tensor>> = inputs
            .iter()
            .map(|input| match input {
                Some(Value::Tensor(tensor)) => Some(tensor.as_ref().clone()),
                _ => None,
            })
            .collect();
        if let Some(tensors) = tensors.filter(|_| self.model.is_of_tensors()) {
            match self.run_planned(&tensors) {
                Err(error) if error.may_run_node_by_node() => {}
                result => {
                    let (outputs, places) = result?;
                    let outputs = outputs.into_iter().map(|output| (output.name, output.tensor.into()));
                    return Ok((outputs.collect(), places));
                }
            }
        }
        let (values, flops) = Interpreter::new(&self.engine, &self.model).run(inputs)?;
        self.flops = flops;
        Ok(values)
    }
}

/// Outputs of a run by name, and where each node ran.
pub type Values = (Vec<(String, Value)>, Vec<Place>);

impl RunError {
    /// Whether a batch of fewer samples may run where this one does not.
    pub fn is_of_size(&self) -> bool {
        matches!(
            self,
            Self::Plan(PlanError::Limit(_)) | Self::Gpu(GpuError::TooLarge { .. } | GpuError::OutOfMemory(_))
        )
    }

    /// Whether no plan could be made because a shape depends on the data, or because of a type that only the host, or only a run in
    /// another precision, has. The run node by node then tells for good.
    pub(crate) fn may_run_node_by_node(&self) -> bool {
        matches!(
            self,
            Self::Plan(PlanError::Operator {
                error: OpError::DataDependent(..)
                    | OpError::OnlyAtRunTime
                    | OpError::Unsupported(_)
                    | OpError::NoHostForm,
                ..
            }) | Self::Operator {
                error: OpError::NoHostForm,
                ..
            }
        )
    }
}

/// The values of one run that are on the host.
struct HostValues<'a> {
    model: &'a Model,
    known: &'a [Option<Arc<Tensor>>],
    computed: Vec<Option<Tensor>>,
}

impl<'a> HostValues<'a> {
    fn new(model: &'a Model, plan: &'a Plan, inputs: &[Tensor]) -> Self {
        let mut computed = vec![None; model.graph().names.len()];
        for (input, tensor) in model.graph().inputs.iter().zip(inputs) {
            computed[input.id.0] = Some(tensor.clone());
        }
        let known = &plan.known;
        Self { model, known, computed }
    }
}

impl Host for HostValues<'_> {
    type Error = RunError;

    fn value(&self, value: ValueId) -> Result<&Tensor, RunError> {
        let found = self.computed[value.0].as_ref().or(self.known[value.0].as_deref());
        found.ok_or_else(|| RunError::Order(self.model.graph().name(value).into()))
    }

    fn set(&mut self, value: ValueId, tensor: Tensor) {
        self.computed[value.0] = Some(tensor);
    }

    fn run(&mut self, index: usize, outputs: &[TensorType]) -> Result<(), RunError> {
        let node = &self.model.graph().nodes[index];
        let inputs = node
            .inputs
            .iter()
            .map(|input| input.map(|input| self.value(input)).transpose());
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let made = self.model.operators()[index].evaluate(&inputs, outputs);
        let made = made.map_err(|error| RunError::Operator {
            node: node.label(),
            error,
        })?;
        for (output, tensor) in node.outputs.iter().zip(made) {
            if let Some(output) = output {
                self.set(*output, tensor);
            }
        }
        Ok(())
    }
}
