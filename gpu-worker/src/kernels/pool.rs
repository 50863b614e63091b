//! Pooling over three axes.

pub(super) mod spans;
#[cfg(test)]
mod tests;

use super::{Binding, Kernel, Launch, Params, Target, kernel};

pub(super) static KERNEL: Kernel = kernel!("pool", inputs: 1);

/// What becomes of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Summary {
    /// Its greatest element.
    Greatest,
    /// Its mean.
    Mean {
        /// Whether padding counts.
        counts_pads: bool,
    },
    /// The p-th root of the sum of the p-th powers.
    Norm {
        /// The exponent.
        p: f32,
    },
}

/// The extents of a pooling; triples are depth, rows and columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooling {
    /// What is computed.
    pub summary: Summary,
    /// Samples times channels.
    pub planes: usize,
    /// Size of an input plane.
    pub in_size: [usize; 3],
    /// Size of an output plane.
    pub out_size: [usize; 3],
    /// Size of a window.
    pub kernel_size: [usize; 3],
    /// Steps between windows.
    pub strides: [usize; 3],
    /// Steps inside a window.
    pub dilations: [usize; 3],
    /// Padding before the first elements.
    pub pads_before: [i32; 3],
    /// Padding after the last elements.
    pub pads_after: [i32; 3],
}

/// Launches the pooling of input 0.
pub fn launch(pool: &Pooling, target: Target) -> Launch {
    spans::launch(pool, target).unwrap_or_else(|| plain(pool))
}

/// Launches any pooling.
fn plain(pool: &Pooling) -> Launch {
    let (op, counts_pads, p) = match pool.summary {
        Summary::Greatest => (0, false, 1.0),
        Summary::Mean { counts_pads } => (1, counts_pads, 1.0),
        Summary::Norm { p } => (2, false, p),
    };
    let params = Params::new().count(pool.planes).count(counts_pads.into());
    let params = params.float(p).float(f32::MIN);
    let sizes = [
        pool.in_size,
        pool.out_size,
        pool.kernel_size,
        pool.strides,
        pool.dilations,
    ];
    let params = sizes.into_iter().fold(params, Params::triple);
    let params = params.signed_triple(pool.pads_before).signed_triple(pool.pads_after);
    let [planes, rows, columns] = pool.kernel_size;
    let rounds = planes.saturating_mul(rows.saturating_mul(columns + 2) + 2);
    let threads = pool.planes * pool.out_size.iter().product::<usize>();
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], threads)
        .with("OP", op)
        .taking(rounds)
}
