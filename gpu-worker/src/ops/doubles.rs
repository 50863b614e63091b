//! Numbers of any type as double precision, which host code calculates in where an operator has no form of its own for each type.

use super::OpError;
use super::cast::convert;
use crate::tensor::{DataType, Tensor, TensorType};

/// The elements in double precision.
pub fn doubles(tensor: &Tensor) -> Result<Vec<f64>, OpError> {
    Ok(convert(tensor, DataType::Float64)?.as_slice::<f64>()?.to_vec())
}

/// The elements of input `index`, which must be given, in double precision.
pub fn input_doubles(inputs: &[Option<&Tensor>], index: usize) -> Result<Vec<f64>, OpError> {
    doubles(given(inputs, index)?)
}

/// Input `index`, which must be given.
pub fn given<'a>(inputs: &[Option<&'a Tensor>], index: usize) -> Result<&'a Tensor, OpError> {
    let input = inputs.get(index).copied().flatten();
    input.ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
}

/// A tensor of the given type and shape.
pub fn from_doubles(tensor_type: &TensorType, elements: Vec<f64>) -> Result<Tensor, OpError> {
    convert(
        &Tensor::new(tensor_type.shape.clone(), elements)?,
        tensor_type.data_type,
    )
}

/// The elements as 64-bit integers, or why they are none.
pub fn integers(tensor: &Tensor) -> Result<Vec<i64>, OpError> {
    tensor
        .to_integers()
        .ok_or_else(|| OpError::invalid(format!("integers are needed, not {}", tensor.data_type())))
}
