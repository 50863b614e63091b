//! How far floating-point results lie from the expected ones: what another adapter, or a processor, may differ by.

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

use crate::tensor::{DataType, Tensor, Value};

/// The largest differences between results and what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Deviation {
    /// Floating-point elements that were compared.
    pub elements: u64,
    /// Those that are the very same.
    pub same: u64,
    /// Numbers of the element's type that lie between the two, at most.
    pub ulps: u64,
    /// The largest difference in relation to the largest magnitude of the tensor, or 1 if that is less.
    pub relative: f64,
}

impl Deviation {
    /// Compares two values of one type and shape; what is no floating-point tensor does not count.
    pub fn of(found: &Value, expected: &Value) -> Self {
        match (found, expected) {
            (Value::Tensor(found), Value::Tensor(expected)) => Self::of_tensors(found, expected),
            (Value::Sequence(found), Value::Sequence(expected)) => found
                .iter()
                .zip(expected)
                .map(|(found, expected)| Self::of(found, expected))
                .fold(Self::default(), Self::and),
            (Value::Optional(Some(found)), expected) => Self::of(found, expected),
            (found, Value::Optional(Some(expected))) => Self::of(found, expected),
            _ => Self::default(),
        }
    }

    /// Compares two tensors of one type and shape.
    pub fn of_tensors(found: &Tensor, expected: &Tensor) -> Self {
        let data_type = expected.data_type();
        let (Some(order), true) = (order(data_type), found.tensor_type() == expected.tensor_type()) else {
            return Self::default();
        };
        let (Ok(found), Ok(expected)) = (found.to_floats(), expected.to_floats()) else {
            return Self::default();
        };
        let finite = expected.iter().filter(|number| number.is_finite());
        let scale = finite.fold(1.0_f64, |most, number| most.max(number.abs()));
        let mut deviation = Self::default();
        for (&found, &expected) in found.iter().zip(&expected) {
            deviation.elements += 1;
            // A wrong infinity or NaN is no deviation but an error, which the comparison tells.
            if found == expected || !found.is_finite() || !expected.is_finite() {
                deviation.same += 1;
                continue;
            }
            deviation.ulps = deviation.ulps.max(order(found).abs_diff(order(expected)));
            deviation.relative = deviation.relative.max((found - expected).abs() / scale);
        }
        deviation
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            elements: self.elements + other.elements,
            same: self.same + other.same,
            ulps: self.ulps.max(other.ulps),
            relative: self.relative.max(other.relative),
        }
    }
}

/// Numbers a type's values in their order, both zeros being 0; `None` for types without fractions.
fn order(data_type: DataType) -> Option<fn(f64) -> i64> {
    Some(match data_type {
        DataType::Float64 => |number| signed(number.to_bits() >> 63 != 0, number.abs().to_bits() as i64),
        DataType::Float32 => |number| signed(number < 0.0, i64::from((number.abs() as f32).to_bits())),
        DataType::Float16 => |number| signed(number < 0.0, i64::from(f16::from_f64(number.abs()).to_bits())),
        DataType::Bfloat16 => |number| signed(number < 0.0, i64::from(bf16::from_f64(number.abs()).to_bits())),
        _ => return None,
    })
}

fn signed(is_negative: bool, magnitude: i64) -> i64 {
    if is_negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(found: &[f32], expected: &[f32]) -> Deviation {
        let tensor = |elements: &[f32]| Value::from(Tensor::vector(elements.to_vec()).expect("small"));
        Deviation::of(&tensor(found), &tensor(expected))
    }

    #[test]
    fn neighbours_are_one_unit_apart_across_zero_too() {
        assert_eq!(of(&[1.0 + f32::EPSILON], &[1.0]).ulps, 1);
        assert_eq!(of(&[-0.0, f32::from_bits(1)], &[0.0, -f32::from_bits(1)]).ulps, 2);
        let halves = Deviation::of_tensors(
            &Tensor::vector(vec![f16::from_f32(1.0)]).expect("small"),
            &Tensor::vector(vec![f16::from_bits(f16::from_f32(1.0).to_bits() + 3)]).expect("small"),
        );
        assert_eq!(halves.ulps, 3);
    }

    #[test]
    fn differences_are_seen_in_relation_to_the_largest_number() {
        let deviation = of(&[1000.0, 0.5], &[1000.0, 0.25]);
        assert_eq!((deviation.elements, deviation.same), (2, 1));
        assert_eq!(deviation.relative, 0.25 / 1000.0);
        assert_eq!(of(&[0.5], &[0.25]).relative, 0.25);
        let both = deviation.and(of(&[2.0], &[1.0]));
        assert_eq!((both.elements, both.relative), (3, 1.0));
    }

    #[test]
    fn integers_and_texts_do_not_count() {
        let integers = Value::from(Tensor::vector(vec![1_i64]).expect("small"));
        assert_eq!(Deviation::of(&integers, &integers), Deviation::default());
    }
}
