//! What becomes of a node: steps, and where its outputs lie then.

use std::sync::Arc;

use super::known::derivation;
use super::{Planner, Value, given};
use crate::kernels::element::Walk;
use crate::kernels::{Binding, Launch, MAX_ROUNDS};
use crate::model::{Node, ValueId};
use crate::ops::OpError;
use crate::plan::{BufferId, Read, Step};
use crate::tensor::{Tensor, TensorType};

impl Planner<'_> {
    /// Whether a view is one of the input's buffer, and not work for the host: codes and sums only where a kernel left them, so that
    /// shapes and indices do not go to the device and back.
    pub(super) fn views(&self, node: &Node, output: &TensorType) -> bool {
        let input = node
            .inputs
            .first()
            .copied()
            .flatten()
            .map(|input| &self.values[input.0]);
        let is_on_device = || input.is_some_and(|input| input.buffer.is_some() && !input.is_on_host);
        output.data_type.is_held_on_device() || (output.data_type.has_words() && is_on_device())
    }

    /// The output is its input's buffer, seen in another shape.
    pub(super) fn view(&mut self, node: &Node, tensor_type: &TensorType) -> Result<(), OpError> {
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

    pub(super) fn launch(
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
        for launch in self.for_halves(node, launches) {
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
                Binding::Codes(codes) => {
                    let made = self.codes.get(&derivation(node, *codes)?);
                    let missing = || OpError::Invalid(format!("input {} is not taken as codes", codes.input));
                    Ok(Read::Constant(Arc::clone(made.ok_or_else(missing)?)))
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
    pub(super) fn source(&self, node: &Node, launches: &[Launch]) -> Option<(ValueId, Walk)> {
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

    pub(super) fn host(&mut self, index: usize, node: &Node, types: Vec<TensorType>) -> Result<(), OpError> {
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

    pub(super) fn buffer(&mut self, tensor_type: &TensorType) -> BufferId {
        self.buffer_bytes.push(4 * tensor_type.shape.elements().max(1) as u64);
        BufferId(self.buffer_bytes.len() - 1)
    }

    /// How a kernel reads a value; copies it to the device if it is not there.
    pub(super) fn read(&mut self, id: ValueId) -> Result<Read, OpError> {
        let value = self.values[id.0].clone();
        let Some(tensor_type) = value
            .tensor_type
            .filter(|tensor_type| tensor_type.data_type.has_words())
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

    pub(super) fn bring_to_host(&mut self, id: ValueId) {
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
}
