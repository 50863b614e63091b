//! Pooling over two axes.

use super::{Binding, Kernel, Launch, Params, kernel};

static KERNEL: Kernel = kernel!("pool", inputs: 1);

/// The extents of a pooling; pairs are rows, then columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooling {
    /// Whether to take the mean instead of the greatest.
    pub mean: bool,
    /// Whether padding counts in the mean.
    pub counts_pads: bool,
    /// Samples times channels.
    pub planes: usize,
    /// Size of an input plane.
    pub in_size: [usize; 2],
    /// Size of an output plane.
    pub out_size: [usize; 2],
    /// Size of a window.
    pub kernel_size: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Steps inside a window.
    pub dilations: [usize; 2],
    /// Padding before the first row and column.
    pub pads_before: [i32; 2],
    /// Padding after the last row and column.
    pub pads_after: [i32; 2],
}

/// Launches the pooling of input 0.
pub fn launch(pool: &Pooling) -> Launch {
    let params = Params::new().count(pool.planes).count(pool.counts_pads.into());
    let pairs = [
        pool.in_size,
        pool.out_size,
        pool.kernel_size,
        pool.strides,
        pool.dilations,
    ];
    let params = pairs.into_iter().flatten().fold(params, Params::count);
    let params = pool
        .pads_before
        .into_iter()
        .chain(pool.pads_after)
        .fold(params, Params::signed);
    let [rows, columns] = pool.kernel_size;
    let rounds = rows.saturating_mul(columns + 2);
    let threads = pool.planes * pool.out_size[0] * pool.out_size[1];
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], threads)
        .with("MEAN", pool.mean.into())
        .taking(rounds)
}
