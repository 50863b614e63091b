//! BitCast: the bits of elements as elements of another type of the same width.

use half::{bf16, f16};

use super::host_op::host_op;
use super::{OpError, Operator, Spec};
use crate::model::decode_data_type;
use crate::tensor::{
    DataType, Element, Float4E2M1, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Int2, Int4,
    Tensor, TensorData, TensorType, Uint2, Uint4,
};

/// Bits of one element as ONNX counts them.
fn width(data_type: DataType) -> Option<usize> {
    match data_type {
        DataType::Text => None,
        DataType::Int2 | DataType::Uint2 => Some(2),
        DataType::Int4 | DataType::Uint4 | DataType::Float4E2M1 => Some(4),
        other => Some(8 * other.size()),
    }
}

/// Builds BitCast.
pub fn bit_cast(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let to = spec
        .attributes
        .int("to")?
        .ok_or_else(|| OpError::invalid("attribute 'to' is missing"))?;
    let to = decode_data_type(i32::try_from(to).unwrap_or(-1));
    let to = to.map_err(|error| OpError::unsupported(format!("the target: {error}")))?;
    host_op(
        spec.kind,
        move |inputs| {
            let input = inputs.get(0)?.tensor_type;
            if width(to).is_none() || width(to) != width(input.data_type) {
                return Err(OpError::unsupported(format!("the bits of {} as {to}", input.data_type)));
            }
            Ok(vec![TensorType::new(to, input.shape.clone())])
        },
        move |inputs| {
            let input = inputs.get(0)?;
            Ok(vec![from_bits(to, input, to_bits(input)?)?])
        },
    )
}

fn to_bits(tensor: &Tensor) -> Result<Vec<u64>, OpError> {
    Ok(match tensor.data() {
        TensorData::Float32(all) => all.iter().map(|v| v.to_bits().into()).collect(),
        TensorData::Float64(all) => all.iter().map(|v| v.to_bits()).collect(),
        TensorData::Float16(all) => all.iter().map(|v| v.to_bits().into()).collect(),
        TensorData::Bfloat16(all) => all.iter().map(|v| v.to_bits().into()).collect(),
        TensorData::Float8E4M3Fn(all) => all.iter().map(|v| v.0.into()).collect(),
        TensorData::Float8E4M3Fnuz(all) => all.iter().map(|v| v.0.into()).collect(),
        TensorData::Float8E5M2(all) => all.iter().map(|v| v.0.into()).collect(),
        TensorData::Float8E5M2Fnuz(all) => all.iter().map(|v| v.0.into()).collect(),
        TensorData::Float8E8M0(all) => all.iter().map(|v| v.0.into()).collect(),
        TensorData::Float4E2M1(all) => all.iter().map(|v| v.0.into()).collect(),
        _ => {
            let read = tensor.integers()?;
            (0..tensor.shape().elements()).map(|at| read(at) as u64).collect()
        }
    })
}

fn from_bits(to: DataType, like: &Tensor, bits: Vec<u64>) -> Result<Tensor, OpError> {
    fn make<T: Element>(like: &Tensor, bits: Vec<u64>, element: fn(u64) -> T) -> Result<Tensor, OpError> {
        Ok(Tensor::new(
            like.shape().clone(),
            bits.into_iter().map(element).collect(),
        )?)
    }
    match to {
        DataType::Float32 => make(like, bits, |v| f32::from_bits(v as u32)),
        DataType::Float64 => make(like, bits, f64::from_bits),
        DataType::Float16 => make(like, bits, |v| f16::from_bits(v as u16)),
        DataType::Bfloat16 => make(like, bits, |v| bf16::from_bits(v as u16)),
        DataType::Int8 => make(like, bits, |v| v as i8),
        DataType::Int16 => make(like, bits, |v| v as i16),
        DataType::Int32 => make(like, bits, |v| v as i32),
        DataType::Int64 => make(like, bits, |v| v as i64),
        DataType::Uint8 => make(like, bits, |v| v as u8),
        DataType::Uint16 => make(like, bits, |v| v as u16),
        DataType::Uint32 => make(like, bits, |v| v as u32),
        DataType::Uint64 => make(like, bits, |v| v),
        DataType::Bool => make(like, bits, |v| v & 0xff != 0),
        DataType::Float8E4M3Fn => make(like, bits, |v| Float8E4M3Fn(v as u8)),
        DataType::Float8E4M3Fnuz => make(like, bits, |v| Float8E4M3Fnuz(v as u8)),
        DataType::Float8E5M2 => make(like, bits, |v| Float8E5M2(v as u8)),
        DataType::Float8E5M2Fnuz => make(like, bits, |v| Float8E5M2Fnuz(v as u8)),
        DataType::Float8E8M0 => make(like, bits, |v| Float8E8M0(v as u8)),
        DataType::Float4E2M1 => make(like, bits, |v| Float4E2M1(v as u8 & 15)),
        DataType::Int4 => make(like, bits, |v| Int4::wrapped(v as i64)),
        DataType::Uint4 => make(like, bits, |v| Uint4::wrapped(v as i64)),
        DataType::Int2 => make(like, bits, |v| Int2::wrapped(v as i64)),
        DataType::Uint2 => make(like, bits, |v| Uint2::wrapped(v as i64)),
        DataType::Text => Err(OpError::unsupported("text has no bits of a fixed width")),
    }
}
