//! QLinearMatMul and QLinearConv by kernels: exact sums, and codes of which the host knows where each begins.

use std::ops::RangeInclusive;

use super::Scale;
use super::sums::{Kind, Sums};
use crate::kernels::requantize::{CODES, Requantization, launch};
use crate::ops::compose::{Composer, Composition, Value};
use crate::ops::host_op::Given;
use crate::ops::quantize::code;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::tensor::{DataType, Tensor, TensorType};

/// Inputs that are the scales of both operands and of the result, the zero point of that, and a bias.
const SCALES: [usize; 3] = [1, 4, 6];
const ZERO: usize = 7;
const BIAS: usize = 8;

/// Factors with which the code that a kernel reckons is the right one or one beside it.
const SANE: RangeInclusive<f64> = 1e-30..=1e30;

/// Sums whose results are codes.
#[derive(Debug)]
pub struct Requantised(pub Sums);

impl Composition for Requantised {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let inputs = composer.inputs();
        let to = inputs.data_type(ZERO)?;
        let (sums, most) = self.0.exact(composer)?;
        let channels = self.0.layout(inputs)?.channels.count;
        let inner = match self.0.kind {
            Kind::Product => 1,
            Kind::Convolution(..) => sums.dims().iter().skip(2).product(),
        };
        let is_float = sums.data_type() == DataType::Float32;
        let levels = Levels::of(inputs, channels, matches!(self.0.kind, Kind::Convolution(..)))?;
        let requantization = levels.requantization(to, most, inner, is_float)?;
        let codes = composer.add(Box::new(Codes { requantization, to }), &[Some(&sums)])?;
        Ok(vec![Some(codes)])
    }
}

/// What the host knows of scales and bias.
struct Levels {
    x: f64,
    weights: Vec<f64>,
    y: f64,
    zero: f64,
    bias: Vec<f64>,
}

impl Levels {
    fn of(inputs: &Operands, channels: usize, has_bias: bool) -> Result<Self, OpError> {
        let known = |index: usize| match inputs.optional(index) {
            None => Ok(None),
            Some(operand) => operand
                .value
                .map(Some)
                .ok_or_else(|| OpError::unsupported("a scale that is not known")),
        };
        let mut values: Vec<Option<&Tensor>> = Vec::with_capacity(BIAS + 1);
        for index in 0..=BIAS {
            let is_level = SCALES.contains(&index) || index == ZERO || (index == BIAS && has_bias);
            values.push(if is_level { known(index)? } else { None });
        }
        let given = Given(&values);
        if given
            .optional(BIAS)
            .is_some_and(|bias| bias.data_type() != DataType::Int32)
        {
            return Err(OpError::unsupported("a bias that is no integer"));
        }
        let all = |scale: Scale| -> Vec<f64> {
            let count = if scale.is_single { 1 } else { channels };
            (0..count).map(|at| scale.at(at)).collect()
        };
        Ok(Self {
            x: Scale::of(given, SCALES[0], 1, 1.0)?.at(0),
            weights: all(Scale::of(given, SCALES[1], channels, 1.0)?),
            y: Scale::of(given, SCALES[2], 1, 1.0)?.at(0),
            zero: Scale::of(given, ZERO, 1, 0.0)?.at(0),
            bias: all(Scale::of(given, BIAS, channels, 0.0)?),
        })
    }

    /// What a kernel is told for sums of at most that magnitude.
    fn requantization(&self, to: DataType, most: u64, inner: usize, is_float: bool) -> Result<Requantization, OpError> {
        let unsupported = || OpError::unsupported("results that no kernel gives");
        let range = match to {
            DataType::Int8 | DataType::Uint8 => to.integer_range().ok_or_else(unsupported)?,
            _ => return Err(unsupported()),
        };
        let largest = self.bias.iter().fold(0.0, |largest: f64, bias| largest.max(bias.abs()));
        if largest + most as f64 >= f64::from(i32::MAX) {
            return Err(unsupported());
        }
        let mut bounds = Vec::with_capacity(CODES * self.weights.len());
        for &weight in &self.weights {
            // As the host reckons it, in the same order.
            let steps = |sum: i32| f64::from(sum) * self.x * weight / self.y;
            let factor = self.x * weight / self.y;
            if !SANE.contains(&factor) || !SANE.contains(&self.x) || !SANE.contains(&weight) {
                return Err(unsupported());
            }
            let of = |sum: i32| code(steps(sum), self.zero, range);
            let mut least = i32::MIN;
            for number in 1..=CODES as i128 {
                let next = least_with(
                    &of,
                    range.0 + number,
                    (number as f64 + range.0 as f64 - 0.5 - self.zero) / factor,
                );
                bounds.push([least, next]);
                least = next;
            }
        }
        let channels = self.weights.len().max(self.bias.len());
        let at = |numbers: &[f64], channel: usize| numbers.get(channel).or(numbers.first()).copied().unwrap_or(0.0);
        let channel = |channel: usize| {
            let factor = self.x * at(&self.weights, channel) / self.y;
            [(factor as f32).to_bits(), at(&self.bias, channel) as i32 as u32]
        };
        Ok(Requantization {
            inner: inner.max(1),
            channels: (0..channels).map(channel).collect(),
            bounds,
            least: range.0 as i32,
            zero: (self.zero - range.0 as f64) as u8,
            is_float,
        })
    }
}

/// The least sum that has a code or a greater one, the greatest integer if none has; `near` is where it should be.
fn least_with(of: &impl Fn(i32) -> i128, code: i128, near: f64) -> i32 {
    let near = near as i32;
    let (mut below, mut above) = (near.saturating_sub(2), near.saturating_add(2));
    if of(below) >= code {
        below = i32::MIN;
    }
    if of(above) < code {
        above = i32::MAX;
    }
    if of(below) >= code {
        return below;
    }
    // `below` has a lesser code, and `above`, unless it is the greatest integer, not.
    while i64::from(above) - i64::from(below) > 1 {
        let middle = ((i64::from(below) + i64::from(above)) / 2) as i32;
        if of(middle) >= code {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// Codes of sums.
#[derive(Debug)]
struct Codes {
    requantization: Requantization,
    to: DataType,
}

impl Operator for Codes {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(self.to, inputs.shape(0)?.clone())])
    }

    fn lower(&self, _: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let count = outputs[0].shape.elements();
        Ok(Lowered::Device(vec![launch(&self.requantization, count)]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_bound_is_the_least_sum_of_its_code(
            factor in prop_oneof![1e-8..2.0_f64, 1e-30..1e-8_f64, 2.0..1e9_f64, Just(0.5), Just(0.25)],
            zero in 0..=255_u8,
        ) {
            let levels = Levels { x: 1.0, weights: vec![factor], y: 1.0, zero: zero.into(), bias: vec![0.0] };
            let found = levels.requantization(DataType::Uint8, 1 << 24, 1, true).expect("sane");
            let of = |sum: i32| code(f64::from(sum) * factor, zero.into(), (0, 255));
            let begins = |least: i32, number: i128| {
                (least == i32::MIN || of(least - 1) < number) && (least == i32::MAX || of(least) >= number)
            };
            for (number, [least, next]) in found.bounds.into_iter().enumerate() {
                let number = number as i128;
                prop_assert!(begins(least, number) && begins(next, number + 1), "{} begins at {}", number, least);
            }
        }
    }
}
