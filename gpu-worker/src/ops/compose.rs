//! Operators that are made of others. What an operator is made of may depend on the shapes of its inputs, so it is written out anew
//! for each plan; the launches of its parts become its own, and their results in between lie in scratch memory.

mod lower;
mod short;

use std::fmt;
use std::sync::Arc;

use super::cast::convert;
use super::transpose::with_operands;
use super::{Lowered, OpError, Operand, Operands, Operator, Spec, registry};
use crate::kernels::Codes;
use crate::kernels::element::Walk;
use crate::model::{Attributes, MAX_RANK};
use crate::tensor::{DataType, Element, Shape, Tensor, TensorType};

/// An operator that writes itself out as others.
pub trait Composition: fmt::Debug + Send + Sync {
    /// Adds the parts to the composer; gives a value for each output, `None` for one that is not made.
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError>;
}

/// A result in a composition.
#[derive(Debug, Clone)]
pub struct Value<'a> {
    tensor_type: TensorType,
    known: Option<Known<'a>>,
    place: Place,
    /// Where the elements lie in what they are a rearrangement of, of an input of the composed operator.
    walk: Option<&'a Walk>,
}

#[derive(Debug, Clone)]
enum Known<'a> {
    Given(&'a Tensor),
    Made(Arc<Tensor>),
}

impl Known<'_> {
    fn tensor(&self) -> &Tensor {
        match self {
            Known::Given(tensor) => tensor,
            Known::Made(tensor) => tensor,
        }
    }
}

/// Where the elements of a value are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// An input of the composed operator.
    Input(usize),
    /// Some rows of an input of the composed operator: which, the first of them, and how many.
    Rows(usize, usize, usize),
    /// What codes of an input of the composed operator stand for.
    Codes(Codes),
    /// What a part makes.
    Slot(usize),
    /// Nowhere but in [`Value::known`].
    Constant(usize),
}

impl Value<'_> {
    /// The dimensions.
    pub fn dims(&self) -> &[usize] {
        self.tensor_type.shape.dims()
    }

    /// The type of the elements.
    pub fn data_type(&self) -> DataType {
        self.tensor_type.data_type
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.dims().len()
    }

    fn operand(&self) -> Operand<'_> {
        Operand {
            tensor_type: &self.tensor_type,
            value: self.known.as_ref().map(Known::tensor),
            walk: self.walk,
            columns: None,
        }
    }
}

/// One operator of a composition.
#[derive(Debug)]
struct Part<'a> {
    operator: Box<dyn Operator>,
    inputs: Vec<Option<Value<'a>>>,
    outputs: Vec<TensorType>,
    /// The slot of the first output; the others follow.
    first: usize,
}

/// What a composition is written out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Only types: nothing large is made, as their size is not yet checked.
    Types,
    /// Launches.
    Launches,
    /// Values, all inputs being known.
    Values,
}

/// Writes an operator out as others.
#[derive(Debug)]
pub struct Composer<'a> {
    inputs: &'a Operands<'a>,
    purpose: Purpose,
    parts: Vec<Part<'a>>,
    slots: usize,
    constants: usize,
    flops: u64,
}

impl<'a> Composer<'a> {
    fn new(inputs: &'a Operands<'a>, purpose: Purpose) -> Self {
        Self {
            inputs,
            purpose,
            parts: Vec::new(),
            slots: 0,
            constants: 0,
            flops: 0,
        }
    }

    /// The inputs as the operator sees them.
    pub fn inputs(&self) -> &'a Operands<'a> {
        self.inputs
    }

    /// Input `index`, which the operator requires.
    pub fn input(&self, index: usize) -> Result<Value<'a>, OpError> {
        self.optional(index)
            .ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
    }

    /// Input `index`, if it is given.
    pub fn optional(&self, index: usize) -> Option<Value<'a>> {
        self.inputs.optional(index).map(|operand| Value {
            tensor_type: operand.tensor_type.clone(),
            known: operand.value.map(Known::Given),
            place: Place::Input(index),
            walk: operand.walk,
        })
    }

    /// Rows of input `index`, which must be known; its elements are not looked at.
    pub fn rows(&self, index: usize, first: usize, count: usize) -> Result<Value<'a>, OpError> {
        let whole = self.inputs.get(index)?.tensor_type;
        let mut dims = whole.shape.dims().to_vec();
        match dims.first_mut() {
            Some(rows) if first.checked_add(count).is_some_and(|end| end <= *rows) => *rows = count,
            _ => return Err(OpError::invalid(format!("{count} rows from {first} on of {whole}"))),
        }
        Ok(Value {
            tensor_type: TensorType::new(whole.data_type, Shape::new(dims)?),
            known: None,
            place: Place::Rows(index, first, count),
            walk: None,
        })
    }

    /// Input `index`, which holds codes, as the numbers that kernels find there.
    pub fn numbers(&self, index: usize) -> Result<Value<'a>, OpError> {
        let codes = self.inputs.get(index)?.tensor_type;
        if !codes.data_type.is_code() {
            return Err(OpError::unsupported(format!("{codes} as codes")));
        }
        Ok(Value {
            tensor_type: TensorType::new(DataType::Float32, codes.shape.clone()),
            known: None,
            place: Place::Input(index),
            walk: None,
        })
    }

    /// What codes of an input that is known stand for. To its operator the value is known as well, so that it lays it out once; it must not
    /// look at the elements, which are those of the input.
    pub fn codes(&self, codes: Codes) -> Result<Value<'a>, OpError> {
        let mut value = self.numbers(codes.input)?;
        if let Some(piece) = codes.piece {
            let mut dims = value.dims().to_vec();
            match dims.get_mut(piece.axis) {
                Some(dim) if piece.from <= piece.to && piece.to <= *dim => *dim = piece.to - piece.from,
                _ => return Err(OpError::invalid(format!("{piece:?} of {}", value.tensor_type))),
            }
            value.tensor_type.shape = Shape::new(dims)?;
        }
        if codes.zero.is_some() || codes.piece.is_some() {
            value.place = Place::Codes(codes);
        }
        let known = self.inputs.get(codes.input)?.value.map(Known::Given);
        Ok(Value { known, ..value })
    }

    fn known(&mut self, tensor: Tensor) -> Value<'a> {
        self.constants += 1;
        Value {
            tensor_type: tensor.tensor_type(),
            known: Some(Known::Made(Arc::new(tensor))),
            place: Place::Constant(self.constants - 1),
            walk: None,
        }
    }

    /// A few integers, such as a shape.
    pub fn integers(&mut self, values: &[i64]) -> Result<Value<'a>, OpError> {
        Ok(self.known(Tensor::vector(values.to_vec())?))
    }

    /// A number in the type of `like`, without dimensions.
    pub fn scalar(&mut self, value: f32, like: &Value) -> Result<Value<'a>, OpError> {
        let tensor = convert(&Tensor::scalar(value), like.data_type())?;
        Ok(self.known(tensor))
    }

    /// A constant of `shape`, whose elements are made only after its size is checked.
    pub fn table<T: Element>(
        &mut self,
        shape: Shape,
        make: impl FnOnce() -> Result<Vec<T>, OpError>,
    ) -> Result<Value<'a>, OpError> {
        if self.purpose == Purpose::Types {
            let tensor_type = TensorType::new(T::TYPE, shape);
            self.constants += 1;
            let place = Place::Constant(self.constants - 1);
            return Ok(Value {
                tensor_type,
                known: None,
                place,
                walk: None,
            });
        }
        let elements = make()?;
        Ok(self.known(Tensor::new(shape, elements)?))
    }

    /// The result of an ONNX operator of version [`registry::COMPOSED_OPSET`].
    pub fn apply(&mut self, kind: &str, inputs: &[&Value<'a>], attributes: Attributes) -> Result<Value<'a>, OpError> {
        let inputs: Vec<Option<&Value<'a>>> = inputs.iter().copied().map(Some).collect();
        let operator = registry::part(kind, attributes, inputs.iter().map(Option::is_some).collect())?;
        self.add(operator, &inputs)
    }

    /// The first result of an operator.
    pub fn add(&mut self, operator: Box<dyn Operator>, inputs: &[Option<&Value<'a>>]) -> Result<Value<'a>, OpError> {
        let mut results = self.add_all(operator, inputs)?;
        if results.is_empty() {
            return Err(OpError::invalid("a part of it has no output"));
        }
        Ok(results.swap_remove(0))
    }

    /// All results of an operator.
    pub fn add_all(
        &mut self,
        operator: Box<dyn Operator>,
        inputs: &[Option<&Value<'a>>],
    ) -> Result<Vec<Value<'a>>, OpError> {
        let operands = Operands::new(inputs.iter().map(|input| input.map(Value::operand)).collect());
        let outputs = operator.infer(&operands)?;
        if outputs.iter().any(|output| output.shape.rank() as u64 > MAX_RANK) {
            return Err(OpError::unsupported(format!("more than {MAX_RANK} dimensions inside")));
        }
        self.flops = self.flops.saturating_add(operator.flops(&operands, &outputs));
        if self.purpose != Purpose::Types {
            if let Some(folded) = operator.fold(&operands, &outputs) {
                return Ok(folded?.into_iter().map(|tensor| self.known(tensor)).collect());
            }
            if self.purpose == Purpose::Values {
                return Err(OpError::NoHostForm);
            }
        }
        let first = self.slots;
        self.slots += outputs.len();
        let values = outputs.iter().enumerate().map(|(index, tensor_type)| Value {
            tensor_type: tensor_type.clone(),
            known: None,
            place: Place::Slot(first + index),
            walk: None,
        });
        let values = values.collect();
        self.parts.push(Part {
            operator,
            inputs: inputs.iter().map(|input| input.cloned()).collect(),
            outputs,
            first,
        });
        Ok(values)
    }
}

/// The launches of an operator that writes itself out as others only for some inputs.
pub fn lower_as(composition: &impl Composition, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
    let mut composer = Composer::new(inputs, Purpose::Launches);
    let results = composition.compose(&mut composer)?;
    composer.lower(&results, outputs)
}

/// A composition as an operator.
#[derive(Debug)]
struct Composed<T> {
    composition: T,
    wanted: Vec<bool>,
}

/// Makes an operator of a composition.
pub fn composed(spec: &Spec, composition: impl Composition + 'static) -> Box<dyn Operator> {
    let wanted = spec.outputs.clone();
    Box::new(Composed { composition, wanted })
}

impl<T: Composition> Composed<T> {
    fn compose<'a>(
        &self,
        inputs: &'a Operands<'a>,
        purpose: Purpose,
    ) -> Result<(Composer<'a>, Vec<Option<Value<'a>>>), OpError> {
        let mut composer = Composer::new(inputs, purpose);
        let results = self.composition.compose(&mut composer)?;
        for (index, _) in self.wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            if !matches!(results.get(index), Some(Some(_))) {
                return Err(OpError::unsupported(format!("output {index}")));
            }
        }
        Ok((composer, results))
    }
}

/// The type of an output that is not made: of no size, and read by nobody.
fn nothing() -> TensorType {
    TensorType::new(DataType::Float32, Shape::scalar())
}

impl<T: Composition> Operator for Composed<T> {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (_, results) = self.compose(inputs, Purpose::Types)?;
        let of = |result: Option<Value>| result.map_or_else(nothing, |result| result.tensor_type);
        Ok(results.into_iter().map(of).collect())
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let (composer, results) = self.compose(inputs, Purpose::Launches)?;
        composer.lower(&results, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], _: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            let (_, results) = self.compose(operands, Purpose::Values)?;
            let tensor = |result: Option<Value>| match result {
                None => Ok(Tensor::scalar(0.0_f32)),
                Some(result) => result
                    .known
                    .map(|known| known.tensor().clone())
                    .ok_or(OpError::NoHostForm),
            };
            results.into_iter().map(tensor).collect()
        })
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        self.compose(inputs, Purpose::Types)
            .map_or(0, |(composer, _)| composer.flops)
    }
}
