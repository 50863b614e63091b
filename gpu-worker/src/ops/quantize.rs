//! From numbers to small ones with a scale, and back.

mod kernels;
#[cfg(test)]
mod tests;

use super::cast::from_floats;
use super::host_op::{Given, host_op, with_kernels};
use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::element::Walk;
use crate::model::decode_data_type;
use crate::tensor::{DataType, Overflow, Shape, Tensor, TensorType};

/// Which scale and zero point an element has: one for all, one for each index of an axis, or one for each block along it.
#[derive(Debug, Clone, Copy)]
struct Granularity {
    axis: i64,
    block: usize,
}

/// Element `at` has the scale at `at / inner % length / block`, of which there are `blocks` along the axis; with blocks, one for each
/// element before and after it.
#[derive(Debug, Clone, Copy)]
struct Blocks {
    inner: usize,
    length: usize,
    block: usize,
    blocks: usize,
}

impl Granularity {
    fn of(spec: &mut Spec) -> Result<Self, OpError> {
        let block = spec.attributes.int("block_size")?.unwrap_or(0);
        Ok(Self {
            axis: spec.attributes.int("axis")?.unwrap_or(1),
            block: usize::try_from(block).map_err(|_| OpError::invalid(format!("a block of {block}")))?,
        })
    }

    /// Where scales lie; `None` where there is one for all.
    fn blocks(&self, data: &Shape, scale: &Shape) -> Result<Option<Blocks>, OpError> {
        if scale.elements() == 1 && self.block == 0 {
            return Ok(None);
        }
        let along = axis(self.axis, data.rank())?;
        let (_, length, inner) = crate::kernels::around(data, along);
        let block = self.block.max(1);
        let blocks = length.div_ceil(block);
        let mut expected = data.dims().to_vec();
        expected[along] = blocks;
        let fits = if self.block == 0 {
            scale.dims() == [length]
        } else {
            scale.dims() == expected
        };
        if !fits {
            return Err(OpError::invalid(format!(
                "scales of {scale} do not fit {data} along axis {along}"
            )));
        }
        Ok(Some(Blocks {
            inner,
            length,
            block,
            blocks,
        }))
    }

    /// The position of the scale of the element at each position.
    fn scales(&self, data: &Shape, scale: &Shape) -> Result<impl Fn(usize) -> usize + 'static, OpError> {
        let blocks = self.blocks(data, scale)?;
        let is_blocked = self.block > 0;
        Ok(move |at: usize| {
            let Some(Blocks {
                inner,
                length,
                block,
                blocks,
            }) = blocks
            else {
                return 0;
            };
            let index = at / inner % length / block;
            if is_blocked {
                (at / inner / length * blocks + index) * inner + at % inner
            } else {
                index
            }
        })
    }

    /// The same for a kernel; `None` where the last block is shorter than the others.
    fn walk(&self, data: &Shape, scale: &Shape) -> Result<Option<Walk>, OpError> {
        let Some(blocks) = self.blocks(data, scale)? else {
            return Ok(Some(Walk::new(data, &vec![0; data.rank()], 0)));
        };
        let Blocks {
            inner, length, block, ..
        } = blocks;
        if data.elements() == 0 || !length.is_multiple_of(block) {
            return Ok(None);
        }
        let outer = data.elements() / inner / length;
        let shape = Shape::new([outer, length / block, block, inner])?;
        let strides = match self.block {
            0 => [0, 1, 0, 0],
            _ => [length / block * inner, inner, 0, 1],
        };
        Ok(Some(Walk::new(&shape, &strides.map(|stride| stride as i64), 0)))
    }
}

fn target(spec: &mut Spec) -> Result<Option<DataType>, OpError> {
    match spec.attributes.int("output_dtype")? {
        None | Some(0) => Ok(None),
        Some(code) => decode_data_type(i32::try_from(code).unwrap_or(-1))
            .map(Some)
            .map_err(|error| OpError::unsupported(format!("the target: {error}"))),
    }
}

/// Builds QuantizeLinear: round(x / scale) + zero point, within the range of the type.
pub fn quantize(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let granularity = Granularity::of(spec)?;
    let stated = target(spec)?;
    spec.attributes.ignore("precision");
    let overflow = if spec.attributes.flag("saturate", true)? {
        Overflow::Saturate
    } else {
        Overflow::Overflow
    };
    let host = host_op(
        spec.kind,
        move |inputs| {
            let zero = inputs.optional(2).map(|zero| zero.tensor_type.data_type);
            let to = zero.or(stated).unwrap_or(DataType::Uint8);
            if !(to.is_integer() || to.is_small_float()) {
                return Err(OpError::unsupported(format!("quantisation to {to}")));
            }
            Ok(vec![TensorType::new(to, inputs.shape(0)?.clone())])
        },
        move |inputs| {
            let (data, scale) = (inputs.get(0)?, inputs.get(1)?);
            let to = inputs
                .optional(2)
                .map(Tensor::data_type)
                .or(stated)
                .unwrap_or(DataType::Uint8);
            let which = granularity.scales(data.shape(), scale.shape())?;
            let zero = zero_point(inputs, scale)?;
            let (read, scales) = (data.floats()?, scale.floats()?);
            let all = 0..data.shape().elements();
            // The quotient is rounded to single precision first, as the definition's is.
            let quotient = |at: usize| f64::from((read(at) / scales(which(at))) as f32);
            let shape = data.shape().clone();
            Ok(vec![match to.integer_range() {
                Some((low, high)) => {
                    let code = |at: usize| code(quotient(at), zero(which(at)), (low, high));
                    Tensor::from_integers(to, shape, all.map(code))?
                }
                None => from_floats(to, shape, all.map(|at| quotient(at) + zero(which(at))), overflow)?,
            }])
        },
    )?;
    let lower = move |inputs: &Operands, outputs: &[TensorType]| kernels::quantize(&granularity, inputs, &outputs[0]);
    Ok(with_kernels(host, lower, work))
}

/// The code of a number of steps from the zero point, which is the code of what is no number.
pub fn code(steps: f64, zero: f64, (low, high): (i128, i128)) -> i128 {
    let steps = if steps.is_nan() { 0.0 } else { steps.round_ties_even() };
    ((steps + zero) as i128).clamp(low, high)
}

/// To divide or multiply, to round, to add, and to stay within the range.
fn work(_: &Operands, outputs: &[TensorType]) -> u64 {
    (outputs[0].shape.elements() as u64).saturating_mul(3)
}

/// Reads zero points, which are 0 where there are none.
fn zero_point<'a>(inputs: Given<'a>, scale: &Tensor) -> Result<Box<dyn Fn(usize) -> f64 + 'a>, OpError> {
    match inputs.optional(2) {
        None => Ok(Box::new(|_| 0.0)),
        Some(zero) if zero.shape().elements() == scale.shape().elements() => Ok(zero.floats()?),
        Some(zero) => Err(OpError::invalid(format!(
            "zero points of {} for scales of {}",
            zero.shape(),
            scale.shape()
        ))),
    }
}

/// Builds DequantizeLinear: (x - zero point) * scale.
pub fn dequantize(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let granularity = Granularity::of(spec)?;
    let stated = target(spec)?;
    let host = host_op(
        spec.kind,
        move |inputs| {
            let to = stated.map_or_else(|| inputs.data_type(1), Ok)?;
            Ok(vec![TensorType::new(to, inputs.shape(0)?.clone())])
        },
        move |inputs| {
            let (data, scale) = (inputs.get(0)?, inputs.get(1)?);
            let which = granularity.scales(data.shape(), scale.shape())?;
            let zero = zero_point(inputs, scale)?;
            let (read, scales) = (data.floats()?, scale.floats()?);
            let numbers = (0..data.shape().elements()).map(|at| {
                let which = which(at);
                (read(at) - zero(which)) * scales(which)
            });
            let to = stated.unwrap_or(scale.data_type());
            Ok(vec![Tensor::from_floats(to, data.shape().clone(), numbers)?])
        },
    )?;
    let lower = move |inputs: &Operands, outputs: &[TensorType]| match stated {
        // The product would be rounded twice.
        Some(half) if half.is_half() => Ok(Lowered::Host),
        _ => kernels::dequantize(&granularity, inputs, &outputs[0]),
    };
    Ok(with_kernels(host, lower, work))
}
