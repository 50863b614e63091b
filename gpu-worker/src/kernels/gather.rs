//! Picking slices of a tensor by number.

use super::{Binding, Kernel, Launch, Params, around, kernel};
use crate::tensor::Shape;

pub(super) static KERNEL: Kernel = kernel!("gather", inputs: 2);

/// Launches the picking of `indices`, each less than the length of `axis`, from input 0 of shape `x`.
pub fn launch(x: &Shape, axis: usize, indices: Vec<u32>) -> Launch {
    let (outer, length, inner) = around(x, axis);
    let count = outer * indices.len() * inner;
    let params = Params::new()
        .count(count)
        .count(length)
        .count(indices.len())
        .count(inner);
    Launch::new(&KERNEL, params, vec![Binding::Input(0), Binding::Words(indices)], count).moving()
}
