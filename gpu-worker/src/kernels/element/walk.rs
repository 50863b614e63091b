//! Where a tensor is read for each element of an output.

mod after;

use crate::kernels::Strided;
use crate::tensor::Shape;

/// One dimension of a walk: index `at / inner % dim` takes `stride` elements a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// Elements of the output between two steps.
    pub inner: usize,
    /// Steps before it begins again; none where it never does.
    pub dim: Option<usize>,
    /// Elements of the tensor between two steps.
    pub stride: i64,
}

/// For the element of an output at its flat index `at`: the element of a tensor at `offset` and the sum of the terms. Equal walks over
/// outputs of equal size are equal, whatever dimensions they were made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Walk {
    /// First element; before the tensor where the walk is not read until it is inside.
    pub offset: i64,
    /// Dimensions along which it moves, the outermost first.
    pub terms: Vec<Term>,
}

impl Walk {
    /// Over an output of `shape`, with a stride of the tensor for each dimension.
    pub fn new(shape: &Shape, strides: &[i64], offset: usize) -> Self {
        let strided = Strided::new(shape, &[strides.to_vec()]);
        let dims = strided.dims();
        let mut inner: usize = dims.iter().product();
        let mut terms = Vec::new();
        for (index, (&dim, &stride)) in dims.iter().zip(strided.strides(0)).enumerate() {
            inner = inner.checked_div(dim).unwrap_or(0);
            if stride != 0 {
                terms.push(Term {
                    inner,
                    dim: (index > 0).then_some(dim),
                    stride,
                });
            }
        }
        let offset = offset as i64;
        Self { offset, terms }
    }

    /// The stride for each dimension of `shape`, if the walk over it takes one.
    pub fn strides(&self, shape: &Shape) -> Option<Vec<i64>> {
        let first = self.at(0);
        let steps = shape.strides().into_iter().zip(shape.dims());
        let strides: Vec<i64> = steps
            .map(|(step, &dim)| if dim == 1 { 0 } else { self.at(step) - first })
            .collect();
        let offset = usize::try_from(self.offset).ok()?;
        (Self::new(shape, &strides, offset) == *self).then_some(strides)
    }

    /// Which element is read for the one at flat index `at`.
    pub fn at(&self, at: usize) -> i64 {
        let along = |term: &Term| {
            let index = at.checked_div(term.inner).unwrap_or(0);
            let index = term.dim.map_or(index, |dim| index.checked_rem(dim).unwrap_or(0));
            index as i64 * term.stride
        };
        self.offset + self.terms.iter().map(along).sum::<i64>()
    }

    /// Each element at its own place.
    pub fn straight(count: usize) -> Self {
        let terms = match count {
            0 | 1 => Vec::new(),
            _ => vec![Term {
                inner: 1,
                dim: None,
                stride: 1,
            }],
        };
        Self { offset: 0, terms }
    }

    /// One element for each of the output's rows of `length`.
    pub fn of_rows(rows: usize, length: usize) -> Self {
        let dims = Shape::new([rows, length]);
        dims.map_or_else(|_| Self::straight(0), |dims| Self::new(&dims, &[1, 0], 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(dims: &[usize], strides: &[i64]) -> Walk {
        Walk::new(&Shape::new(dims).expect("small"), strides, 0)
    }

    #[test]
    fn a_whole_tensor_is_walked_straight_whatever_its_dimensions() {
        assert_eq!(walk(&[2, 1, 3], &[3, 3, 1]), Walk::straight(6));
        assert_eq!(walk(&[1, 1], &[0, 0]), Walk::straight(1));
        assert_ne!(walk(&[2, 3], &[1, 2]), Walk::straight(6));
    }

    #[test]
    fn strides_are_told_for_any_shape_that_has_them() {
        let shape = |dims: &[usize]| Shape::new(dims).expect("small");
        // A transposition of [2, 3, 4], seen as it is, with a dimension of one, and with two dimensions as one.
        let turned = walk(&[2, 4, 3], &[12, 1, 4]);
        assert_eq!(turned.strides(&shape(&[2, 4, 3])), Some(vec![12, 1, 4]));
        assert_eq!(turned.strides(&shape(&[2, 1, 4, 3])), Some(vec![12, 0, 1, 4]));
        assert_eq!(turned.strides(&shape(&[2, 2, 2, 3])), Some(vec![12, 2, 1, 4]));
        assert_eq!(turned.strides(&shape(&[2, 12])), None);
        assert_eq!(turned.strides(&shape(&[8, 3])), None);
    }

    #[test]
    fn one_element_a_row_takes_no_remainder() {
        let terms = Walk::of_rows(4, 5).terms;
        let expected = Term {
            inner: 5,
            dim: None,
            stride: 1,
        };
        assert_eq!(terms, [expected]);
    }
}
