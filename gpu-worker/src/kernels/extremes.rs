//! The least and the greatest element of a tensor.

use super::{Binding, Kernel, Launch, Params, Target, WORKGROUP, kernel};

pub(super) static KERNEL: Kernel = kernel!("extremes", inputs: 1);

/// Vectors that a thread goes through before there is another workgroup.
const VECTORS: usize = 16;

/// Parts that [`launch`] makes of `count` elements.
pub fn parts(count: usize, target: Target) -> usize {
    let most = match target {
        Target::Lanes(_) => 256,
        Target::Any | Target::Gpu(_) => 4096,
    };
    let workgroup = WORKGROUP as usize;
    (count / 4 / VECTORS).clamp(workgroup, most).next_multiple_of(workgroup)
}

/// Launches two rows of parts of input 0: the least elements, or zero, and the greatest, or zero, with their signs turned.
pub fn launch(count: usize, target: Target) -> Launch {
    let (vectors, threads) = (count.div_ceil(4), parts(count, target));
    let params = Params::new().count(count).count(vectors).count(threads);
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], threads).taking(vectors / threads + 2)
}
