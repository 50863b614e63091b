//! Moving elements: from one strided view of a tensor to another.

use super::element::{self, Expression, Operation, Walk};
use super::{Binding, Kernel, Launch, Params, Role, Strided, Target, kernel};
use crate::tensor::Shape;

pub(super) static KERNEL: Kernel = kernel!("copy", inputs: 1);

/// One side of a copy: where it starts and how far it steps in each dimension of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// First element.
    pub offset: usize,
    /// Elements between neighbours; negative walks backwards.
    pub strides: Vec<i64>,
}

/// Launches a copy of a box of the given extent from `from` to `to`, both of which must stay inside their tensors.
pub fn launch(read: Binding, extent: &Shape, from: &View, to: &View) -> Launch {
    let strided = Strided::new(extent, &[from.strides.clone(), to.strides.clone()]);
    let params = strided
        .append(Params::new())
        .count(extent.elements())
        .count(strided.rank());
    let params = params.count(from.offset).count(to.offset);
    let launch = Launch::new(&KERNEL, params, vec![read], extent.elements()).moving();
    if Walk::new(extent, &to.strides, to.offset) != Walk::straight(extent.elements()) {
        return launch;
    }
    // It fills its output from the first element on, each of which is one of what it reads.
    let walk = Walk::new(extent, &from.strides, from.offset);
    launch.playing(Role::element(Expression::read(walk), extent.elements()))
}

/// Tensors that one launch puts side by side; each result chooses between all of them.
const MAX_BESIDE: usize = 4;

/// Launches input 0 and those after it side by side along an axis of `output`, `lengths` being theirs along it. `None` where it takes a
/// copy of each: where they are many, or do not begin and end at multiples of four elements, so that four neighbours may be of several.
pub fn beside(output: &Shape, axis: usize, lengths: &[usize], target: Target) -> Option<Launch> {
    let count = output.elements();
    let inner: usize = output.dims()[axis + 1..].iter().product();
    let is_whole = |length: &usize| length * inner > 0 && (length * inner).is_multiple_of(4);
    if count == 0 || !(2..=MAX_BESIDE).contains(&lengths.len()) || !lengths.iter().all(is_whole) {
        return None;
    }
    let mut along = vec![0; output.rank()];
    along[axis] = 1;
    let along = Walk::new(output, &along, 0);
    let mut expression = Expression::default();
    let mut start = output.dims()[axis];
    let mut result = None;
    for (input, &length) in lengths.iter().enumerate().rev() {
        let end = start;
        start -= length;
        let walk = part_walk(output, axis, start, length)?;
        let read = expression.add(Operation::Read { input, walk });
        result = Some(match result {
            None => read,
            Some(others) => {
                let is_before = expression.add(Operation::Below(along.clone(), end));
                expression.add(Operation::Select(is_before, read, others))
            }
        });
    }
    expression.set_result(result?);
    Some(element::launch(expression, lengths.len(), count, target))
}

/// Where a tensor is read for `length` elements of `output` along an axis from `start` on. For others it is read anywhere.
fn part_walk(output: &Shape, axis: usize, start: usize, length: usize) -> Option<Walk> {
    let (before, after) = (&output.dims()[..axis], &output.dims()[axis + 1..]);
    let own = Shape::new([before, &[length], after].concat()).ok()?;
    let strides: Vec<i64> = super::strided::signed(&own.strides());
    let whole = output.dims()[axis];
    if whole.is_multiple_of(length) && start.is_multiple_of(length) {
        // The whole axis is so many of its length, and it is read for each of them.
        let dims = [before, &[whole / length, length], after].concat();
        let strides = [&strides[..axis], &[0], &strides[axis..]].concat();
        return Some(Walk::new(&Shape::new(dims).ok()?, &strides, 0));
    }
    let walk = Walk::new(output, &strides, 0);
    let offset = -(start as i64 * strides[axis]);
    Some(Walk { offset, ..walk })
}
