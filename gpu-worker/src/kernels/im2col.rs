//! The windows of a convolution as columns of matrices.

pub mod spans;

use super::conv::Convolution;
use super::pack::EIGHT;
use super::{Binding, Kernel, Launch, Params, Target, kernel};

pub(super) static KERNEL: Kernel = kernel!("im2col", inputs: 1);

/// Which windows to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Element of the input at which the channels of the first sample start.
    pub x_start: usize,
    /// Elements from a sample to the next.
    pub x_sample: usize,
    /// Samples.
    pub samples: usize,
    /// First pixel of the output.
    pub first: usize,
    /// Number of pixels.
    pub pixels: usize,
    /// Columns of a panel, a multiple of eight.
    pub panel: usize,
}

impl Windows {
    /// Elements that are written for a sample, for windows of so many elements with their padding.
    pub fn matrix(&self, rows: usize) -> usize {
        self.pixels.div_ceil(self.panel) * self.panel * rows
    }
}

/// Launches the copy of input 0: for each sample a matrix of as many rows as the filters of a group have elements, and a column for each
/// pixel, both padded to whole eights and the columns in panels.
pub fn launch(conv: &Convolution, windows: &Windows, target: Target) -> Launch {
    let params = conv.append_sizes(Params::new());
    let terms = conv.in_channels * conv.kernel_size.iter().product::<usize>();
    let rows = terms.next_multiple_of(EIGHT);
    let eights = windows.pixels.div_ceil(EIGHT);
    let params = params.signed_triple(conv.pads).count(conv.in_channels).count(rows);
    let params = params.count(eights).count(windows.panel / EIGHT);
    let params = params.count(windows.matrix(rows) / EIGHT).count(windows.first);
    let params = params.count(windows.x_start).count(windows.x_sample);
    // One channel more writes the rows of zeros.
    let channels = conv.in_channels + usize::from(rows > terms);
    let [planes, lines, columns] = conv.kernel_size;
    let rounds = planes * (lines * (columns + 2) + 2) + EIGHT;
    let launch = Launch::new(&KERNEL, params, vec![Binding::Input(0)], 1)
        .taking(rounds)
        .moving();
    // A workgroup that is not full costs a GPU as much as a full one, and a CPU less.
    let threads = if target.is_gpu() { 64 } else { 8 };
    let mut launch = launch.with("THREADS", threads as u32);
    launch.grid = [eights.div_ceil(threads) as u32, channels as u32, windows.samples as u32];
    launch
}
