//! Pooling of regions.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("roi_align", inputs: 3);

/// Samples along each axis of a bin at most.
pub const MOST_SAMPLES: usize = 250;

/// The extents of a pooling of regions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regions {
    /// Number of regions.
    pub regions: usize,
    /// Samples.
    pub batch: usize,
    /// Channels.
    pub channels: usize,
    /// Rows and columns of the input.
    pub size: [usize; 2],
    /// Rows and columns of bins.
    pub bins: [usize; 2],
    /// Samples along each axis of a bin, 0 for as many as it covers elements.
    pub samples: usize,
    /// Elements of the input for one of the regions' coordinates.
    pub scale: f32,
    /// Whether coordinates are those of an element's edge, and not its centre.
    pub half_pixel: bool,
    /// Whether the greatest sample is wanted, and not the mean.
    pub greatest: bool,
}

/// Launches the pooling of input 0 in the regions of input 1, which are of the samples in input 2.
pub fn launch(regions: &Regions) -> Launch {
    let params = Params::new().count(regions.regions).count(regions.channels);
    let params = params.count(regions.bins[0]).count(regions.bins[1]);
    let params = params
        .count(regions.batch)
        .count(regions.size[0])
        .count(regions.size[1]);
    let params = params.count(regions.samples).float(regions.scale);
    let params = params.float(if regions.half_pixel { 0.5 } else { 0.0 });
    let params = params
        .count((!regions.half_pixel).into())
        .float(f32::NAN)
        .count(MOST_SAMPLES);
    let threads = regions.regions * regions.channels * regions.bins[0] * regions.bins[1];
    let side = if regions.samples > 0 {
        regions.samples
    } else {
        MOST_SAMPLES
    };
    let reads = vec![Binding::Input(0), Binding::Input(1), Binding::Input(2)];
    Launch::new(&KERNEL, params, reads, threads)
        .with("GREATEST", regions.greatest.into())
        .taking(side * (side + 2))
}
