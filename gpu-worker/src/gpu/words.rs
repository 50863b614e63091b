//! Elements as the device has them. Apart from what talks to the device, so that planning is built and fuzzed without one.

use std::borrow::Cow;

use half::{bf16, f16};

use crate::tensor::{DataType, Tensor, TensorError, TensorType};

/// The elements as the device has them: one word each.
pub fn to_words(tensor: &Tensor) -> Result<Vec<u32>, TensorError> {
    if let (DataType::Float32, Some(stored)) = (tensor.data_type(), tensor.stored_bytes()) {
        let (words, _) = stored.as_chunks::<4>();
        return Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect());
    }
    Ok(match tensor.data_type() {
        DataType::Bool => tensor.as_slice::<bool>()?.iter().map(|&truth| truth.into()).collect(),
        half if half.is_half() => widened(half, &half_bytes(tensor)?),
        DataType::Int32 => tensor.as_slice::<i32>()?.iter().map(|&number| number as u32).collect(),
        DataType::Int8 => words_of(tensor.as_slice::<i8>()?),
        DataType::Uint8 => words_of(tensor.as_slice::<u8>()?),
        DataType::Int16 => words_of(tensor.as_slice::<i16>()?),
        code if code.is_code() => {
            let read = tensor.floats()?;
            let word = |at| (read(at) as f32).to_bits();
            (0..tensor.shape().elements()).map(word).collect()
        }
        _ => tensor.as_slice::<f32>()?.iter().map(|value| value.to_bits()).collect(),
    })
}

/// The words of codes.
fn words_of<T: Copy + Into<f32>>(codes: &[T]) -> Vec<u32> {
    codes.iter().map(|&code| code.into().to_bits()).collect()
}

/// The little-endian elements of a tensor of half precision, without a copy where they lie in a file.
pub fn half_bytes(tensor: &Tensor) -> Result<Cow<'_, [u8]>, TensorError> {
    if let Some(stored) = tensor.stored_bytes() {
        return Ok(Cow::Borrowed(&stored[..]));
    }
    Ok(match tensor.data_type() {
        DataType::Bfloat16 => tensor
            .as_slice::<bf16>()?
            .iter()
            .flat_map(|half| half.to_le_bytes())
            .collect(),
        _ => tensor
            .as_slice::<f16>()?
            .iter()
            .flat_map(|half| half.to_le_bytes())
            .collect(),
    })
}

/// The words of elements of half precision: the same numbers in single precision.
pub fn widened(half: DataType, bytes: &[u8]) -> Vec<u32> {
    let (halves, _) = bytes.as_chunks::<2>();
    let word: fn([u8; 2]) -> u32 = match half {
        DataType::Bfloat16 => |bytes| u32::from(u16::from_le_bytes(bytes)) << 16,
        _ => |bytes| f16::from_le_bytes(bytes).to_f32().to_bits(),
    };
    halves.iter().map(|&bytes| word(bytes)).collect()
}

/// The elements of words that came from the device.
pub fn from_words(tensor_type: &TensorType, mut words: Vec<u32>) -> Result<Tensor, TensorError> {
    words.truncate(tensor_type.shape.elements());
    let shape = tensor_type.shape.clone();
    match tensor_type.data_type {
        DataType::Bool => Tensor::new(shape, words.into_iter().map(|word| word != 0).collect()),
        DataType::Float16 => {
            let half = |word| f16::from_f32(f32::from_bits(word));
            Tensor::new(shape, words.into_iter().map(half).collect())
        }
        DataType::Bfloat16 => {
            let half = |word| bf16::from_f32(f32::from_bits(word));
            Tensor::new(shape, words.into_iter().map(half).collect())
        }
        DataType::Int32 => Tensor::new(shape, words.into_iter().map(|word| word as i32).collect()),
        // Codes are whole numbers within the type.
        DataType::Int8 => Tensor::new(
            shape,
            words.into_iter().map(|word| f32::from_bits(word) as i8).collect(),
        ),
        DataType::Uint8 => Tensor::new(
            shape,
            words.into_iter().map(|word| f32::from_bits(word) as u8).collect(),
        ),
        code if code.is_code() => {
            let number = |word| f64::from(f32::from_bits(word));
            Tensor::from_floats(code, shape, words.into_iter().map(number))
        }
        _ => Tensor::new(shape, words.into_iter().map(f32::from_bits).collect()),
    }
}
