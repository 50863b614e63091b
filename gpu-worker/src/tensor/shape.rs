//! Shapes: dimensions whose product is checked once.

use std::fmt;

use serde::Serialize;

use super::{MAX_ELEMENTS, TensorError};

/// Dimensions whose product is known to be addressable, so that index arithmetic on them cannot overflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// Checks the product of the dimensions. A zero does not excuse a product that overflows beside it.
    pub fn new(dims: impl Into<Vec<usize>>) -> Result<Self, TensorError> {
        let dims = dims.into();
        let product = dims
            .iter()
            .filter(|&&dim| dim != 0)
            .try_fold(1_usize, |product, &dim| product.checked_mul(dim));
        match product {
            Some(product) if product <= MAX_ELEMENTS => Ok(Self(dims)),
            _ => Err(TensorError::TooManyElements(dims)),
        }
    }

    /// The shape of a scalar.
    pub fn scalar() -> Self {
        Self(Vec::new())
    }

    /// A shape of one dimension; `length` is the length of something that exists.
    pub fn vector(length: usize) -> Result<Self, TensorError> {
        Self::new([length])
    }

    /// The dimensions, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// Elements between neighbours in each dimension, for elements that lie row by row.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self.0[axis].max(1);
        }
        strides
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(formatter, "[{}]", dims.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_overflows_is_refused_even_beside_a_zero() {
        assert!(Shape::new([usize::MAX, 2]).is_err());
        assert!(Shape::new([0, usize::MAX, 2]).is_err());
        assert!(Shape::new([MAX_ELEMENTS + 1]).is_err());
        assert_eq!(Shape::new([0, 7]).expect("small").elements(), 0);
    }

    #[test]
    fn strides_step_over_the_inner_dimensions() {
        assert_eq!(Shape::new([2, 3, 4]).expect("small").strides(), [12, 4, 1]);
        assert_eq!(Shape::scalar().strides(), [0; 0]);
    }
}
