//! Products and convolutions of small integers, exact in 64 bits on the host, and by kernels wherever these are exact as well.

mod conv;
mod dynamic;
mod elements;
mod known;
mod matmul;
mod requantized;
mod span;
mod sums;

pub use self::conv::{conv_integer, qlinear_conv};
pub use self::dynamic::dynamic;
pub use self::known::numbers;
pub use self::matmul::{matmul_integer, qlinear_matmul};
use super::host_op::Given;
use super::quantize::code;
use super::{OpError, Operands};
use crate::tensor::{DataType, Shape, Tensor};

/// Checks that an input has 8 bits, and its zero point the same type: sums of products of more would not stay within 64 bits.
fn check_codes(inputs: &Operands, index: usize, zero: usize) -> Result<(), OpError> {
    let found = inputs.data_type(index)?;
    if !matches!(found, DataType::Int8 | DataType::Uint8) {
        return Err(OpError::invalid(format!(
            "input {index} is {found}; it must be int8 or uint8"
        )));
    }
    match inputs.optional(zero).map(|zero| zero.tensor_type.data_type) {
        Some(other) if other != found => Err(OpError::invalid(format!(
            "input {zero}, the zero point of input {index}, is {other}; it must be {found} like that"
        ))),
        _ => Ok(()),
    }
}

/// Zero points and scales of a quantised tensor: one for all, or one for each index of a dimension.
struct Scale<'a> {
    read: Box<dyn Fn(usize) -> f64 + 'a>,
    is_single: bool,
}

impl<'a> Scale<'a> {
    /// Input `index`, which must have one element, or `count` of them.
    fn of(inputs: Given<'a>, index: usize, count: usize, missing: f64) -> Result<Self, OpError> {
        let Some(tensor) = inputs.optional(index) else {
            return Ok(Self {
                read: Box::new(move |_| missing),
                is_single: true,
            });
        };
        let elements = tensor.shape().elements();
        if elements != 1 && elements != count {
            return Err(OpError::invalid(format!(
                "input {index} has {elements} elements, not 1 or {count}"
            )));
        }
        Ok(Self {
            read: tensor.floats()?,
            is_single: elements == 1,
        })
    }

    fn at(&self, index: usize) -> f64 {
        (self.read)(if self.is_single { 0 } else { index })
    }
}

/// Codes less the zero point of each, by its position.
fn codes(tensor: &Tensor, zero: impl Fn(usize) -> f64) -> Result<Vec<i32>, OpError> {
    let read = tensor.integers()?;
    let code = |at: usize| {
        let code = read(at) - zero(at) as i128;
        i32::try_from(code).map_err(|_| OpError::invalid(format!("the code {code} is beyond 32 bits")))
    };
    (0..tensor.shape().elements()).map(code).collect()
}

/// Adds the products of a factor with each code to sums.
fn add_products<'c>(sums: &mut [i64], factor: i32, codes: impl Iterator<Item = &'c i32>) {
    for (sum, &code) in sums.iter_mut().zip(codes) {
        *sum = sum.wrapping_add(i64::from(factor).wrapping_mul(code.into()));
    }
}

/// round(value) + zero, within the range of an integer type.
fn requantised(to: DataType, shape: Shape, values: impl Iterator<Item = f64>, zero: f64) -> Result<Tensor, OpError> {
    let (low, high) = to
        .integer_range()
        .ok_or_else(|| OpError::unsupported(format!("results of type {to}")))?;
    let codes = values.map(|value| code(value, zero, (low, high)));
    Ok(Tensor::from_integers(to, shape, codes)?)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Case, tensor};

    /// Found by fuzzing: a zero point of single precision can be 1e38, and the square of that overflowed the sum.
    #[test]
    fn zero_points_that_would_overflow_a_product_are_refused() {
        let codes = || tensor::<i8>(&[1, 1, 1, 1], [2]);
        let zero = || tensor::<f32>(&[], [3e38]);
        for kind in ["MatMulInteger", "ConvInteger"] {
            let case = Case::new(kind).input(codes()).input(codes()).input(zero());
            let refusal = case.refusal();
            assert!(refusal.contains("the zero point of input 0, is float32"), "{refusal}");
        }
    }

    #[test]
    fn products_of_more_than_eight_bits_are_refused() {
        let wide = || tensor::<i64>(&[1, 1, 1, 1], [i64::MAX]);
        for kind in ["MatMulInteger", "ConvInteger"] {
            let refusal = Case::new(kind).input(wide()).input(wide()).refusal();
            assert!(
                refusal.contains("input 0 is int64; it must be int8 or uint8"),
                "{refusal}"
            );
        }
    }
}
