//! Runs a model node by node, for what no plan can hold: shapes that depend on the data, sequences, optionals, branches and loops.
//!
//! Each node that works on tensors still goes through a plan of its own, so kernels, limits and checks are those of any model.

use std::collections::HashMap;
use std::sync::Arc;

use super::{RunError, Session};
use crate::gpu::Engine;
use crate::model::{Graph, Input, LimitExceeded, Limits, Model, Node, Output, Structure, ValueId};
use crate::ops::{Body, OpError, Operand, Operands, Operator, Runner};
use crate::plan::{Place, PlanError};
use crate::tensor::{DataType, Tensor, TensorType, Value};

/// A run of a model, node by node.
pub struct Interpreter<'a> {
    engine: &'a Arc<Engine>,
    model: &'a Model,
    values: Vec<Option<Value>>,
    /// Bytes of all values.
    bytes: u64,
    rounds: u64,
    /// Floating-point operations so far.
    flops: u64,
    places: Vec<Place>,
    /// Why a sub-graph stopped, while its operator's call is left.
    failure: Option<RunError>,
}

impl<'a> Interpreter<'a> {
    /// A run of a model on an engine.
    pub fn new(engine: &'a Arc<Engine>, model: &'a Model) -> Self {
        Self {
            engine,
            model,
            values: vec![None; model.graph().names.len()],
            bytes: 0,
            rounds: 0,
            flops: 0,
            places: Vec::new(),
            failure: None,
        }
    }

    /// Runs the model, and counts its floating-point operations. An optional input that is left out is an empty optional.
    pub fn run(mut self, inputs: &[Option<Value>]) -> Result<(super::Values, u64), RunError> {
        let graph = self.model.graph();
        if inputs.len() != graph.inputs.len() {
            return Err(RunError::Plan(PlanError::InputCount {
                expected: graph.inputs.len(),
                found: inputs.len(),
            }));
        }
        for (input, value) in graph.inputs.iter().zip(inputs) {
            let value = value.clone().unwrap_or(Value::Optional(None));
            self.check_input(input, &value)?;
            self.set(input.id, value)?;
        }
        self.nodes(&graph.nodes, self.model.operators())?;
        let mut outputs = Vec::with_capacity(graph.outputs.len());
        for output in &graph.outputs {
            outputs.push((output.name.clone(), self.value(output.id)?));
        }
        Ok(((outputs, self.places), self.flops))
    }

    fn check_input(&self, input: &Input, value: &Value) -> Result<(), RunError> {
        let fits = match (input.structure, value) {
            (Structure::Tensor, Value::Tensor(tensor)) => {
                let types = [tensor.tensor_type()];
                let stated = Graph {
                    names: self.model.graph().names.clone(),
                    inputs: vec![input.clone()],
                    ..Graph::default()
                };
                return Ok(crate::plan::check_inputs(&stated, &types)?);
            }
            (Structure::Sequence, Value::Sequence(_)) | (Structure::Optional, _) => true,
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(RunError::NotTensor(self.model.graph().name(input.id).into()))
        }
    }

    fn value(&self, id: ValueId) -> Result<Value, RunError> {
        let graph = self.model.graph();
        match (&self.values[id.0], graph.constants.get(&id)) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(constant)) => Ok(Value::Tensor(Arc::clone(constant))),
            (None, None) => Err(RunError::Order(graph.name(id).into())),
        }
    }

    fn set(&mut self, id: ValueId, value: Value) -> Result<(), RunError> {
        let before = self.values[id.0].as_ref().map_or(0, Value::bytes);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(value.bytes());
        self.model.limits().check_memory_bytes(self.bytes).map_err(limit)?;
        self.values[id.0] = Some(value);
        Ok(())
    }

    /// Bounds what all rounds of loops take together, as one plan bounds a graph without them.
    fn count(&mut self, flops: u64) -> Result<(), RunError> {
        self.flops = self.flops.saturating_add(flops);
        self.model.limits().check_flops(self.flops).map_err(limit)
    }

    fn nodes(&mut self, nodes: &[Node], operators: &[Arc<dyn Operator>]) -> Result<(), RunError> {
        for (node, operator) in nodes.iter().zip(operators) {
            let inputs = node
                .inputs
                .iter()
                .map(|input| input.map(|input| self.value(input)).transpose());
            let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
            let made = self.node(node, operator, &inputs)?;
            let mut made = made.into_iter();
            for output in &node.outputs {
                match (output, made.next()) {
                    (Some(output), Some(value)) => self.set(*output, value)?,
                    (Some(_), None) => return Err(wrong(node, OpError::Invalid("it lacks an output".into()))),
                    (None, _) => {}
                }
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        node: &Node,
        operator: &Arc<dyn Operator>,
        inputs: &[Option<Value>],
    ) -> Result<Vec<Value>, RunError> {
        if let Some(result) = operator.run(inputs, self) {
            self.places.push(Place::Host);
            return result.map_err(|error| match (error, self.failure.take()) {
                (OpError::Stopped, Some(failure)) => failure,
                (error, _) => wrong(node, error),
            });
        }
        let tensors = inputs
            .iter()
            .map(|input| input.as_ref().map(|input| input.tensor().cloned()).transpose())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(node, error.into()))?;
        let made = match self.tensors(node, operator, &tensors) {
            Err(error) if is_refusal(&error) => self.widened(node, operator, &tensors, error)?,
            result => result?,
        };
        Ok(made.into_iter().map(Value::from).collect())
    }

    /// Runs a node on tensors as a model of its own.
    fn tensors(
        &mut self,
        node: &Node,
        operator: &Arc<dyn Operator>,
        inputs: &[Option<Arc<Tensor>>],
    ) -> Result<Vec<Tensor>, RunError> {
        // What kernels can hold is given at run time, so that they run; an operator that must know it sooner says so.
        let on_device = |input: &Arc<Tensor>| input.data_type().is_held_on_device();
        let mut known: Vec<bool> = inputs
            .iter()
            .map(|input| !input.as_ref().is_some_and(on_device))
            .collect();
        loop {
            let (graph, given) = single(node, inputs, &known);
            let model = Model::of_node(graph, Arc::clone(operator), self.model.limits());
            let mut session = Session::new(Arc::clone(self.engine), Arc::new(model));
            let types: Vec<TensorType> = given.iter().map(Tensor::tensor_type).collect();
            let planned = session.prepare(&types).map(|plan| plan.flops);
            let counted = planned.and_then(|flops| self.count(flops));
            match counted.and_then(|()| session.run_planned(&given)) {
                Err(RunError::Plan(PlanError::Operator {
                    error: OpError::DataDependent(index, _),
                    ..
                })) if known.get(index) == Some(&false) => known[index] = true,
                Err(error) => return Err(error),
                Ok((outputs, places)) => {
                    self.places.extend(places.into_iter().map(|place| match place {
                        Place::Device => Place::Device,
                        _ => Place::Host,
                    }));
                    return Ok(outputs.into_iter().map(|output| output.tensor).collect());
                }
            }
        }
    }

    /// Runs a node that has no form for half precision in single precision, and rounds what it gives.
    fn widened(
        &mut self,
        node: &Node,
        operator: &Arc<dyn Operator>,
        inputs: &[Option<Arc<Tensor>>],
        refusal: RunError,
    ) -> Result<Vec<Tensor>, RunError> {
        let mut given = inputs.iter().flatten().map(|input| input.data_type());
        let half = given.find(|data_type| data_type.is_half());
        let Some(half) = half.filter(|_| node.operator.domain != "ai.onnx.ml") else {
            return Err(refusal);
        };
        let widen = |input: &Option<Arc<Tensor>>| input.as_ref().map(|input| Arc::new(Tensor::widened(input)));
        let wide: Vec<Option<Arc<Tensor>>> = inputs.iter().map(widen).collect();
        let made = self.tensors(node, operator, &wide)?;
        // Not all outputs need be of the same precision; where their types cannot be told without running, they are.
        let types = types(operator, inputs).unwrap_or_default();
        let of = |index: usize| types.get(index).copied().unwrap_or(half);
        let made = made.into_iter().enumerate();
        made.map(|(index, tensor)| Ok(tensor.narrowed(of(index))?)).collect()
    }
}

impl Runner for Interpreter<'_> {
    fn body(&mut self, body: &Body, inputs: Vec<Value>) -> Result<Vec<Value>, OpError> {
        if inputs.len() != body.graph.inputs.len() {
            return Err(OpError::Invalid(format!(
                "its sub-graph has {} inputs, not {}",
                body.graph.inputs.len(),
                inputs.len()
            )));
        }
        let run = || {
            for (id, value) in body.graph.inputs.iter().zip(inputs) {
                self.set(*id, value)?;
            }
            self.nodes(&body.graph.nodes, &body.operators)?;
            body.graph.outputs.iter().map(|output| self.value(*output)).collect()
        };
        let result: Result<Vec<Value>, RunError> = run();
        result.map_err(|error| match error {
            RunError::Operator { node, error } => OpError::Inside(node, Box::new(error)),
            other => {
                self.failure = Some(other);
                OpError::Stopped
            }
        })
    }

    fn limits(&self) -> &Limits {
        self.model.limits()
    }

    fn count_round(&mut self) -> Result<(), OpError> {
        self.rounds += 1;
        self.model.limits().check_rounds(self.rounds).map_err(|broken| {
            self.failure = Some(limit(broken));
            OpError::Stopped
        })
    }

    fn count_flops(&mut self, flops: u64) -> Result<(), OpError> {
        self.count(flops).map_err(|broken| {
            self.failure = Some(broken);
            OpError::Stopped
        })
    }
}

/// A graph of one node, with the inputs that are known as constants, and the others.
fn single(node: &Node, inputs: &[Option<Arc<Tensor>>], known: &[bool]) -> (Graph, Vec<Tensor>) {
    let mut graph = Graph::default();
    let mut given = Vec::new();
    let mut ids = HashMap::new();
    let mut node = Node {
        captures: Vec::new(),
        ..node.clone()
    };
    for (index, (slot, tensor)) in node.inputs.iter_mut().zip(inputs).enumerate() {
        let (Some(id), Some(tensor)) = (*slot, tensor) else {
            continue;
        };
        let is_known = known[index];
        // One value may be read twice.
        let new = *ids.entry((id, is_known)).or_insert_with(|| {
            let new = graph.add_value(format!("input {index}"));
            if is_known {
                graph.constants.insert(new, Arc::clone(tensor));
            } else {
                graph.inputs.push(Input {
                    id: new,
                    data_type: tensor.data_type(),
                    dims: None,
                    structure: Structure::Tensor,
                });
                given.push(tensor.as_ref().clone());
            }
            new
        });
        *slot = Some(new);
    }
    for (index, slot) in node.outputs.iter_mut().enumerate() {
        // Outputs that nobody reads are made as well, so that those after them keep their places.
        let id = graph.add_value(format!("output {index}"));
        *slot = Some(id);
        graph.outputs.push(Output {
            id,
            name: format!("output {index}"),
            classes: None,
            structure: Structure::Tensor,
        });
    }
    graph.nodes.push(node);
    (graph, given)
}

/// The types that an operator gives for inputs as they are; `None` where it cannot tell.
fn types(operator: &Arc<dyn Operator>, inputs: &[Option<Arc<Tensor>>]) -> Option<Vec<DataType>> {
    let tensor_types: Vec<Option<TensorType>> = inputs
        .iter()
        .map(|input| input.as_ref().map(|input| input.tensor_type()))
        .collect();
    let given = tensor_types.iter().zip(inputs);
    let operands = given.map(|(tensor_type, input)| {
        Some(Operand {
            tensor_type: tensor_type.as_ref()?,
            value: input.as_deref(),
            walk: None,
            columns: None,
        })
    });
    let types = operator.infer(&Operands::new(operands.collect())).ok()?;
    Some(types.into_iter().map(|output| output.data_type).collect())
}

fn is_refusal(error: &RunError) -> bool {
    matches!(
        error,
        RunError::Plan(PlanError::Operator {
            error: OpError::Unsupported(_) | OpError::NoHostForm | OpError::Invalid(_),
            ..
        }) | RunError::Operator {
            error: OpError::NoHostForm,
            ..
        }
    )
}

fn limit(error: LimitExceeded) -> RunError {
    RunError::Plan(PlanError::Limit(error))
}

fn wrong(node: &Node, error: OpError) -> RunError {
    RunError::Operator {
        node: node.label(),
        error,
    }
}
