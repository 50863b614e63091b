//! Sampling at the points of a grid.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("grid_sample", inputs: 2);

/// The extents of a sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Samples.
    pub batch: usize,
    /// Channels.
    pub channels: usize,
    /// Points of a sample's grid.
    pub points: usize,
    /// Coordinates of a point.
    pub axes: usize,
    /// Depth, rows and columns of the input.
    pub size: [usize; 3],
    /// Whether -1 and 1 are the centres of the outermost elements.
    pub aligns_corners: bool,
    /// What lies outside; numbered as in grid_sample.wgsl.
    pub padding: u32,
    /// Elements along an axis that make one.
    pub taps: u32,
}

/// Launches the sampling of input 0 at the points of input 1.
pub fn launch(sampling: &Sampling) -> Launch {
    let params = Params::new().count(sampling.batch).count(sampling.channels);
    let params = params.count(sampling.points).count(sampling.axes).triple(sampling.size);
    let params = params
        .count(sampling.aligns_corners.into())
        .count(sampling.padding as usize);
    let threads = sampling.batch * sampling.channels * sampling.points;
    Launch::new(&KERNEL, params, vec![Binding::Input(0), Binding::Input(1)], threads)
        .with("TAPS", sampling.taps)
        .taking(128)
}
