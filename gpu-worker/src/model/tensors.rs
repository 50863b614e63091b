//! Tensors as ONNX stores them: checked dimensions, and elements either raw (little-endian) or in the field of their type.

use thiserror::Error;

use half::{bf16, f16};
use prost::bytes::Bytes;

use super::proto::{EXTERNAL, TensorProto};
use crate::tensor::{
    DataType, Element, Float4E2M1, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Int2, Int4,
    Shape, Tensor, TensorError, Text, Uint2, Uint4,
};

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
    /// A text that is none.
    #[error("its text is not UTF-8")]
    NotText,
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

/// The types by their numbers in `TensorProto.DataType`; `None` for those that the engine does not know.
const TYPES: [Option<DataType>; 27] = [
    None,
    Some(DataType::Float32),
    Some(DataType::Uint8),
    Some(DataType::Int8),
    Some(DataType::Uint16),
    Some(DataType::Int16),
    Some(DataType::Int32),
    Some(DataType::Int64),
    Some(DataType::Text),
    Some(DataType::Bool),
    Some(DataType::Float16),
    Some(DataType::Float64),
    Some(DataType::Uint32),
    Some(DataType::Uint64),
    None,
    None,
    Some(DataType::Bfloat16),
    Some(DataType::Float8E4M3Fn),
    Some(DataType::Float8E4M3Fnuz),
    Some(DataType::Float8E5M2),
    Some(DataType::Float8E5M2Fnuz),
    Some(DataType::Uint4),
    Some(DataType::Int4),
    Some(DataType::Float4E2M1),
    Some(DataType::Float8E8M0),
    Some(DataType::Uint2),
    Some(DataType::Int2),
];

/// Bytes from which on a tensor's elements stay in the memory of their file. Smaller ones are for the host as often as for the device.
const STAYS: usize = 4096;

/// Decodes `TensorProto.DataType`.
pub fn decode_data_type(code: i32) -> Result<DataType, TensorProtoError> {
    let known = usize::try_from(code)
        .ok()
        .and_then(|code| TYPES.get(code).copied().flatten());
    known.ok_or_else(|| {
        TensorProtoError::ElementType(match code {
            0 => "undefined".into(),
            14 => "complex64".into(),
            15 => "complex128".into(),
            other => format!("number {other}"),
        })
    })
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
    take_tensor(proto.clone())
}

/// The same without a copy of elements that lie in the field of their type.
pub fn take_tensor(mut proto: TensorProto) -> Result<Tensor, TensorProtoError> {
    let proto = &mut proto;
    if proto.data_location == EXTERNAL || !proto.external_data.is_empty() {
        return Err(TensorProtoError::External);
    }
    let shape = decode_shape(proto)?;
    match decode_data_type(proto.data_type)? {
        DataType::Float32 => elements(proto, shape, f32::from_le_bytes, |p| std::mem::take(&mut p.float_data)),
        DataType::Float64 => elements(proto, shape, f64::from_le_bytes, |p| std::mem::take(&mut p.double_data)),
        DataType::Float16 => elements(proto, shape, f16::from_le_bytes, |p| {
            map(&p.int32_data, |v| f16::from_bits(v as u16))
        }),
        DataType::Bfloat16 => elements(proto, shape, bf16::from_le_bytes, |p| {
            map(&p.int32_data, |v| bf16::from_bits(v as u16))
        }),
        DataType::Int8 => elements(proto, shape, i8::from_le_bytes, |p| map(&p.int32_data, |v| v as i8)),
        DataType::Int16 => elements(proto, shape, i16::from_le_bytes, |p| map(&p.int32_data, |v| v as i16)),
        DataType::Int32 => elements(proto, shape, i32::from_le_bytes, |p| std::mem::take(&mut p.int32_data)),
        DataType::Int64 => elements(proto, shape, i64::from_le_bytes, |p| std::mem::take(&mut p.int64_data)),
        DataType::Uint8 => elements(proto, shape, u8::from_le_bytes, |p| map(&p.int32_data, |v| v as u8)),
        DataType::Uint16 => elements(proto, shape, u16::from_le_bytes, |p| map(&p.int32_data, |v| v as u16)),
        DataType::Uint32 => elements(proto, shape, u32::from_le_bytes, |p| map(&p.uint64_data, |v| v as u32)),
        DataType::Uint64 => elements(proto, shape, u64::from_le_bytes, |p| std::mem::take(&mut p.uint64_data)),
        DataType::Bool => elements(
            proto,
            shape,
            |[byte]: [u8; 1]| byte != 0,
            |p| map(&p.int32_data, |v| v != 0),
        ),
        DataType::Text => texts(proto, shape),
        DataType::Float8E4M3Fn => bytes(proto, shape, Float8E4M3Fn),
        DataType::Float8E4M3Fnuz => bytes(proto, shape, Float8E4M3Fnuz),
        DataType::Float8E5M2 => bytes(proto, shape, Float8E5M2),
        DataType::Float8E5M2Fnuz => bytes(proto, shape, Float8E5M2Fnuz),
        DataType::Float8E8M0 => bytes(proto, shape, Float8E8M0),
        DataType::Float4E2M1 => packed(proto, shape, 4, Float4E2M1),
        DataType::Int4 => packed(proto, shape, 4, |bits| Int4::wrapped(bits.into())),
        DataType::Uint4 => packed(proto, shape, 4, |bits| Uint4::wrapped(bits.into())),
        DataType::Int2 => packed(proto, shape, 2, |bits| Int2::wrapped(bits.into())),
        DataType::Uint2 => packed(proto, shape, 2, |bits| Uint2::wrapped(bits.into())),
    }
}

/// Decodes elements as they lie in a file: little-endian, those of less than a byte packed.
pub fn decode_raw(data_type: DataType, shape: &Shape, raw: Bytes) -> Result<Tensor, TensorProtoError> {
    let code = TYPES.iter().position(|known| *known == Some(data_type)).unwrap_or(0);
    take_tensor(TensorProto {
        dims: shape.dims().iter().map(|&dim| dim as i64).collect(),
        data_type: code as i32,
        raw_data: Some(raw),
        ..TensorProto::default()
    })
}

fn map<A: Copy, B>(stored: &[A], convert: fn(A) -> B) -> Vec<B> {
    stored.iter().map(|&element| convert(element)).collect()
}

/// Elements of one byte each.
fn bytes<T: Element>(proto: &TensorProto, shape: Shape, wrap: fn(u8) -> T) -> Result<Tensor, TensorProtoError> {
    let from_field = || Tensor::new(shape.clone(), proto.int32_data.iter().map(|&v| wrap(v as u8)).collect());
    match &proto.raw_data {
        None => Ok(from_field()?),
        Some(raw) if raw.len() == shape.elements() => {
            Ok(Tensor::new(shape, raw.iter().map(|&byte| wrap(byte)).collect())?)
        }
        Some(raw) => Err(wrong_bytes::<T>(shape.elements(), shape, raw.len())),
    }
}

/// Elements of less than a byte, the first in the lowest bits.
fn packed<T: Element>(
    proto: &TensorProto,
    shape: Shape,
    bits: usize,
    wrap: fn(u8) -> T,
) -> Result<Tensor, TensorProtoError> {
    let stored: Vec<u8> = match &proto.raw_data {
        Some(raw) => raw.to_vec(),
        None => proto.int32_data.iter().map(|&v| v as u8).collect(),
    };
    let each = 8 / bits;
    let count = shape.elements();
    if stored.len() != count.div_ceil(each) {
        return Err(wrong_bytes::<T>(count.div_ceil(each), shape, stored.len()));
    }
    let mask = (1_u8 << bits) - 1;
    let unpack = |byte: u8| (0..each).map(move |at| wrap(byte >> (at * bits) & mask));
    Ok(Tensor::new(
        shape,
        stored.into_iter().flat_map(unpack).take(count).collect(),
    )?)
}

fn texts(proto: &TensorProto, shape: Shape) -> Result<Tensor, TensorProtoError> {
    let text = |bytes: &prost::bytes::Bytes| {
        std::str::from_utf8(bytes)
            .map(Text::from)
            .map_err(|_| TensorProtoError::NotText)
    };
    let texts = proto.string_data.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    Ok(Tensor::new(shape, texts)?)
}

fn wrong_bytes<T: Element>(expected: usize, shape: Shape, found: usize) -> TensorProtoError {
    TensorProtoError::WrongBytes {
        shape,
        data_type: T::TYPE,
        expected,
        found,
    }
}

fn elements<T: Element, const N: usize>(
    proto: &mut TensorProto,
    shape: Shape,
    from_raw: fn([u8; N]) -> T,
    from_field: fn(&mut TensorProto) -> Vec<T>,
) -> Result<Tensor, TensorProtoError> {
    let Some(raw) = &proto.raw_data else {
        return Ok(Tensor::new(shape, from_field(proto))?);
    };
    let (chunks, rest) = raw.as_chunks::<N>();
    if chunks.len() != shape.elements() || !rest.is_empty() {
        return Err(wrong_bytes::<T>(shape.elements() * N, shape, raw.len()));
    }
    if raw.len() >= STAYS
        && let Some(stored) = Tensor::stored(shape.clone(), T::TYPE, raw.clone())?
    {
        return Ok(stored);
    }
    Ok(Tensor::new(
        shape,
        chunks.iter().map(|&chunk| from_raw(chunk)).collect(),
    )?)
}

#[cfg(test)]
mod tests {
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
        let complex = TensorProto {
            data_type: 14,
            ..TensorProto::default()
        };
        assert_eq!(
            decode_tensor(&complex).expect_err("complex64").to_string(),
            "its element type, complex64, is not supported"
        );
    }
}
