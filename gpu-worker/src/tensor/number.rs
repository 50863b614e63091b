//! Numbers of every type as the two that hold them all: 64-bit floating point, and integers of 128 bits.
//!
//! Sums, products, quotients and square roots of single precision that are taken in double precision and rounded once are those of
//! single precision; so one host form of an operator is right for every type.

use half::{bf16, f16};

use super::small::{
    Float4E2M1, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Int2, Int4, Overflow, SmallFloat,
    Uint2, Uint4,
};
use super::{DataType, Element, Shape, Tensor, TensorError};

/// Runs one expression for whichever type of numbers or truth values a [`super::TensorData`] holds; text is refused.
macro_rules! with_numbers {
    ($data:expr, $elements:ident => $body:expr) => {
        match $data {
            $crate::tensor::TensorData::Text(_) => {
                Err($crate::tensor::TensorError::NoNumbers($crate::tensor::DataType::Text).into())
            }
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

/// An element that is a number, or a truth value, which counts as one or zero.
pub trait Number: Element + Copy {
    /// As double precision; exact but for 64-bit integers beyond 2^53.
    fn to_float(self) -> f64;
    /// As an integer; fractions are cut off, NaN is 0.
    fn to_integer(self) -> i128;
    /// The nearest number of this type. Of integers of 8 bits and more the nearest within their range, fractions cut off; of narrower
    /// ones the lowest bits.
    fn from_float(value: f64) -> Self;
    /// Of integers the lowest bits, else the nearest number.
    fn from_integer(value: i128) -> Self;
}

macro_rules! integer {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn to_float(self) -> f64 { self as f64 }
            fn to_integer(self) -> i128 { self.into() }
            fn from_float(value: f64) -> Self { value as Self }
            fn from_integer(value: i128) -> Self { value as Self }
        }
    )*};
}
integer!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! float {
    ($type:ty, $to:expr, $from:expr) => {
        impl Number for $type {
            fn to_float(self) -> f64 {
                ($to)(self)
            }
            fn to_integer(self) -> i128 {
                self.to_float() as i128
            }
            fn from_float(value: f64) -> Self {
                ($from)(value)
            }
            fn from_integer(value: i128) -> Self {
                ($from)(value as f64)
            }
        }
    };
}
float!(f32, f64::from, |value: f64| value as f32);
float!(f64, |value| value, |value| value);
float!(f16, f16::to_f64, f16::from_f64);
float!(bf16, bf16::to_f64, bf16::from_f64);
float!(Float8E4M3Fn, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));
float!(Float8E4M3Fnuz, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));
float!(Float8E5M2, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));
float!(Float8E5M2Fnuz, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));
float!(Float8E8M0, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));
float!(Float4E2M1, Self::decode, |value| Self::encode(
    value,
    Overflow::Saturate
));

macro_rules! narrow {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn to_float(self) -> f64 { self.get().into() }
            fn to_integer(self) -> i128 { self.get().into() }
            fn from_float(value: f64) -> Self { Self::wrapped(value as i64) }
            fn from_integer(value: i128) -> Self { Self::wrapped(value as i64) }
        }
    )*};
}
narrow!(Int4, Uint4, Int2, Uint2);

impl Number for bool {
    fn to_float(self) -> f64 {
        self.into()
    }
    fn to_integer(self) -> i128 {
        self.into()
    }
    fn from_float(value: f64) -> Self {
        value != 0.0
    }
    fn from_integer(value: i128) -> Self {
        value != 0
    }
}

/// Reads one element of a tensor by its position, as a type that holds all numbers.
pub type Reader<'a, T> = Box<dyn Fn(usize) -> T + 'a>;

impl Tensor {
    /// Reads elements as double precision. A position beyond the tensor reads as zero.
    pub fn floats(&self) -> Result<Reader<'_, f64>, TensorError> {
        fn of<T: Number>(elements: &[T]) -> Result<Reader<'_, f64>, TensorError> {
            Ok(Box::new(|at| {
                elements.get(at).map_or(0.0, |element| element.to_float())
            }))
        }
        with_numbers!(self.data(), elements => of(elements))
    }

    /// Reads elements as integers. A position beyond the tensor reads as zero.
    pub fn integers(&self) -> Result<Reader<'_, i128>, TensorError> {
        fn of<T: Number>(elements: &[T]) -> Result<Reader<'_, i128>, TensorError> {
            Ok(Box::new(|at| {
                elements.get(at).map_or(0, |element| element.to_integer())
            }))
        }
        with_numbers!(self.data(), elements => of(elements))
    }

    /// All elements as double precision.
    pub fn to_floats(&self) -> Result<Vec<f64>, TensorError> {
        let read = self.floats()?;
        Ok((0..self.shape().elements()).map(read).collect())
    }

    /// A tensor of a type known only at run time, out of numbers that are rounded to it.
    pub fn from_floats(
        data_type: DataType,
        shape: Shape,
        numbers: impl IntoIterator<Item = f64>,
    ) -> Result<Self, TensorError> {
        from(data_type, shape, numbers)
    }

    /// A tensor of a type known only at run time, out of the lowest bits of integers.
    pub fn from_integers(
        data_type: DataType,
        shape: Shape,
        numbers: impl IntoIterator<Item = i128>,
    ) -> Result<Self, TensorError> {
        from(data_type, shape, numbers)
    }
}

/// A wide number.
trait Wide: Copy {
    fn narrow<T: Number>(self) -> T;
}

impl Wide for f64 {
    fn narrow<T: Number>(self) -> T {
        T::from_float(self)
    }
}

impl Wide for i128 {
    fn narrow<T: Number>(self) -> T {
        T::from_integer(self)
    }
}

fn from<W: Wide>(
    data_type: DataType,
    shape: Shape,
    numbers: impl IntoIterator<Item = W>,
) -> Result<Tensor, TensorError> {
    macro_rules! make {
        ($type:ty) => {
            Tensor::new(
                shape,
                numbers
                    .into_iter()
                    .map(|number| number.narrow::<$type>())
                    .collect(),
            )
        };
    }
    match data_type {
        DataType::Text => Err(TensorError::NoNumbers(DataType::Text)),
        DataType::Float32 => make!(f32),
        DataType::Float64 => make!(f64),
        DataType::Float16 => make!(f16),
        DataType::Bfloat16 => make!(bf16),
        DataType::Int8 => make!(i8),
        DataType::Int16 => make!(i16),
        DataType::Int32 => make!(i32),
        DataType::Int64 => make!(i64),
        DataType::Uint8 => make!(u8),
        DataType::Uint16 => make!(u16),
        DataType::Uint32 => make!(u32),
        DataType::Uint64 => make!(u64),
        DataType::Bool => make!(bool),
        DataType::Float8E4M3Fn => make!(Float8E4M3Fn),
        DataType::Float8E4M3Fnuz => make!(Float8E4M3Fnuz),
        DataType::Float8E5M2 => make!(Float8E5M2),
        DataType::Float8E5M2Fnuz => make!(Float8E5M2Fnuz),
        DataType::Float8E8M0 => make!(Float8E8M0),
        DataType::Float4E2M1 => make!(Float4E2M1),
        DataType::Int4 => make!(Int4),
        DataType::Uint4 => make!(Uint4),
        DataType::Int2 => make!(Int2),
        DataType::Uint2 => make!(Uint2),
    }
}
