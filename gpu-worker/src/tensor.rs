//! Tensors on the host: a checked shape and typed elements.

mod shape;

use std::fmt;

use serde::Serialize;
use thiserror::Error;

pub use self::shape::Shape;

/// Elements of one tensor that the engine can address: device indices are 32 bits wide and offsets must stay positive.
pub const MAX_ELEMENTS: usize = i32::MAX as usize;

/// Why a tensor or a shape cannot be.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum TensorError {
    /// The product of the dimensions is beyond what can be addressed.
    #[error("the shape {0:?} has more than {MAX_ELEMENTS} elements")]
    TooManyElements(Vec<usize>),
    /// The elements do not fill the shape.
    #[error("the shape {shape} needs {} elements, but {found} were given", shape.elements())]
    WrongLength {
        /// The shape that was asked for.
        shape: Shape,
        /// Elements that were given.
        found: usize,
    },
    /// The elements are of another type.
    #[error("expected elements of type {expected}, found {found}")]
    WrongType {
        /// The type that was asked for.
        expected: DataType,
        /// The type of the tensor.
        found: DataType,
    },
}

/// The types of elements that the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// IEEE single precision: what the device computes in.
    Float32,
    /// IEEE double precision: host only.
    Float64,
    /// Signed 32 bits: host only.
    Int32,
    /// Signed 64 bits: labels, shapes and indices; host only.
    Int64,
    /// Unsigned 8 bits: host only.
    Uint8,
    /// Truth values; one 32-bit word each on the device.
    Bool,
}

impl DataType {
    /// Bytes of one element on the host.
    pub fn size(self) -> usize {
        match self {
            Self::Float32 | Self::Int32 => 4,
            Self::Float64 | Self::Int64 => 8,
            Self::Uint8 | Self::Bool => 1,
        }
    }

    /// Whether kernels can hold this type; every element is then one 32-bit word.
    pub fn is_on_device(self) -> bool {
        matches!(self, Self::Float32 | Self::Bool)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Bool => "bool",
        })
    }
}

/// What is known of a tensor before its elements are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// Type of the elements.
    pub data_type: DataType,
    /// Dimensions.
    pub shape: Shape,
}

impl TensorType {
    /// A type of `data_type` elements in `shape`.
    pub fn new(data_type: DataType, shape: Shape) -> Self {
        Self { data_type, shape }
    }

    /// Bytes on the host.
    pub fn bytes(&self) -> usize {
        self.shape.elements().saturating_mul(self.data_type.size())
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.data_type, self.shape)
    }
}

/// Elements, row by row.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each variant is the type that it names")]
pub enum TensorData {
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Uint8(Vec<u8>),
    Bool(Vec<bool>),
}

/// Runs one expression for whichever element type a [`TensorData`] holds.
macro_rules! with_elements {
    ($data:expr, $elements:ident => $body:expr) => {
        match $data {
            $crate::tensor::TensorData::Float32($elements) => $body,
            $crate::tensor::TensorData::Float64($elements) => $body,
            $crate::tensor::TensorData::Int32($elements) => $body,
            $crate::tensor::TensorData::Int64($elements) => $body,
            $crate::tensor::TensorData::Uint8($elements) => $body,
            $crate::tensor::TensorData::Bool($elements) => $body,
        }
    };
}
pub(crate) use with_elements;

/// A Rust type that tensors hold.
pub trait Element: Copy + Default + PartialEq + Send + Sync + 'static {
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
element!(i32, Int32);
element!(i64, Int64);
element!(u8, Uint8);
element!(bool, Bool);

/// A shape filled with elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Shape,
    data: TensorData,
}

impl Tensor {
    /// Fills `shape` with `elements`, which must be as many as it holds.
    pub fn new<T: Element>(shape: Shape, elements: Vec<T>) -> Result<Self, TensorError> {
        if elements.len() != shape.elements() {
            return Err(TensorError::WrongLength {
                shape,
                found: elements.len(),
            });
        }
        Ok(Self {
            shape,
            data: T::wrap(elements),
        })
    }

    /// A tensor without dimensions.
    pub fn scalar<T: Element>(element: T) -> Self {
        Self {
            shape: Shape::scalar(),
            data: T::wrap(vec![element]),
        }
    }

    /// A tensor of one dimension.
    pub fn vector<T: Element>(elements: Vec<T>) -> Result<Self, TensorError> {
        Self::new(Shape::vector(elements.len())?, elements)
    }

    /// The dimensions.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements.
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// The type of the elements.
    pub fn data_type(&self) -> DataType {
        fn of<T: Element>(_: &[T]) -> DataType {
            T::TYPE
        }
        with_elements!(&self.data, elements => of(elements))
    }

    /// Type and shape together.
    pub fn tensor_type(&self) -> TensorType {
        TensorType::new(self.data_type(), self.shape.clone())
    }

    /// The elements as `T`, or what they are instead.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], TensorError> {
        T::elements(&self.data).ok_or(TensorError::WrongType {
            expected: T::TYPE,
            found: self.data_type(),
        })
    }

    /// The same elements in another shape of as many.
    pub fn reshaped(&self, shape: Shape) -> Result<Self, TensorError> {
        if shape.elements() != self.shape.elements() {
            return Err(TensorError::WrongLength {
                shape,
                found: self.shape.elements(),
            });
        }
        Ok(Self {
            shape,
            data: self.data.clone(),
        })
    }

    /// Integers of either width as 64 bits; `None` for other types.
    pub fn to_integers(&self) -> Option<Vec<i64>> {
        match &self.data {
            TensorData::Int64(elements) => Some(elements.clone()),
            TensorData::Int32(elements) => Some(elements.iter().map(|&element| element.into()).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_must_fill_the_shape() {
        let shape = Shape::new([2, 2]).expect("small");
        let refused = Tensor::new(shape, vec![1.0_f32; 3]).expect_err("one is missing");
        assert_eq!(
            refused.to_string(),
            "the shape [2, 2] needs 4 elements, but 3 were given"
        );
    }

    #[test]
    fn a_tensor_is_read_only_as_what_it_is() {
        let tensor = Tensor::scalar(3_i64);
        assert_eq!(tensor.as_slice::<i64>(), Ok(&[3_i64][..]));
        assert!(tensor.as_slice::<f32>().is_err());
    }
}
