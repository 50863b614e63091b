//! Tensors as ONNX stores them: checked dimensions, and elements either raw (little-endian) or in the field of their type.

use thiserror::Error;

use super::proto::{EXTERNAL, TensorProto};
use crate::tensor::{DataType, Element, Shape, Tensor, TensorError};

/// Why a stored tensor cannot be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum TensorProtoError {
    /// A type that the engine does not know.
    #[error("its element type, {0}, is not supported")]
    ElementType(String),
    /// A negative dimension.
    #[error("its dimension {0} is negative")]
    NegativeDim(i64),
    /// The elements are in another file.
    #[error(
        "its elements are external data, which the model's hash does not cover; save the model with its weights inside"
    )]
    External,
    /// The elements do not fill the dimensions.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// Raw bytes of the wrong number.
    #[error("the shape {shape} of {data_type} takes {expected} bytes, but {found} are stored")]
    WrongBytes {
        /// Stated dimensions.
        shape: Shape,
        /// Stated type.
        data_type: DataType,
        /// Bytes for these.
        expected: usize,
        /// Bytes in the file.
        found: usize,
    },
}

/// Decodes `TensorProto.DataType`.
pub fn decode_data_type(code: i32) -> Result<DataType, TensorProtoError> {
    Ok(match code {
        1 => DataType::Float32,
        2 => DataType::Uint8,
        6 => DataType::Int32,
        7 => DataType::Int64,
        9 => DataType::Bool,
        11 => DataType::Float64,
        other => return Err(TensorProtoError::ElementType(data_type_name(other))),
    })
}

fn data_type_name(code: i32) -> String {
    const NAMES: [&str; 24] = [
        "undefined",
        "float32",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "float64",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
        "float8e4m3fn",
        "float8e4m3fnuz",
        "float8e5m2",
        "float8e5m2fnuz",
        "uint4",
        "int4",
        "float4e2m1",
    ];
    match usize::try_from(code).ok().and_then(|code| NAMES.get(code)) {
        Some(name) => (*name).into(),
        None => format!("number {code}"),
    }
}

/// The shape that a tensor states, checked but not yet compared with its elements.
pub fn decode_shape(proto: &TensorProto) -> Result<Shape, TensorProtoError> {
    let dims: Vec<usize> = proto
        .dims
        .iter()
        .map(|&dim| usize::try_from(dim).map_err(|_| TensorProtoError::NegativeDim(dim)))
        .collect::<Result<_, _>>()?;
    Ok(Shape::new(dims)?)
}

/// Decodes a tensor. Memory is taken only for elements that are in the file.
pub fn decode_tensor(proto: &TensorProto) -> Result<Tensor, TensorProtoError> {
    if proto.data_location == EXTERNAL || !proto.external_data.is_empty() {
        return Err(TensorProtoError::External);
    }
    let shape = decode_shape(proto)?;
    match decode_data_type(proto.data_type)? {
        DataType::Float32 => elements(proto, shape, f32::from_le_bytes, |proto| proto.float_data.clone()),
        DataType::Float64 => elements(proto, shape, f64::from_le_bytes, |proto| proto.double_data.clone()),
        DataType::Int32 => elements(proto, shape, i32::from_le_bytes, |proto| proto.int32_data.clone()),
        DataType::Int64 => elements(proto, shape, i64::from_le_bytes, |proto| proto.int64_data.clone()),
        DataType::Uint8 => elements(proto, shape, u8::from_le_bytes, |proto| {
            proto.int32_data.iter().map(|&element| element as u8).collect()
        }),
        DataType::Bool => elements(
            proto,
            shape,
            |[byte]: [u8; 1]| byte != 0,
            |proto| proto.int32_data.iter().map(|&element| element != 0).collect(),
        ),
    }
}

fn elements<T: Element, const N: usize>(
    proto: &TensorProto,
    shape: Shape,
    from_raw: fn([u8; N]) -> T,
    from_field: fn(&TensorProto) -> Vec<T>,
) -> Result<Tensor, TensorProtoError> {
    let Some(raw) = &proto.raw_data else {
        return Ok(Tensor::new(shape, from_field(proto))?);
    };
    let (chunks, rest) = raw.as_chunks::<N>();
    if chunks.len() != shape.elements() || !rest.is_empty() {
        let expected = shape.elements() * N;
        return Err(TensorProtoError::WrongBytes {
            shape,
            data_type: T::TYPE,
            expected,
            found: raw.len(),
        });
    }
    Ok(Tensor::new(
        shape,
        chunks.iter().map(|&chunk| from_raw(chunk)).collect(),
    )?)
}

#[cfg(test)]
mod tests {
    use prost::bytes::Bytes;

    use super::*;

    #[test]
    fn raw_and_typed_elements_read_the_same() {
        let raw = TensorProto {
            dims: vec![2],
            data_type: 1,
            raw_data: Some(Bytes::from_static(&[0, 0, 128, 63, 0, 0, 0, 64])),
            ..TensorProto::default()
        };
        let typed = TensorProto {
            dims: vec![2],
            data_type: 1,
            float_data: vec![1.0, 2.0],
            ..TensorProto::default()
        };
        assert_eq!(decode_tensor(&raw), decode_tensor(&typed));
    }

    #[test]
    fn dimensions_beyond_the_elements_are_refused_without_allocation() {
        let giant = TensorProto {
            dims: vec![1 << 30],
            data_type: 1,
            ..TensorProto::default()
        };
        assert!(matches!(
            decode_tensor(&giant),
            Err(TensorProtoError::Tensor(TensorError::WrongLength { .. }))
        ));
        let overflowing = TensorProto {
            dims: vec![i64::MAX, i64::MAX],
            data_type: 1,
            ..TensorProto::default()
        };
        assert!(matches!(
            decode_tensor(&overflowing),
            Err(TensorProtoError::Tensor(TensorError::TooManyElements(_)))
        ));
        let negative = TensorProto {
            dims: vec![-1],
            data_type: 1,
            ..TensorProto::default()
        };
        assert_eq!(decode_tensor(&negative), Err(TensorProtoError::NegativeDim(-1)));
    }

    #[test]
    fn external_data_is_refused() {
        let external = TensorProto {
            dims: vec![1],
            data_type: 1,
            data_location: 1,
            ..TensorProto::default()
        };
        assert_eq!(decode_tensor(&external), Err(TensorProtoError::External));
    }

    #[test]
    fn an_unknown_type_is_named() {
        let half = TensorProto {
            data_type: 10,
            ..TensorProto::default()
        };
        assert_eq!(
            decode_tensor(&half).expect_err("float16").to_string(),
            "its element type, float16, is not supported"
        );
    }
}
