//! Index arithmetic for kernels that walk several tensors at once: one shape, and strides of each tensor along it.

use super::Params;
use crate::tensor::Shape;

/// A shape and the strides of some tensors along it. Neighbouring dimensions that every tensor walks in one step are merged, so that
/// tensors of equal shape become one long row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strided {
    dims: Vec<usize>,
    strides: Vec<Vec<i64>>,
}

impl Strided {
    /// Merges what can be merged. Each of `strides` has one stride for each dimension of `shape`.
    pub fn new(shape: &Shape, strides: &[Vec<i64>]) -> Self {
        let mut merged = Self {
            dims: Vec::new(),
            strides: vec![Vec::new(); strides.len()],
        };
        for (axis, &dim) in shape.dims().iter().enumerate().filter(|&(_, &dim)| dim != 1) {
            let step: Vec<i64> = strides.iter().map(|strides| strides[axis]).collect();
            if merged.continues(dim, &step) {
                if let Some(last) = merged.dims.last_mut() {
                    *last *= dim;
                }
                for (own, step) in merged.strides.iter_mut().zip(step) {
                    own.pop();
                    own.push(step);
                }
            } else {
                merged.dims.push(dim);
                for (own, step) in merged.strides.iter_mut().zip(step) {
                    own.push(step);
                }
            }
        }
        merged
    }

    fn continues(&self, dim: usize, step: &[i64]) -> bool {
        !self.dims.is_empty()
            && self
                .strides
                .iter()
                .zip(step)
                .all(|(own, &step)| own.last() == Some(&(step * dim as i64)))
    }

    /// The dimensions after merging.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The strides of tensor `index` along them.
    pub fn strides(&self, index: usize) -> &[i64] {
        &self.strides[index]
    }

    /// Number of dimensions after merging.
    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// Appends the dimensions and then the strides of each tensor, eight numbers each.
    pub fn append(&self, params: Params) -> Params {
        let params = params.eight(self.dims.iter().map(|&dim| dim as i64), 1);
        self.strides
            .iter()
            .fold(params, |params, strides| params.eight(strides.iter().copied(), 0))
    }
}

/// Strides as signed numbers.
pub fn signed(strides: &[usize]) -> Vec<i64> {
    strides.iter().map(|&stride| stride as i64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shapes_merge_into_one_row() {
        let shape = Shape::new([2, 3, 4]).expect("small");
        let row = signed(&shape.strides());
        let merged = Strided::new(&shape, &[row.clone(), row]);
        assert_eq!(
            merged,
            Strided {
                dims: vec![24],
                strides: vec![vec![1], vec![1]]
            }
        );
    }

    #[test]
    fn a_stretched_dimension_stays_apart() {
        let shape = Shape::new([2, 3, 4]).expect("small");
        let merged = Strided::new(&shape, &[vec![12, 4, 1], vec![0, 4, 1]]);
        assert_eq!(
            merged,
            Strided {
                dims: vec![2, 12],
                strides: vec![vec![12, 1], vec![0, 1]]
            }
        );
    }
}
