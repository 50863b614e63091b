//! Walks of walks: what is read through a rearrangement, as a walk over what that is a rearrangement of.

use super::{Term, Walk};
use crate::tensor::Shape;

/// A part of a flat index: `at / inner % extent` moves by `stride` a step.
#[derive(Debug, Clone, Copy)]
struct Digit {
    inner: usize,
    extent: usize,
    stride: i64,
}

impl Walk {
    /// Where this walk leads from the elements that `first` leads to, of an output of `count` elements; this one is over a tensor of
    /// `between`. `None` where no walk leads there, or not one that this finds.
    pub fn after(&self, first: &Walk, count: usize, between: usize) -> Option<Walk> {
        if *self == Self::straight(between) {
            return Some(first.clone());
        }
        if count == 0 || between == 0 {
            return None;
        }
        let start = usize::try_from(first.offset).ok().filter(|&start| start < between)?;
        let digits = self.digits(between)?;
        // How far each digit may still go without a carry to the next one.
        let mut room = Vec::with_capacity(digits.len());
        for digit in &digits {
            room.push(digit.extent - 1 - start / digit.inner % digit.extent);
        }
        let mut pieces = Vec::new();
        for term in first.digits(count)?.into_iter().filter(|term| term.stride != 0) {
            let Digit {
                mut inner, mut extent, ..
            } = term;
            let mut step = usize::try_from(term.stride).ok()?;
            while extent > 1 {
                let at = digits.iter().position(|digit| step / digit.inner < digit.extent)?;
                let digit = digits[at];
                if !step.is_multiple_of(digit.inner) {
                    return None;
                }
                let along = step / digit.inner;
                let length = if (extent - 1).checked_mul(along)? <= room[at] {
                    extent
                } else {
                    // As many steps as lead through the whole digit; the next one is a step of the next digit.
                    let through = digit.extent.is_multiple_of(along).then_some(digit.extent / along)?;
                    extent.is_multiple_of(through).then_some(through)?
                };
                room[at] = room[at].checked_sub((length - 1) * along)?;
                pieces.push(Digit {
                    inner,
                    extent: length,
                    stride: along as i64 * digit.stride,
                });
                (inner, extent, step) = (inner * length, extent / length, step * length);
            }
        }
        Self::of_digits(pieces, count, self.at(start))
    }

    /// The digits of the flat index of an output of `count` elements, the innermost first; without those of one element.
    fn digits(&self, count: usize) -> Option<Vec<Digit>> {
        let mut digits = Vec::with_capacity(2 * self.terms.len() + 1);
        let mut covered = 1;
        for term in self.terms.iter().rev() {
            let Term { inner, dim, stride } = *term;
            push(&mut digits, &mut covered, inner, 0)?;
            let end = dim.map_or(Some(count), |dim| inner.checked_mul(dim))?;
            push(&mut digits, &mut covered, end, stride)?;
        }
        push(&mut digits, &mut covered, count, 0)?;
        Some(digits)
    }

    fn of_digits(mut pieces: Vec<Digit>, count: usize, offset: i64) -> Option<Self> {
        pieces.sort_unstable_by_key(|piece| piece.inner);
        let mut digits = Vec::with_capacity(2 * pieces.len() + 1);
        let mut covered = 1;
        for piece in pieces {
            push(&mut digits, &mut covered, piece.inner, 0)?;
            push(&mut digits, &mut covered, piece.inner * piece.extent, piece.stride)?;
        }
        push(&mut digits, &mut covered, count, 0)?;
        let dims: Vec<usize> = digits.iter().rev().map(|digit| digit.extent).collect();
        let strides: Vec<i64> = digits.iter().rev().map(|digit| digit.stride).collect();
        let walk = Self::new(&Shape::new(dims).ok()?, &strides, 0);
        Some(Self { offset, ..walk })
    }
}

/// Adds the digit from what is covered to `end`, if that is a whole number of steps.
fn push(digits: &mut Vec<Digit>, covered: &mut usize, end: usize, stride: i64) -> Option<()> {
    if end == 0 || !end.is_multiple_of(*covered) {
        return None;
    }
    let (inner, extent) = (*covered, end / *covered);
    if extent > 1 {
        digits.push(Digit { inner, extent, stride });
    }
    *covered = end;
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn walk(dims: &[usize], strides: &[i64], offset: usize) -> Walk {
        Walk::new(&Shape::new(dims).expect("small"), strides, offset)
    }

    /// Asserts that the walk of both leads where one leads after the other.
    fn follows(second: &Walk, first: &Walk, count: usize, between: usize) -> Walk {
        let both = second.after(first, count, between).expect("there is one");
        for at in 0..count {
            let middle = usize::try_from(first.at(at)).expect("inside");
            assert_eq!(both.at(at), second.at(middle), "{second:?} after {first:?} at {at}");
        }
        both
    }

    #[test]
    fn repeated_heads_that_are_turned_are_read_where_they_are() {
        // [3, 4, 8] repeated to [3, 2, 4, 8], seen as [6, 4, 8] and turned to [6, 8, 4].
        let repeated = walk(&[3, 2, 4, 8], &[32, 0, 8, 1], 0);
        let turned = walk(&[6, 8, 4], &[32, 1, 8], 0);
        let both = follows(&repeated, &turned, 192, 192);
        assert_eq!(both, walk(&[3, 2, 8, 4], &[32, 0, 1, 8], 0));
    }

    #[test]
    fn halves_of_what_is_turned_are_read_where_they_are() {
        // The second half of each row of 8 of [3, 5, 8], which is [5, 3, 8] turned.
        let turned = walk(&[3, 5, 8], &[8, 24, 1], 0);
        let half = walk(&[3, 5, 4], &[40, 8, 1], 4);
        assert_eq!(follows(&turned, &half, 60, 120), walk(&[3, 5, 4], &[8, 24, 1], 4));
    }

    #[test]
    fn what_is_read_backwards_is_followed() {
        let backwards = walk(&[4, 6], &[6, -1], 5);
        follows(&backwards, &walk(&[6, 4], &[1, 6], 0), 24, 24);
    }

    #[test]
    fn rows_of_another_length_are_no_walk() {
        let padded = walk(&[4, 5], &[8, 1], 0);
        assert_eq!(padded.after(&walk(&[5, 4], &[4, 1], 0), 20, 20), Some(padded.clone()));
        assert_eq!(padded.after(&walk(&[2, 9], &[9, 1], 0), 18, 20), None);
        assert_eq!(padded.after(&walk(&[3, 2], &[1, 4], 0), 6, 20), None);
    }

    proptest! {
        #[test]
        fn a_walk_of_both_leads_where_one_leads_after_the_other(
            dims in prop::collection::vec(1..5_usize, 1..5),
            order in Just((0..4_usize).collect::<Vec<_>>()).prop_shuffle(),
            split in 0..4_usize,
            repeats in 1..3_usize,
            strides in prop::collection::vec(-3..9_i64, 5),
        ) {
            let shape = Shape::new(dims.clone()).expect("small");
            let between = shape.elements();
            let second = Walk { offset: 100, ..Walk::new(&shape, &strides[..dims.len()], 0) };
            // A transposition of the same elements seen in other dimensions, all of it repeated.
            let merged = split.min(dims.len() - 1);
            let mut seen = dims.clone();
            if merged > 0 {
                let inner = seen.remove(merged);
                seen[merged - 1] *= inner;
            }
            let places = Shape::new(seen.clone()).expect("small").strides();
            let order: Vec<usize> = order.into_iter().filter(|&axis| axis < seen.len()).collect();
            let turned: Vec<usize> = std::iter::once(repeats).chain(order.iter().map(|&axis| seen[axis])).collect();
            let steps: Vec<i64> = std::iter::once(0).chain(order.iter().map(|&axis| places[axis] as i64)).collect();
            let first = walk(&turned, &steps, 0);
            follows(&second, &first, repeats * between, between);
        }
    }
}
