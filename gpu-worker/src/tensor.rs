//! Tensors on the host: a checked shape and typed elements.

mod element;
mod number;
pub mod safetensors;
mod shape;
mod small;
mod stored;
mod value;
mod widened;

use std::fmt;
use std::sync::Arc;

use prost::bytes::Bytes;
use thiserror::Error;

pub(crate) use self::element::with_elements;
pub use self::element::{DataType, Element, TensorData, Text};
pub use self::number::Number;

use self::stored::Stored;
use self::widened::Widened;

pub use self::shape::Shape;
pub use self::small::{
    Float4E2M1, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Int2, Int4, Overflow, SmallFloat,
    Uint2, Uint4,
};
pub use self::value::{Value, ValueError};

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
    /// The elements are no numbers.
    #[error("{0} elements cannot be calculated with")]
    NoNumbers(DataType),
    /// The elements are of another type.
    #[error("expected elements of type {expected}, found {found}")]
    WrongType {
        /// The type that was asked for.
        expected: DataType,
        /// The type of the tensor.
        found: DataType,
    },
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

/// A shape filled with elements.
#[derive(Debug, Clone)]
pub struct Tensor {
    shape: Shape,
    elements: Elements,
}

/// Where the elements of a tensor are.
#[derive(Debug, Clone)]
enum Elements {
    Decoded(TensorData),
    Stored(Stored),
    Widened(Widened),
}

impl PartialEq for Tensor {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.data() == other.data()
    }
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
            elements: Elements::Decoded(T::wrap(elements)),
        })
    }

    /// Fills `shape` with the little-endian elements of a file, which stay where they are; `None` for types that are decoded at once.
    pub fn stored(shape: Shape, data_type: DataType, bytes: Bytes) -> Result<Option<Self>, TensorError> {
        let found = bytes.len() / data_type.size();
        if found != shape.elements() || !bytes.len().is_multiple_of(data_type.size()) {
            return Err(TensorError::WrongLength { shape, found });
        }
        let stored = Stored::new(data_type, bytes);
        Ok(stored.map(|stored| Self {
            shape,
            elements: Elements::Stored(stored),
        }))
    }

    /// The same of elements that are made when somebody asks for them: bytes of exactly as many as fill `shape`.
    pub fn stored_later(
        shape: Shape,
        data_type: DataType,
        make: impl FnOnce() -> Bytes + Send + Sync + 'static,
    ) -> Option<Self> {
        let elements = Elements::Stored(Stored::later(data_type, make)?);
        Some(Self { shape, elements })
    }

    /// A tensor without dimensions.
    pub fn scalar<T: Element>(element: T) -> Self {
        Self {
            shape: Shape::scalar(),
            elements: Elements::Decoded(T::wrap(vec![element])),
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
        match &self.elements {
            Elements::Decoded(data) => data,
            Elements::Stored(stored) => stored.data(),
            Elements::Widened(widened) => widened.data(),
        }
    }

    /// The elements as little-endian bytes, where they still lie in a file.
    pub fn stored_bytes(&self) -> Option<&Bytes> {
        match &self.elements {
            Elements::Decoded(_) | Elements::Widened(_) => None,
            Elements::Stored(stored) => Some(stored.bytes()),
        }
    }

    /// The type of the elements.
    pub fn data_type(&self) -> DataType {
        fn of<T: Element>(_: &[T]) -> DataType {
            T::TYPE
        }
        match &self.elements {
            Elements::Decoded(data) => with_elements!(data, elements => of(elements)),
            Elements::Stored(stored) => stored.data_type(),
            Elements::Widened(_) => DataType::Float32,
        }
    }

    /// Type and shape together.
    pub fn tensor_type(&self) -> TensorType {
        TensorType::new(self.data_type(), self.shape.clone())
    }

    /// The elements as `T`, or what they are instead.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], TensorError> {
        T::elements(self.data()).ok_or(TensorError::WrongType {
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
            elements: self.elements.clone(),
        })
    }

    /// The same elements in another shape of as many, without a copy.
    pub fn with_shape(self, shape: Shape) -> Result<Self, TensorError> {
        if shape.elements() != self.shape.elements() {
            return Err(TensorError::WrongLength {
                shape,
                found: self.shape.elements(),
            });
        }
        Ok(Self {
            shape,
            elements: self.elements,
        })
    }

    /// Some of its rows, along the first dimension, which share memory with a file as the whole does; `None` where there are fewer.
    pub fn rows(&self, first: usize, count: usize) -> Option<Self> {
        fn of<T: Element>(elements: &[T], from: usize, to: usize) -> Option<Elements> {
            Some(Elements::Decoded(T::wrap(elements.get(from..to)?.to_vec())))
        }
        let mut dims = self.shape.dims().to_vec();
        let row: usize = dims.get(1..)?.iter().product();
        dims[0] = count;
        let (from, to) = (first.checked_mul(row)?, first.checked_add(count)?.checked_mul(row)?);
        let elements = match &self.elements {
            Elements::Decoded(data) => with_elements!(data, elements => of(elements, from, to))?,
            Elements::Stored(stored) => Elements::Stored(stored.slice(from, to)?),
            Elements::Widened(widened) => {
                // In its own shape, which may be another than that of what is widened.
                let narrow = widened.narrow().reshaped(self.shape.clone()).ok()?;
                return Some(Self::widened(&Arc::new(narrow.rows(first, count)?)));
            }
        };
        let shape = Shape::new(dims).ok()?;
        Some(Self { shape, elements })
    }

    /// Integers of either width as 64 bits; `None` for other types.
    pub fn to_integers(&self) -> Option<Vec<i64>> {
        match self.data() {
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
    fn rows_are_those_that_are_there() {
        let tensor = Tensor::new(Shape::new([3, 2]).expect("small"), vec![0_i64, 1, 2, 3, 4, 5]).expect("six");
        let rows = tensor.rows(1, 2).expect("within");
        assert_eq!(
            (rows.shape().dims(), rows.as_slice::<i64>()),
            (&[2, 2][..], Ok(&[2, 3, 4, 5][..]))
        );
        assert!(tensor.rows(2, 2).is_none() && tensor.rows(usize::MAX, 2).is_none());
        assert!(Tensor::scalar(1.0_f32).rows(0, 1).is_none());
    }

    #[test]
    fn a_tensor_is_read_only_as_what_it_is() {
        let tensor = Tensor::scalar(3_i64);
        assert_eq!(tensor.as_slice::<i64>(), Ok(&[3_i64][..]));
        assert!(tensor.as_slice::<f32>().is_err());
    }
}
