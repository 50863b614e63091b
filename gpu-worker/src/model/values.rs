//! Values as ONNX stores them in files of their own: tensors, sequences and optionals.

use std::sync::Arc;

use prost::Message;
use prost::bytes::Bytes;
use thiserror::Error;

use super::proto::{OptionalProto, SequenceProto, TensorProto, holds};
use super::tensors::{TensorProtoError, decode_tensor};
use crate::tensor::Value;

/// What a stored value is, where a model does not have to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Structure {
    /// A tensor.
    Tensor,
    /// A sequence.
    Sequence,
    /// An optional.
    Optional,
}

/// Why a stored value cannot be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum StoredValueError {
    /// Not protobuf, or of something else.
    #[error("it is no stored value: {0}")]
    Decode(String),
    /// A tensor that cannot be read.
    #[error(transparent)]
    Tensor(#[from] TensorProtoError),
    /// A map, or a sparse tensor.
    #[error("it holds maps or sparse tensors, which are not supported")]
    Kind,
}

/// Decodes a `TensorProto`, `SequenceProto` or `OptionalProto`, as the model says which.
pub fn decode_value(bytes: Bytes, structure: Structure) -> Result<Value, StoredValueError> {
    let wrong = |error: prost::DecodeError| StoredValueError::Decode(error.to_string());
    match structure {
        Structure::Tensor => tensor(&TensorProto::decode(bytes).map_err(wrong)?),
        Structure::Sequence => sequence(&SequenceProto::decode(bytes).map_err(wrong)?),
        Structure::Optional => optional(&OptionalProto::decode(bytes).map_err(wrong)?),
    }
}

fn tensor(proto: &TensorProto) -> Result<Value, StoredValueError> {
    Ok(Value::Tensor(Arc::new(decode_tensor(proto)?)))
}

fn sequence(proto: &SequenceProto) -> Result<Value, StoredValueError> {
    let elements = match proto.elem_type {
        holds::SEQUENCE => proto.sequence_values.iter().map(sequence).collect::<Result<_, _>>()?,
        holds::OPTIONAL => proto.optional_values.iter().map(optional).collect::<Result<_, _>>()?,
        0 | holds::TENSOR => proto.tensor_values.iter().map(tensor).collect::<Result<_, _>>()?,
        _ => return Err(StoredValueError::Kind),
    };
    Ok(Value::Sequence(elements))
}

fn optional(proto: &OptionalProto) -> Result<Value, StoredValueError> {
    let inner = match proto.elem_type {
        0 => None,
        holds::TENSOR => proto.tensor_value.as_ref().map(tensor).transpose()?,
        holds::SEQUENCE => proto.sequence_value.as_ref().map(sequence).transpose()?,
        holds::OPTIONAL => proto.optional_value.as_deref().map(optional).transpose()?,
        _ => return Err(StoredValueError::Kind),
    };
    Ok(Value::Optional(inner.map(Box::new)))
}
