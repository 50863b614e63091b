//! Moving elements: from one strided view of a tensor to another.

use super::element::{Expression, Walk};
use super::{Binding, Kernel, Launch, Params, Role, Strided, kernel};
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
    let launch = Launch::new(&KERNEL, params, vec![read], extent.elements());
    if Walk::new(extent, &to.strides, to.offset) != Walk::straight(extent.elements()) {
        return launch;
    }
    // It fills its output from the first element on, each of which is one of what it reads.
    let walk = Walk::new(extent, &from.strides, from.offset);
    launch.playing(Role::element(Expression::read(walk), extent.elements()))
}
