//! QuantizeLinear and DequantizeLinear as element-wise kernels. Codes lie on the device as numbers of single precision; where the codes
//! of one are only read by the other, as quantised models have both around each layer, both become one expression.

use std::ops::RangeInclusive;

use super::Granularity;
use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk, launch};
use crate::kernels::unary::Unary;
use crate::kernels::{Binding, Target};
use crate::ops::{Lowered, OpError, Operands};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// Scales for which quotients and products are of the same bits whether or not a driver takes numbers near zero for zero.
const SANE: RangeInclusive<f32> = 1e-30..=1e30;

/// An expression in the making, and what it reads.
struct Elements<'a> {
    inputs: &'a Operands<'a>,
    shape: &'a Shape,
    expression: Expression,
    reads: Vec<Binding>,
}

impl<'a> Elements<'a> {
    /// Over the elements of input 0.
    fn new(inputs: &'a Operands<'a>) -> Result<Self, OpError> {
        Ok(Self {
            inputs,
            shape: inputs.shape(0)?,
            expression: Expression::default(),
            reads: Vec::new(),
        })
    }

    fn read(&mut self, binding: Binding, walk: Walk) -> usize {
        self.reads.push(binding);
        let input = self.reads.len() - 1;
        self.expression.add(Operation::Read { input, walk })
    }

    fn data(&mut self) -> usize {
        self.read(Binding::Input(0), Walk::straight(self.shape.elements()))
    }

    fn number(&mut self, number: f32) -> usize {
        self.expression.add(Operation::Number(number.to_bits()))
    }

    fn binary(&mut self, op: Binary, x: usize, y: usize) -> usize {
        self.expression.add(Operation::Binary(op, x, y))
    }

    fn unary(&mut self, op: Unary, (a, b): (f32, f32), x: usize) -> usize {
        self.expression.add(Operation::Unary(op, a, b, x))
    }

    /// Input `index`, of which each element has the number that a walk leads to.
    fn level(&mut self, index: usize, walk: Walk) -> Result<usize, OpError> {
        match self.inputs.get(index)?.value {
            Some(known) if known.shape().elements() == 1 => Ok(self.number(known.floats()?(0) as f32)),
            // A zero point may be of a type that only the host has.
            Some(known) if !known.data_type().is_held_on_device() => {
                let read = known.floats()?;
                let words = (0..known.shape().elements()).map(|at| (read(at) as f32).to_bits());
                Ok(self.read(Binding::Words(words.collect()), walk))
            }
            _ => Ok(self.read(Binding::Input(index), walk)),
        }
    }

    fn lowered(self) -> Lowered {
        let mut launch = launch(
            self.expression,
            self.reads.len(),
            self.shape.elements(),
            self.inputs.target(),
        );
        launch.reads = self.reads;
        Lowered::Device(vec![launch])
    }
}

/// Where the scale and zero point of each element are, if kernels can read them.
fn levels(granularity: &Granularity, inputs: &Operands) -> Result<Option<Walk>, OpError> {
    let scale = inputs.get(1)?;
    if scale.tensor_type.data_type != DataType::Float32 {
        return Ok(None);
    }
    if let Some(zero) = inputs.optional(2) {
        let fits = zero.tensor_type.shape.elements() == scale.tensor_type.shape.elements();
        let is_held = zero.tensor_type.data_type.is_code() || zero.value.is_some_and(are_exact);
        if !fits || !is_held {
            return Ok(None);
        }
    }
    let data = inputs.get(0)?.tensor_type;
    let elements = data.shape.elements() as u64;
    if elements == 0 || 4 * elements > inputs.most_bytes() {
        return Ok(None);
    }
    granularity.walk(&data.shape, &scale.tensor_type.shape)
}

/// Whether single precision holds all elements, integers.
fn are_exact(zeros: &Tensor) -> bool {
    let is_exact = |zero: &f64| zero.abs() <= 65536.0;
    zeros.data_type().is_integer() && zeros.to_floats().is_ok_and(|zeros| zeros.iter().all(is_exact))
}

/// Whether all scales are known, and far from the ends of single precision.
fn are_sane(scales: Option<&Tensor>) -> bool {
    let scales = scales.and_then(|scales| scales.as_slice::<f32>().ok());
    scales.is_some_and(|scales| scales.iter().all(|scale| SANE.contains(&scale.abs())))
}

/// clamp(round(x / scale) + zero point).
pub fn quantize(granularity: &Granularity, inputs: &Operands, output: &TensorType) -> Result<Lowered, OpError> {
    let Some((low, high)) = output.data_type.integer_range().filter(|_| output.data_type.is_code()) else {
        return Ok(Lowered::Host);
    };
    let walk = levels(granularity, inputs)?.filter(|_| inputs.data_type(0) == Ok(DataType::Float32));
    let Some(walk) = walk else {
        return Ok(Lowered::Host);
    };
    let mut elements = Elements::new(inputs)?;
    let x = elements.data();
    let scale = elements.level(1, walk.clone())?;
    let is_exact = matches!(inputs.target(), Target::Lanes(_)) && are_sane(inputs.get(1)?.value);
    let mut code = if is_exact {
        // Processors divide as IEEE defines it.
        let quotient = elements.binary(Binary::Divide, x, scale);
        elements.unary(Unary::ToWhole, (0.0, 0.0), quotient)
    } else {
        elements.binary(Binary::Steps, x, scale)
    };
    if let Some(zero) = inputs.optional(2)
        && !zero.value.is_some_and(is_zero)
    {
        let zero = elements.level(2, walk)?;
        code = elements.binary(Binary::Add, code, zero);
    }
    elements.unary(Unary::Clip, (low as f32, high as f32), code);
    Ok(elements.lowered())
}

/// (code - zero point) * scale.
pub fn dequantize(granularity: &Granularity, inputs: &Operands, output: &TensorType) -> Result<Lowered, OpError> {
    let scale = inputs.get(1)?.value;
    let is_ours = inputs.data_type(0)?.is_code() && output.data_type == DataType::Float32;
    let is_sane = scale.is_none() || are_sane(scale);
    let Some(walk) = levels(granularity, inputs)?.filter(|_| is_ours && is_sane) else {
        return Ok(Lowered::Host);
    };
    let mut elements = Elements::new(inputs)?;
    let mut steps = elements.data();
    if let Some(zero) = inputs.optional(2)
        && !zero.value.is_some_and(is_zero)
    {
        let zero = elements.level(2, walk.clone())?;
        steps = elements.binary(Binary::Subtract, steps, zero);
    }
    let scale = elements.level(1, walk)?;
    elements.binary(Binary::Multiply, steps, scale);
    Ok(elements.lowered())
}

/// Whether all elements are zero.
fn is_zero(tensor: &Tensor) -> bool {
    let is_zero = |number: &f64| *number == 0.0;
    tensor.to_floats().is_ok_and(|numbers| numbers.iter().all(is_zero))
}
