//! Compares outputs with what a suite expects: types and shapes exactly, numbers within a tolerance.

use serde::Deserialize;

use crate::tensor::{DataType, Tensor, TensorError, Value};

/// How far a number may lie from the expected one: `absolute + relative * |expected|`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub struct Tolerance {
    /// In relation to the expected number.
    #[serde(rename = "rtol")]
    pub relative: f64,
    /// Whatever the expected number.
    #[serde(rename = "atol")]
    pub absolute: f64,
}

impl Default for Tolerance {
    /// The tolerances of ONNX's own runner.
    fn default() -> Self {
        Self {
            relative: 1e-3,
            absolute: 1e-7,
        }
    }
}

/// Says what is wrong with a value, if anything.
pub fn compare(found: &Value, expected: &Value, tolerance: Tolerance) -> Result<(), String> {
    match (found, expected) {
        (Value::Tensor(found), Value::Tensor(expected)) => compare_tensors(found, expected, tolerance),
        (Value::Sequence(found), Value::Sequence(expected)) => {
            if found.len() != expected.len() {
                return Err(format!("a sequence of {} instead of {}", found.len(), expected.len()));
            }
            for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(found, expected, tolerance)
                    .map_err(|wrong| format!("element {at} of the sequence: {wrong}"))?;
            }
            Ok(())
        }
        (Value::Optional(None), Value::Optional(None)) => Ok(()),
        (Value::Optional(Some(found)), Value::Optional(Some(expected))) => compare(found, expected, tolerance),
        // A file may hold the element of an optional that is not empty without its wrapping.
        (Value::Optional(Some(found)), expected) => compare(found, expected, tolerance),
        (found, Value::Optional(Some(expected))) => compare(found, expected, tolerance),
        (found, expected) => Err(format!("{found} instead of {expected}")),
    }
}

fn compare_tensors(found: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Result<(), String> {
    if found.tensor_type() != expected.tensor_type() {
        return Err(format!("{} instead of {}", found.tensor_type(), expected.tensor_type()));
    }
    if expected.data_type() == DataType::Text {
        return if found == expected {
            Ok(())
        } else {
            Err(format!("the texts {found:?} instead of {expected:?}"))
        };
    }
    let numbers = |tensor: &Tensor| tensor.to_floats().map_err(|error: TensorError| error.to_string());
    let pairs = numbers(found)?.into_iter().zip(numbers(expected)?);
    let is_close = |&(found, expected): &(f64, f64)| {
        found == expected
            || (found.is_nan() && expected.is_nan())
            || (found - expected).abs() <= tolerance.absolute + tolerance.relative * expected.abs()
                && expected.is_finite()
    };
    let wrong: Vec<(usize, (f64, f64))> = pairs.enumerate().filter(|(_, pair)| !is_close(pair)).collect();
    match wrong.first() {
        None => Ok(()),
        Some((at, (first, wanted))) => Err(format!(
            "{} of {} elements are wrong: element {at} is {first} instead of {wanted}",
            wrong.len(),
            expected.shape().elements()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Shape;

    fn numbers(elements: &[f32]) -> Value {
        let shape = Shape::vector(elements.len()).expect("small");
        Tensor::new(shape, elements.to_vec()).expect("as many").into()
    }

    #[test]
    fn numbers_may_lie_within_the_tolerance_and_no_further() {
        let compare = |found: f32, expected: f32| {
            super::compare(&numbers(&[found]), &numbers(&[expected]), Tolerance::default()).is_ok()
        };
        assert!(compare(1.0009, 1.0) && !compare(1.0011, 1.0));
        assert!(compare(f32::NAN, f32::NAN) && compare(f32::INFINITY, f32::INFINITY));
        assert!(!compare(1.0, f32::NAN) && !compare(1e30, f32::INFINITY) && !compare(f32::NAN, 1.0));
    }

    #[test]
    fn types_and_shapes_must_be_the_same() {
        let integers = Tensor::vector(vec![1_i64]).expect("small").into();
        let wrong = compare(&numbers(&[1.0]), &integers, Tolerance::default()).expect_err("another type");
        assert_eq!(wrong, "float32[1] instead of int64[1]");
        let wrong = compare(&numbers(&[1.0]), &numbers(&[1.0, 2.0]), Tolerance::default());
        assert!(wrong.is_err());
        assert!(compare(&Value::Sequence(Vec::new()), &numbers(&[]), Tolerance::default()).is_err());
    }
}
