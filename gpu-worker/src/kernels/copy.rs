//! Moving elements: from one strided view of a tensor to another.

use super::{Binding, Kernel, Launch, Params, Strided, kernel};
use crate::tensor::Shape;

static KERNEL: Kernel = kernel!("copy", inputs: 1);

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
    Launch::new(&KERNEL, params, vec![read], extent.elements())
}
