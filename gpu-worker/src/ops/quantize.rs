//! From numbers to small ones with a scale, and back.

mod pair;

pub use self::pair::join;
use super::cast::from_floats;
use super::host_op::{Given, host_op};
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::model::decode_data_type;
use crate::tensor::{DataType, Overflow, Shape, Tensor, TensorType};

/// Which scale and zero point an element has: one for all, one for each index of an axis, or one for each block along it.
#[derive(Debug, Clone, Copy)]
struct Granularity {
    axis: i64,
    block: usize,
}

impl Granularity {
    fn of(spec: &mut Spec) -> Result<Self, OpError> {
        let block = spec.attributes.int("block_size")?.unwrap_or(0);
        Ok(Self {
            axis: spec.attributes.int("axis")?.unwrap_or(1),
            block: usize::try_from(block).map_err(|_| OpError::invalid(format!("a block of {block}")))?,
        })
    }

    /// The position of the scale of the element at each position.
    fn scales(&self, data: &Shape, scale: &Shape) -> Result<impl Fn(usize) -> usize + 'static, OpError> {
        let is_single = scale.elements() == 1 && self.block == 0;
        let (length, inner, block, blocks) = if is_single {
            (1, usize::MAX, 1, 1)
        } else {
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
            (length, inner, block, blocks)
        };
        let is_blocked = self.block > 0;
        Ok(move |at: usize| {
            let index = at / inner % length / block;
            if is_blocked {
                (at / inner / length * blocks + index) * inner + at % inner
            } else {
                index
            }
        })
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
    host_op(
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
                    let code = |at: usize| {
                        let rounded = quotient(at).round_ties_even() + zero(which(at));
                        (rounded as i128).clamp(low, high)
                    };
                    Tensor::from_integers(to, shape, all.map(code))?
                }
                None => from_floats(to, shape, all.map(|at| quotient(at) + zero(which(at))), overflow)?,
            }])
        },
    )
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
    host_op(
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
    )
}

/// Builds DynamicQuantizeLinear: to unsigned 8 bits, with a scale that fits the data and zero.
pub fn dynamic(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    host_op(
        spec.kind,
        |inputs| {
            inputs.expect_type(0, &[DataType::Float32])?;
            let scalar = |data_type| TensorType::new(data_type, Shape::scalar());
            let data = TensorType::new(DataType::Uint8, inputs.shape(0)?.clone());
            Ok(vec![data, scalar(DataType::Float32), scalar(DataType::Uint8)])
        },
        |inputs| {
            let data = inputs.get(0)?;
            let elements = data.as_slice::<f32>()?;
            let low = elements.iter().copied().fold(0.0, f32::min);
            let high = elements.iter().copied().fold(0.0, f32::max);
            let scale = (high - low) / 255.0;
            // Of nothing but zeros any scale is right; 1 keeps them zero.
            let scale = if scale > 0.0 { scale } else { 1.0 };
            let zero = (-low / scale).clamp(0.0, 255.0).round_ties_even();
            let code = |&v: &f32| ((v / scale).round_ties_even() + zero).clamp(0.0, 255.0) as u8;
            Ok(vec![
                Tensor::new(data.shape().clone(), elements.iter().map(code).collect())?,
                Tensor::scalar(scale),
                Tensor::scalar(zero as u8),
            ])
        },
    )
}
