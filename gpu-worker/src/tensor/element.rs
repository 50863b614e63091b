//! The types of elements, and the elements of a tensor as one of them.

use std::fmt;
use std::sync::Arc;

use half::{bf16, f16};
use serde::Serialize;

use super::small::{
    Float4E2M1, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Int2, Int4, Uint2, Uint4,
};

/// An element that is text; cheap to copy.
pub type Text = Arc<str>;

/// The types of elements that the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// IEEE single precision: what the device computes in.
    Float32,
    /// IEEE double precision: host only.
    Float64,
    /// IEEE half precision; on the device a number of single precision that half precision has.
    Float16,
    /// The upper half of single precision; on the device single precision whose lower half is zero.
    Bfloat16,
    /// Signed 8 bits; on the device as single precision.
    Int8,
    /// Signed 16 bits; on the device as single precision.
    Int16,
    /// Signed 32 bits; kernels give them, as words, and the host calculates with them.
    Int32,
    /// Signed 64 bits: labels, shapes and indices; host only.
    Int64,
    /// Unsigned 8 bits; on the device as single precision.
    Uint8,
    /// Unsigned 16 bits; on the device as single precision.
    Uint16,
    /// Unsigned 32 bits: host only.
    Uint32,
    /// Unsigned 64 bits: host only.
    Uint64,
    /// Truth values; one 32-bit word each on the device.
    Bool,
    /// UTF-8 text: host only.
    Text,
    /// Eight bits, four of them exponent, without infinities: weights and quantised data; host only.
    Float8E4M3Fn,
    /// The same with one zero and one NaN.
    Float8E4M3Fnuz,
    /// Eight bits, five of them exponent, with infinities; host only.
    Float8E5M2,
    /// The same with one zero, one NaN and no infinities.
    Float8E5M2Fnuz,
    /// A power of two, the scale of a block; host only.
    Float8E8M0,
    /// Four bits, two of them exponent; host only.
    Float4E2M1,
    /// Signed 4 bits, a byte each; on the device as single precision.
    Int4,
    /// Unsigned 4 bits, a byte each; on the device as single precision.
    Uint4,
    /// Signed 2 bits, a byte each; on the device as single precision.
    Int2,
    /// Unsigned 2 bits, a byte each; on the device as single precision.
    Uint2,
}

impl DataType {
    /// Bytes of one element on the host; of text, those of its reference.
    pub fn size(self) -> usize {
        match self {
            Self::Text => 16,
            Self::Float64 | Self::Int64 | Self::Uint64 => 8,
            Self::Float32 | Self::Int32 | Self::Uint32 => 4,
            Self::Float16 | Self::Bfloat16 | Self::Int16 | Self::Uint16 => 2,
            _ => 1,
        }
    }

    /// Whether kernels calculate in this type; every element is then one 32-bit word.
    pub fn is_on_device(self) -> bool {
        matches!(self, Self::Float32 | Self::Bool)
    }

    /// Whether the device can hold elements of this type, as words of [`DataType::widened`].
    pub fn is_held_on_device(self) -> bool {
        self.widened().is_on_device()
    }

    /// Whether it is an integer of so few bits that single precision holds all of them: a code of quantised data. A kernel that is for
    /// such codes finds them on the device as numbers of single precision.
    pub fn is_code(self) -> bool {
        self.integer_range()
            .is_some_and(|(low, high)| low >= i16::MIN.into() && high <= u16::MAX.into())
    }

    /// Whether elements of this type have words on the device, if only for kernels that are for it. Other operators of such a type, and
    /// shapes, indices and labels among them, stay on the host.
    pub fn has_words(self) -> bool {
        self.is_held_on_device() || self.is_code() || self == Self::Int32
    }

    /// Whether it is half precision, IEEE's or the upper half of single precision.
    pub fn is_half(self) -> bool {
        matches!(self, Self::Float16 | Self::Bfloat16)
    }

    /// The type that operators calculate in for this one on the device: single precision for half precision, which it contains.
    pub fn widened(self) -> Self {
        if self.is_half() { Self::Float32 } else { self }
    }

    /// Whether a number of single precision, or any NaN, is one of this type, so that rounding to it changes nothing.
    pub fn has_number(self, number: f32) -> bool {
        let rounded = match self {
            Self::Float16 => f16::from_f32(number).to_f32(),
            Self::Bfloat16 => bf16::from_f32(number).to_f32(),
            _ => return self == Self::Float32,
        };
        rounded == number || number.is_nan()
    }

    /// Whether it is an integer of any width.
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Int8
                | Self::Int16
                | Self::Int32
                | Self::Int64
                | Self::Uint8
                | Self::Uint16
                | Self::Uint32
                | Self::Uint64
                | Self::Int4
                | Self::Uint4
                | Self::Int2
                | Self::Uint2
        )
    }

    /// Whether it is a floating-point number that operators calculate in.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float16 | Self::Bfloat16 | Self::Float32 | Self::Float64)
    }

    /// Whether it is a floating-point number of eight bits or fewer, which only stores values.
    pub fn is_small_float(self) -> bool {
        matches!(
            self,
            Self::Float8E4M3Fn
                | Self::Float8E4M3Fnuz
                | Self::Float8E5M2
                | Self::Float8E5M2Fnuz
                | Self::Float8E8M0
                | Self::Float4E2M1
        )
    }

    /// The least and the greatest of an integer type.
    pub fn integer_range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Self::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Self::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => (i64::MIN.into(), i64::MAX.into()),
            Self::Uint8 => (0, u8::MAX.into()),
            Self::Uint16 => (0, u16::MAX.into()),
            Self::Uint32 => (0, u32::MAX.into()),
            Self::Uint64 => (0, u64::MAX.into()),
            Self::Int4 => (-8, 7),
            Self::Uint4 => (0, 15),
            Self::Int2 => (-2, 1),
            Self::Uint2 => (0, 3),
            _ => return None,
        })
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Bool => "bool",
            Self::Text => "string",
            Self::Float8E4M3Fn => "float8e4m3fn",
            Self::Float8E4M3Fnuz => "float8e4m3fnuz",
            Self::Float8E5M2 => "float8e5m2",
            Self::Float8E5M2Fnuz => "float8e5m2fnuz",
            Self::Float8E8M0 => "float8e8m0",
            Self::Float4E2M1 => "float4e2m1",
            Self::Int4 => "int4",
            Self::Uint4 => "uint4",
            Self::Int2 => "int2",
            Self::Uint2 => "uint2",
        })
    }
}

/// Elements, row by row.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each variant is the type that it names")]
pub enum TensorData {
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Float16(Vec<f16>),
    Bfloat16(Vec<bf16>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Uint8(Vec<u8>),
    Uint16(Vec<u16>),
    Uint32(Vec<u32>),
    Uint64(Vec<u64>),
    Bool(Vec<bool>),
    Text(Vec<Text>),
    Float8E4M3Fn(Vec<Float8E4M3Fn>),
    Float8E4M3Fnuz(Vec<Float8E4M3Fnuz>),
    Float8E5M2(Vec<Float8E5M2>),
    Float8E5M2Fnuz(Vec<Float8E5M2Fnuz>),
    Float8E8M0(Vec<Float8E8M0>),
    Float4E2M1(Vec<Float4E2M1>),
    Int4(Vec<Int4>),
    Uint4(Vec<Uint4>),
    Int2(Vec<Int2>),
    Uint2(Vec<Uint2>),
}

/// Runs one expression for whichever element type a [`TensorData`] holds.
macro_rules! with_elements {
    ($data:expr, $elements:ident => $body:expr) => {
        match $data {
            $crate::tensor::TensorData::Float32($elements) => $body,
            $crate::tensor::TensorData::Float64($elements) => $body,
            $crate::tensor::TensorData::Float16($elements) => $body,
            $crate::tensor::TensorData::Bfloat16($elements) => $body,
            $crate::tensor::TensorData::Int8($elements) => $body,
            $crate::tensor::TensorData::Int16($elements) => $body,
            $crate::tensor::TensorData::Int32($elements) => $body,
            $crate::tensor::TensorData::Int64($elements) => $body,
            $crate::tensor::TensorData::Uint8($elements) => $body,
            $crate::tensor::TensorData::Uint16($elements) => $body,
            $crate::tensor::TensorData::Uint32($elements) => $body,
            $crate::tensor::TensorData::Uint64($elements) => $body,
            $crate::tensor::TensorData::Bool($elements) => $body,
            $crate::tensor::TensorData::Text($elements) => $body,
            $crate::tensor::TensorData::Float8E4M3Fn($elements) => $body,
            $crate::tensor::TensorData::Float8E4M3Fnuz($elements) => $body,
            $crate::tensor::TensorData::Float8E5M2($elements) => $body,
            $crate::tensor::TensorData::Float8E5M2Fnuz($elements) => $body,
            $crate::tensor::TensorData::Float8E8M0($elements) => $body,
            $crate::tensor::TensorData::Float4E2M1($elements) => $body,
            $crate::tensor::TensorData::Int4($elements) => $body,
            $crate::tensor::TensorData::Uint4($elements) => $body,
            $crate::tensor::TensorData::Int2($elements) => $body,
            $crate::tensor::TensorData::Uint2($elements) => $body,
        }
    };
}
pub(crate) use with_elements;

/// A Rust type that tensors hold.
pub trait Element: Clone + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// Its name among the data types.
    const TYPE: DataType;
    /// Wraps elements of this type.
    fn wrap(elements: Vec<Self>) -> TensorData;
    /// The elements, when they are of this type.
    fn elements(data: &TensorData) -> Option<&[Self]>;
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl Element for $type {
            const TYPE: DataType = DataType::$variant;
            fn wrap(elements: Vec<Self>) -> TensorData {
                TensorData::$variant(elements)
            }
            fn elements(data: &TensorData) -> Option<&[Self]> {
                match data {
                    TensorData::$variant(elements) => Some(elements),
                    _ => None,
                }
            }
        }
    };
}
element!(f32, Float32);
element!(f64, Float64);
element!(f16, Float16);
element!(bf16, Bfloat16);
element!(i8, Int8);
element!(i16, Int16);
element!(i32, Int32);
element!(i64, Int64);
element!(u8, Uint8);
element!(u16, Uint16);
element!(u32, Uint32);
element!(u64, Uint64);
element!(bool, Bool);
element!(Text, Text);
element!(Float8E4M3Fn, Float8E4M3Fn);
element!(Float8E4M3Fnuz, Float8E4M3Fnuz);
element!(Float8E5M2, Float8E5M2);
element!(Float8E5M2Fnuz, Float8E5M2Fnuz);
element!(Float8E8M0, Float8E8M0);
element!(Float4E2M1, Float4E2M1);
element!(Int4, Int4);
element!(Uint4, Uint4);
element!(Int2, Int2);
element!(Uint2, Uint2);
