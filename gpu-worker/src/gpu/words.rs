//! Elements as the device has them. Apart from what talks to the device, so that planning is built and fuzzed without one.

use crate::tensor::{DataType, Tensor, TensorError, TensorType};

/// The elements as the device has them: one word each.
pub fn to_words(tensor: &Tensor) -> Result<Vec<u32>, TensorError> {
    if let (DataType::Float32, Some(stored)) = (tensor.data_type(), tensor.stored_bytes()) {
        let (words, _) = stored.as_chunks::<4>();
        return Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect());
    }
    Ok(match tensor.data_type() {
        DataType::Bool => tensor.as_slice::<bool>()?.iter().map(|&truth| truth.into()).collect(),
        _ => tensor.as_slice::<f32>()?.iter().map(|value| value.to_bits()).collect(),
    })
}

/// The elements of words that came from the device.
pub fn from_words(tensor_type: &TensorType, mut words: Vec<u32>) -> Result<Tensor, TensorError> {
    words.truncate(tensor_type.shape.elements());
    let shape = tensor_type.shape.clone();
    match tensor_type.data_type {
        DataType::Bool => Tensor::new(shape, words.into_iter().map(|word| word != 0).collect()),
        _ => Tensor::new(shape, words.into_iter().map(f32::from_bits).collect()),
    }
}
