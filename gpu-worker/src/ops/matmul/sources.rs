//! Products that read their operands where the elements lay before they were rearranged: transposed, split into heads, repeated.

use crate::kernels::element::Walk;
use crate::kernels::matmul::{Product, Steps};
use crate::model::MAX_RANK;
use crate::ops::Operands;
use crate::tensor::Shape;

/// Where the matrices of an operand lie: from one to the next in the batch, and inside of each.
struct Place {
    batch: Walk,
    steps: Steps,
}

impl Product {
    /// Reads the operands where strides lead to them; gives those that are read so. A dimension of the batch may be cut into several
    /// for that: heads of which some share a matrix.
    pub(super) fn read_sources(&mut self, inputs: &Operands) -> Vec<usize> {
        let mut read = Vec::with_capacity(2);
        for index in 0..2 {
            let place = inputs.source_walk(index).and_then(|walk| {
                let dims = inputs.dims(index).ok()?;
                place(walk, dims, &self.batch)
            });
            let taken = place.and_then(|place| self.placed(index, &place));
            if let Some(product) = taken {
                *self = product;
                read.push(index);
            }
        }
        read
    }

    /// The same product with an operand at another place.
    fn placed(&self, index: usize, place: &Place) -> Option<Self> {
        let other = if index == 0 { &self.b_batch } else { &self.a_batch };
        let other = Walk::new(&self.batch, &signed(other), 0);
        let (dims, strides) = Walk::common([&place.batch, &other], self.batch.elements())?;
        let fits = dims.len() as u64 <= MAX_RANK;
        let batch = Shape::new(dims).ok().filter(|_| fits)?;
        let [own, other] = strides.map(positive);
        let (own, other) = (own?, other?);
        let mut product = Self { batch, ..self.clone() };
        if index == 0 {
            (product.a, product.a_batch, product.b_batch) = (place.steps, own, other);
        } else {
            (product.b, product.a_batch, product.b_batch) = (place.steps, other, own);
        }
        Some(product)
    }
}

/// Where the matrices of an operand of `dims` lie that is read by a walk, in a batch to which it broadcasts.
fn place(walk: &Walk, dims: &[usize], batch: &Shape) -> Option<Place> {
    let [leading @ .., rows, columns] = dims else {
        return None;
    };
    let matrices: usize = leading.iter().product();
    // Another walk that tells rows, or else matrices, from what is inside of them has them apart.
    let matrix = Shape::new([matrices, *rows, *columns]).ok()?;
    let apart = if *rows > 1 { [0, 1, 0] } else { [1, 0, 0] };
    let guide = Walk::new(&matrix, &apart, 0);
    let (cut, [strides, _]) = Walk::common([walk, &guide], matrix.elements())?;
    let strides = positive(strides)?;
    let mut inside = cut.iter().zip(&strides).rev().peekable();
    // The matrix's own dimensions must not be cut; one of a single element is no dimension of a walk.
    let mut step = |length: usize| match length {
        1 => Some(0),
        length => inside
            .next()
            .filter(|(dim, _)| **dim == length)
            .map(|(_, &stride)| stride),
    };
    let column = step(*columns)?;
    let row = step(*rows)?;
    let mut left: Vec<(usize, i64)> = inside.map(|(&dim, &stride)| (dim, stride as i64)).collect();
    left.reverse();
    let (cut, strides): (Vec<usize>, Vec<i64>) = left.into_iter().unzip();
    let own = Walk::new(&Shape::new(cut).ok()?, &strides, 0);
    let batch = match matrices == batch.elements() {
        true => own,
        false => broadcast(&own, leading, batch)?,
    };
    let steps = Steps { row, column };
    Some(Place { batch, steps })
}

/// The walk over a batch to which one over `leading` dimensions broadcasts, if it takes one stride along each.
fn broadcast(own: &Walk, leading: &[usize], batch: &Shape) -> Option<Walk> {
    let strides = own.strides(&Shape::new(leading).ok()?)?;
    let missing = batch.rank().checked_sub(leading.len())?;
    let strides: Vec<i64> = std::iter::repeat_n(0, missing).chain(strides).collect();
    Some(Walk::new(batch, &strides, 0))
}

fn signed(strides: &[usize]) -> Vec<i64> {
    strides.iter().map(|&stride| stride as i64).collect()
}

fn positive(strides: Vec<i64>) -> Option<Vec<usize>> {
    strides.into_iter().map(|stride| usize::try_from(stride).ok()).collect()
}
