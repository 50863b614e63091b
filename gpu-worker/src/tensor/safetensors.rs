//! The heads of `.safetensors` files: which tensors there are, of which types, and where.
//!
//! Heads are read by the crate of the format's authors, which checks that the tensors lie one after another and fill their shapes; here
//! their size is bounded, and compared with the file's.

use std::collections::BTreeMap;
use std::io::Read;

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;
use thiserror::Error;

use super::DataType;

/// Bytes of the longest head: tens of thousands of tensors.
const MAX_HEAD: u64 = 16 << 20;

/// Why a file's head cannot be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("it is no .safetensors file: {0}")]
pub struct HeadError(String);

/// A tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its type; none for one that the engine does not know.
    pub data_type: Option<DataType>,
    /// Its type as the file calls it.
    pub dtype: String,
    /// Its dimensions.
    pub dims: Vec<usize>,
    /// Where in the file its elements begin.
    pub start: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

/// Whether a file begins like a `.safetensors` file: the length of the head, then a JSON object.
pub fn is_safetensors(start: &[u8]) -> bool {
    match start.first_chunk::<9>() {
        Some(&[a, b, c, d, e, f, g, h, first]) => {
            first == b'{' && u64::from_le_bytes([a, b, c, d, e, f, g, h]) <= MAX_HEAD
        }
        None => false,
    }
}

/// Reads the head of a file of `length` bytes from its beginning: the tensors by name.
///
/// # Errors
/// When it is none, is too long, or its tensors do not fill the file.
pub fn read_head(mut file: impl Read, length: u64) -> Result<BTreeMap<String, Stored>, HeadError> {
    let wrong = |error: &dyn ToString| HeadError(error.to_string());
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|error| wrong(&error))?;
    let size = u64::from_le_bytes(size);
    if size > MAX_HEAD || size > length {
        return Err(wrong(&format!(
            "its head says that it takes {size} bytes; at most {} are allowed",
            MAX_HEAD.min(length)
        )));
    }
    let mut head = Vec::new();
    file.take(size).read_to_end(&mut head).map_err(|error| wrong(&error))?;
    let metadata: Metadata = serde_json::from_slice(&head).map_err(|error| wrong(&error))?;
    let start = 8 + size;
    let end = start.checked_add(metadata.data_len() as u64);
    if end != Some(length) {
        return Err(wrong(&format!(
            "its tensors take {} bytes, but {} follow the head",
            metadata.data_len(),
            length.saturating_sub(start)
        )));
    }
    let stored = metadata.tensors().into_iter().map(|(name, info)| {
        let (from, to) = info.data_offsets;
        let stored = Stored {
            data_type: data_type(info.dtype),
            dtype: format!("{:?}", info.dtype),
            dims: info.shape.clone(),
            start: start + from as u64,
            bytes: (to - from) as u64,
        };
        (name, stored)
    });
    Ok(stored.collect())
}

fn data_type(dtype: Dtype) -> Option<DataType> {
    Some(match dtype {
        Dtype::BOOL => DataType::Bool,
        Dtype::U8 => DataType::Uint8,
        Dtype::I8 => DataType::Int8,
        Dtype::U16 => DataType::Uint16,
        Dtype::I16 => DataType::Int16,
        Dtype::U32 => DataType::Uint32,
        Dtype::I32 => DataType::Int32,
        Dtype::U64 => DataType::Uint64,
        Dtype::I64 => DataType::Int64,
        Dtype::F16 => DataType::Float16,
        Dtype::BF16 => DataType::Bfloat16,
        Dtype::F32 => DataType::Float32,
        Dtype::F64 => DataType::Float64,
        Dtype::F8_E4M3 => DataType::Float8E4M3Fn,
        Dtype::F8_E5M2 => DataType::Float8E5M2,
        Dtype::F8_E4M3FNUZ => DataType::Float8E4M3Fnuz,
        Dtype::F8_E5M2FNUZ => DataType::Float8E5M2Fnuz,
        Dtype::F8_E8M0 => DataType::Float8E8M0,
        Dtype::F4 => DataType::Float4E2M1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(head: &str, data: usize) -> Vec<u8> {
        let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(head.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, HeadError> {
        read_head(bytes, bytes.len() as u64)
    }

    #[test]
    fn tensors_are_found_where_they_lie() {
        let head = r#"{"b":{"dtype":"I64","shape":[],"data_offsets":[12,20]},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}"#;
        let bytes = file(head, 20);
        assert!(is_safetensors(&bytes));
        let found = read(&bytes).expect("two tensors");
        let expected = Stored {
            data_type: Some(DataType::Bfloat16),
            dtype: "BF16".into(),
            dims: vec![2, 3],
            start: 8 + head.len() as u64,
            bytes: 12,
        };
        assert_eq!(
            (found["a"].clone(), found["b"].start),
            (expected, 20 + head.len() as u64)
        );
    }

    #[test]
    fn a_head_that_lies_is_refused_without_allocation() {
        for (head, data) in [
            (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7),
            (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9),
            (r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
            (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
            (
                r#"{"a":{"dtype":"F32","shape":[18446744073709551615,4],"data_offsets":[0,8]}}"#,
                8,
            ),
            (r#"{"a":{"dtype":"F9","shape":[2],"data_offsets":[0,8]}}"#, 8),
            ("{", 0),
        ] {
            assert!(read(&file(head, data)).is_err(), "{head}");
        }
        for start in [&b""[..], b"1234567", &[0xff; 64], &[0; 8], &(1_u64 << 40).to_le_bytes()] {
            assert!(read(start).is_err());
        }
    }
}
