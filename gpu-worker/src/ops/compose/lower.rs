//! From the parts of a composition to its launches.

use std::collections::HashMap;

use super::{Composer, Place, Value};
use crate::gpu::to_words;
use crate::kernels::copy::{self, View};
use crate::kernels::element::Walk;
use crate::kernels::{Binding, Launch};
use crate::ops::{Lowered, OpError, Operand, Operands};
use crate::tensor::{Shape, Tensor, TensorType};

/// Elements of a constant that is bound anew wherever it is read; a larger one is copied to memory once.
const SMALL: usize = 256;

/// Collects launches, and gives buffers to what they write.
struct Launches<'v> {
    outputs: usize,
    /// The buffer of each slot; those of the operator's outputs come first.
    buffers: HashMap<usize, usize>,
    /// The buffers of constants that are read more than once.
    copies: HashMap<usize, usize>,
    /// Slots that are another place in another shape.
    views: HashMap<usize, Value<'v>>,
    /// Slots that are a rearrangement of something else.
    sources: HashMap<usize, (Beneath<'v>, Walk)>,
    scratch: Vec<TensorType>,
    launches: Vec<Launch>,
}

/// What a value is a rearrangement of.
#[derive(Clone)]
enum Beneath<'v> {
    /// Another value.
    Value(Value<'v>),
    /// What an input of the composed operator is a rearrangement of.
    Input(usize),
}

impl Launches<'_> {
    fn scratch(&mut self, tensor_type: TensorType) -> usize {
        self.scratch.push(tensor_type);
        self.outputs + self.scratch.len() - 1
    }
}

impl<'a> Launches<'a> {
    /// The place that a value is, beneath all views of it.
    fn root<'v>(&'v self, value: &'v Value<'a>) -> &'v Value<'a> {
        let mut value = value;
        while let Place::Slot(slot) = value.place {
            match self.views.get(&slot) {
                Some(viewed) => value = viewed,
                None => return value,
            }
        }
        value
    }

    /// How a part sees a value.
    fn operand<'v>(&'v self, value: &'v Value<'a>) -> Operand<'v> {
        let operand = value.operand();
        let walk = match value.place {
            Place::Slot(slot) => self.sources.get(&slot).map(|(_, walk)| walk),
            Place::Input(_) | Place::Rows(..) | Place::Codes(_) | Place::Constant(_) => operand.walk,
        };
        Operand { walk, ..operand }
    }

    /// Remembers that the output of a part, which views a value, is a rearrangement of what that is one of.
    fn view_source(&mut self, viewed: &Value<'a>, first: usize) {
        let Some(walk) = self.operand(viewed).walk.cloned() else {
            return;
        };
        if let Some(beneath) = self.beneath(viewed) {
            self.sources.insert(first, (beneath, walk));
        }
    }

    /// What a value is a rearrangement of.
    fn beneath(&self, value: &Value<'a>) -> Option<Beneath<'a>> {
        match value.place {
            Place::Slot(slot) => self.sources.get(&slot).map(|(beneath, _)| beneath.clone()),
            Place::Input(index) => value.walk.map(|_| Beneath::Input(index)),
            Place::Rows(..) | Place::Codes(_) | Place::Constant(_) => None,
        }
    }

    /// Remembers what the only output of a part is a rearrangement of, if it is one of an input.
    fn copy_source(&mut self, part: &super::Part<'a>, kernels: &[Launch]) {
        let ([launch], [_]) = (kernels, &part.outputs[..]) else {
            return;
        };
        let Some(walk) = launch.moves().cloned() else { return };
        let input = |index: usize| part.inputs.get(index).cloned().flatten();
        let beneath = match launch.reads[..] {
            [Binding::Input(index)] => input(index).map(Beneath::Value),
            [Binding::Source(index)] => input(index).and_then(|input| self.beneath(&input)),
            _ => None,
        };
        if let Some(beneath) = beneath {
            self.sources.insert(part.first, (beneath, walk));
        }
    }

    /// How a launch reads what a value is a rearrangement of.
    fn source_binding(&mut self, value: &Value<'a>) -> Result<Binding, OpError> {
        match self.beneath(value) {
            Some(Beneath::Value(source)) => self.binding(&source),
            Some(Beneath::Input(index)) => Ok(Binding::Source(index)),
            None => Err(OpError::invalid("a part of it is no rearrangement")),
        }
    }

    /// How a launch reads a value.
    fn binding(&mut self, value: &Value<'a>) -> Result<Binding, OpError> {
        let root = self.root(value).clone();
        if !root.data_type().has_words() {
            return Err(OpError::unsupported(format!("{} on the device", root.data_type())));
        }
        match root.place {
            Place::Input(index) => Ok(Binding::Input(index)),
            Place::Rows(input, first, count) => Ok(Binding::Rows { input, first, count }),
            Place::Codes(codes) => Ok(Binding::Codes(codes)),
            Place::Slot(slot) => Ok(Binding::Output(self.buffer(slot, &root.tensor_type))),
            Place::Constant(constant) => {
                let missing = || OpError::invalid("a constant of it is not known");
                let tensor = root.known.as_ref().ok_or_else(missing)?.tensor();
                if tensor.shape().elements() <= SMALL {
                    return words(tensor);
                }
                if let Some(&copied) = self.copies.get(&constant) {
                    return Ok(Binding::Output(copied));
                }
                let buffer = self.scratch(root.tensor_type.clone());
                self.launches
                    .push(copied(words(tensor)?, &root.tensor_type.shape)?.writing(buffer));
                self.copies.insert(constant, buffer);
                Ok(Binding::Output(buffer))
            }
        }
    }

    fn buffer(&mut self, slot: usize, tensor_type: &TensorType) -> usize {
        if let Some(&buffer) = self.buffers.get(&slot) {
            return buffer;
        }
        let buffer = self.scratch(tensor_type.clone());
        self.buffers.insert(slot, buffer);
        buffer
    }
}

fn words(tensor: &Tensor) -> Result<Binding, OpError> {
    Ok(Binding::Words(to_words(tensor)?))
}

/// A copy of a whole tensor.
fn copied(read: Binding, shape: &Shape) -> Result<Launch, OpError> {
    let whole = Shape::vector(shape.elements())?;
    let view = View {
        offset: 0,
        strides: vec![1],
    };
    Ok(copy::launch(read, &whole, &view, &view))
}

impl<'a> Composer<'a> {
    /// The launches of all parts, or host code where a part has none.
    pub(super) fn lower(self, results: &[Option<Value<'a>>], outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let mut launches = Launches {
            outputs: outputs.len(),
            buffers: HashMap::new(),
            copies: HashMap::new(),
            views: HashMap::new(),
            sources: HashMap::new(),
            scratch: Vec::new(),
            launches: Vec::new(),
        };
        let mut lowered = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let operands = part.inputs.iter();
            let operands = operands.map(|input| input.as_ref().map(|value| launches.operand(value)));
            let operands = Operands::new(operands.collect()).on(self.inputs.target());
            let (kernels, scratch) = match part.operator.lower(&operands, &part.outputs)? {
                Lowered::Host => return Ok(Lowered::Host),
                Lowered::View if !part.outputs[0].data_type.is_on_device() => return Ok(Lowered::Host),
                Lowered::View => {
                    let viewed = part.inputs.first().cloned().flatten();
                    let viewed = viewed.ok_or_else(|| OpError::invalid("a part of it views nothing"))?;
                    launches.view_source(&viewed, part.first);
                    launches.views.insert(part.first, viewed);
                    (Vec::new(), Vec::new())
                }
                Lowered::Device(kernels) => {
                    launches.copy_source(part, &kernels);
                    (kernels, Vec::new())
                }
                Lowered::Composed { launches, scratch } => (launches, scratch),
            };
            lowered.push((part, kernels, scratch));
        }
        let mut copies = Vec::new();
        for (index, result) in results.iter().enumerate() {
            let Some(result) = result else { continue };
            if Some(&result.tensor_type) != outputs.get(index) {
                return Err(OpError::invalid(format!(
                    "output {index} is {}, not what its shape told",
                    result.tensor_type
                )));
            }
            match launches.root(result).place {
                Place::Slot(slot) if !launches.buffers.contains_key(&slot) => {
                    launches.buffers.insert(slot, index);
                }
                _ => copies.push((index, result)),
            }
        }
        for (part, kernels, scratch) in lowered {
            let inner = scratch.into_iter().map(|tensor_type| launches.scratch(tensor_type));
            let inner: Vec<usize> = inner.collect();
            for mut launch in kernels {
                launch.reads = launch
                    .reads
                    .into_iter()
                    .map(|read| match read {
                        Binding::Words(words) => Ok(Binding::Words(words)),
                        Binding::Input(index) => match part.inputs.get(index) {
                            Some(Some(input)) => launches.binding(input),
                            _ => Err(OpError::invalid(format!("input {index} of a part is missing"))),
                        },
                        Binding::Source(index) => match part.inputs.get(index) {
                            Some(Some(input)) => launches.source_binding(input),
                            _ => Err(OpError::invalid(format!("input {index} of a part is missing"))),
                        },
                        Binding::Rows { .. } | Binding::Codes(_) => {
                            Err(OpError::unsupported("a part of an input of a part"))
                        }
                        Binding::Output(index) => part_buffer(&mut launches, part, &inner, index).map(Binding::Output),
                    })
                    .collect::<Result<_, _>>()?;
                launch.writes = part_buffer(&mut launches, part, &inner, launch.writes)?;
                launches.launches.push(launch);
            }
        }
        for (index, result) in copies {
            let read = launches.binding(result)?;
            let copy = copied(read, &result.tensor_type.shape)?.writing(index);
            launches.launches.push(copy);
        }
        Ok(Lowered::Composed {
            launches: launches.launches,
            scratch: launches.scratch,
        })
    }
}

/// The buffer of an output of a part, or of its own scratch memory.
fn part_buffer(launches: &mut Launches, part: &super::Part, inner: &[usize], index: usize) -> Result<usize, OpError> {
    match part.outputs.get(index) {
        Some(tensor_type) => Ok(launches.buffer(part.first + index, tensor_type)),
        None => inner
            .get(index - part.outputs.len())
            .copied()
            .ok_or_else(|| OpError::invalid("a part of it writes to memory that it does not have")),
    }
}
