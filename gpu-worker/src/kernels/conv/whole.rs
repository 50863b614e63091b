//! Convolution whose only window is the whole input, as of single pixels: a product of the samples and the filters.

use super::Convolution;
use crate::kernels::Target;
use crate::kernels::matmul::{self, Product, Steps};
use crate::tensor::Shape;

/// The product that a convolution is, of inputs 0 and 1, with input 2 added if there is a bias: if it is one, and a target has kernels of
/// its own for it.
pub fn product(conv: &Convolution, target: Target) -> Option<Product> {
    let are_neighbours = conv.in_pitch == conv.in_size[2];
    let is_whole = conv.out_space() == 1 && conv.kernel_size == conv.in_size && conv.pads == [0; 3];
    let (m, n, k) = (conv.batch, conv.out_channels, conv.terms());
    (are_neighbours && is_whole && conv.groups == 1 && matmul::fits(1, [m, n, k], target)).then(|| Product {
        batch: Shape::scalar(),
        a_batch: Vec::new(),
        b_batch: Vec::new(),
        m,
        n,
        k,
        a: Steps { row: k, column: 1 },
        b: Steps { row: 1, column: k },
        c: conv.has_bias.then_some(Steps { row: 0, column: 1 }),
        alpha: 1.0,
        beta: 1.0,
        b_is_known: conv.filters_are_known,
    })
}
