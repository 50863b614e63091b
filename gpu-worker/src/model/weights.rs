//! Weights outside of the graph: a tensor of it names a file and a place in it, or has no elements and is looked up by its own name.

use std::collections::BTreeMap;

use prost::bytes::Bytes;
use thiserror::Error;

use super::artifact::slice;
use super::proto::{EXTERNAL, TensorProto};
use super::tensors::{decode_data_type, decode_shape};
use crate::tensor::DataType;
use crate::tensor::safetensors::{HeadError, Stored, is_safetensors, read_head};

/// Why a tensor's elements cannot be taken from another file.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum WeightsError {
    /// A file that the model's hash does not cover.
    #[error(
        "its elements are in '{0}', which the model's hash does not cover: bundle the files with `inktensor bundle`, or give the file's \
         hash in the graph's metadata (blake2_256:{0})"
    )]
    NotCovered(String),
    /// No file is named.
    #[error("its elements are external, but no file is named")]
    NoLocation,
    /// A place that is none.
    #[error("its elements are at bytes {offset} to {offset}+{length} of '{file}', which has {size}")]
    Place {
        /// The file.
        file: String,
        /// Where they should begin.
        offset: String,
        /// How many there should be.
        length: String,
        /// Bytes of the file.
        size: usize,
    },
    /// No tensor of that name.
    #[error("'{0}' has no tensor of its name")]
    Missing(String),
    /// A tensor of another type or shape.
    #[error("it is {expected} in the graph, but {found} in '{file}'")]
    Differs {
        /// The file.
        file: String,
        /// What the graph says.
        expected: String,
        /// What the file says.
        found: String,
    },
}

/// The files beside a graph.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    files: BTreeMap<String, Beside>,
    /// The file that tensors without elements are looked up in.
    by_name: String,
}

#[derive(Debug, Clone)]
struct Beside {
    bytes: Bytes,
    /// What it holds, if it is a `.safetensors` file.
    tensors: Option<BTreeMap<String, Stored>>,
}

impl Weights {
    /// Files by name, beside the graph STEM.onnx.
    ///
    /// # Errors
    /// When a file begins like a `.safetensors` file and is none.
    pub fn new(stem: &str, files: BTreeMap<String, Bytes>) -> Result<Self, HeadError> {
        let beside = |(name, bytes): (String, Bytes)| {
            let tensors = is_safetensors(&bytes)
                .then(|| read_head(&bytes[..], bytes.len() as u64))
                .transpose()?;
            Ok((name, Beside { bytes, tensors }))
        };
        Ok(Self {
            files: files.into_iter().map(beside).collect::<Result<_, _>>()?,
            by_name: format!("{stem}.safetensors"),
        })
    }

    /// The tensor with its elements, where they are in another file; none where the graph has them.
    ///
    /// # Errors
    /// When that file is not covered by the model's hash, or does not hold them as the graph says.
    pub fn resolve(&self, proto: &TensorProto) -> Result<Option<TensorProto>, WeightsError> {
        let raw = if proto.data_location == EXTERNAL || !proto.external_data.is_empty() {
            self.external(proto)?
        } else if self.files.contains_key(&self.by_name) && is_empty(proto) {
            self.named(&self.by_name, proto)?
        } else {
            return Ok(None);
        };
        Ok(Some(TensorProto {
            dims: proto.dims.clone(),
            data_type: proto.data_type,
            name: proto.name.clone(),
            raw_data: Some(raw),
            ..TensorProto::default()
        }))
    }

    fn external(&self, proto: &TensorProto) -> Result<Bytes, WeightsError> {
        let entry = |key: &str| {
            let found = proto.external_data.iter().find(|entry| entry.key == key);
            found
                .map(|entry| entry.value.as_str())
                .filter(|value| !value.is_empty())
        };
        let location = entry("location").ok_or(WeightsError::NoLocation)?;
        let file = self
            .files
            .get(location)
            .ok_or_else(|| WeightsError::NotCovered(location.into()))?;
        let (offset, length) = (entry("offset"), entry("length"));
        if offset.is_none() && length.is_none() && file.tensors.is_some() {
            return self.named(location, proto);
        }
        let size = file.bytes.len();
        let wrong = || WeightsError::Place {
            file: location.into(),
            offset: offset.unwrap_or("0").into(),
            length: length.unwrap_or("the end").into(),
            size,
        };
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        let start = offset.map_or(Ok(0), number)?;
        let length = match length {
            Some(length) => number(length)?,
            None => size.checked_sub(start).ok_or_else(wrong)?,
        };
        let end = start.checked_add(length).filter(|end| *end <= size).ok_or_else(wrong)?;
        Ok(file.bytes.slice(start..end))
    }

    fn named(&self, file: &str, proto: &TensorProto) -> Result<Bytes, WeightsError> {
        let missing = || WeightsError::Missing(file.into());
        let beside = self.files.get(file).ok_or_else(missing)?;
        let stored = beside
            .tensors
            .as_ref()
            .and_then(|tensors| tensors.get(&proto.name))
            .ok_or_else(missing)?;
        if !fits(proto, stored) {
            let stated = decode_data_type(proto.data_type).map_or_else(|_| "?".into(), |stated| stated.to_string());
            return Err(WeightsError::Differs {
                file: file.into(),
                expected: format!("{stated}{:?}", proto.dims),
                found: format!("{}{:?}", stored.dtype, stored.dims),
            });
        }
        slice(&beside.bytes, stored).ok_or_else(missing)
    }
}

/// Whether the graph has no elements for a tensor that should have some.
fn is_empty(proto: &TensorProto) -> bool {
    let stored = proto.float_data.len()
        + proto.int32_data.len()
        + proto.string_data.len()
        + proto.int64_data.len()
        + proto.double_data.len()
        + proto.uint64_data.len();
    let has_raw = proto.raw_data.as_ref().is_some_and(|raw| !raw.is_empty());
    stored == 0 && !has_raw && decode_shape(proto).is_ok_and(|shape| shape.elements() > 0)
}

/// Whether type and shape are the same. Elements of less than a byte are stored packed, as bytes in one dimension.
fn fits(proto: &TensorProto, stored: &Stored) -> bool {
    let (Ok(stated), Ok(shape)) = (decode_data_type(proto.data_type), decode_shape(proto)) else {
        return false;
    };
    let per_byte = match stated {
        DataType::Int4 | DataType::Uint4 | DataType::Float4E2M1 => 2,
        DataType::Int2 | DataType::Uint2 => 4,
        _ => 1,
    };
    if per_byte > 1 && stored.data_type == Some(DataType::Uint8) {
        return stored.bytes == shape.elements().div_ceil(per_byte) as u64;
    }
    stored.data_type == Some(stated) && stored.dims == shape.dims()
}
