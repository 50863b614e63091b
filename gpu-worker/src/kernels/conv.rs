//! Convolution over three axes.

pub(super) mod few;
mod product;
#[cfg(test)]
mod tests;
mod whole;
pub(super) mod winograd;

use super::{Binding, Kernel, Launch, Launches, Params, Target, depthwise, kernel, matmul};
use crate::tensor::TensorError;

pub(super) static KERNEL: Kernel = kernel!("conv", inputs: 3);

/// The extents of a convolution; triples are depth, rows and columns. Rows may lie further apart than they are long: how far those of the
/// input do `in_pitch` tells, and what lies between those of the output counts as columns, which are computed like others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Samples.
    pub batch: usize,
    /// Groups of channels that do not mix.
    pub groups: usize,
    /// Input channels of one group.
    pub in_channels: usize,
    /// Output channels of one group.
    pub out_channels: usize,
    /// Size of an input plane.
    pub in_size: [usize; 3],
    /// Elements from a row of the input to the next: its columns, or more. What lies between is not looked at.
    pub in_pitch: usize,
    /// Size of an output plane.
    pub out_size: [usize; 3],
    /// Size of a filter.
    pub kernel_size: [usize; 3],
    /// Steps between windows.
    pub strides: [usize; 3],
    /// Steps inside a window.
    pub dilations: [usize; 3],
    /// Padding before the first elements.
    pub pads: [i32; 3],
    /// Whether input 2 is a bias.
    pub has_bias: bool,
    /// Whether the filters never change, so that it costs nothing to lay them out anew.
    pub filters_are_known: bool,
}

impl Convolution {
    /// The parameter block, the same for a transposed convolution.
    pub(super) fn params(&self) -> Params {
        let params = Params::new().count(self.batch).count(self.groups);
        let params = params.count(self.in_channels).count(self.out_channels);
        let params = self.append_sizes(params);
        params.signed_triple(self.pads)
    }

    /// Appends the triples but for the padding.
    pub(super) fn append_sizes(&self, params: Params) -> Params {
        let [planes, rows, columns] = self.in_size;
        let params = params.count(planes).count(rows).count(columns).count(self.in_pitch);
        let sizes = [self.out_size, self.kernel_size, self.strides, self.dilations];
        sizes.into_iter().fold(params, Params::triple)
    }

    /// Elements of an input plane, with what lies between rows.
    pub(super) fn in_space(&self) -> usize {
        self.in_size[0] * self.in_size[1] * self.in_pitch
    }

    /// Pixels of an output plane.
    pub(super) fn out_space(&self) -> usize {
        self.out_size.iter().product()
    }

    /// Elements of a filter, over all its channels.
    fn terms(&self) -> usize {
        self.in_channels * self.kernel_size.iter().product::<usize>()
    }

    /// Whether it is one over planes: there is no depth.
    pub(super) fn is_flat(&self) -> bool {
        [self.in_size[0], self.out_size[0], self.kernel_size[0]] == [1; 3] && self.pads[0] == 0
    }

    /// Whether every output pixel is made of the input pixel at the same place alone.
    fn is_pointwise(&self) -> bool {
        let is_alone = self.kernel_size == [1; 3] && self.strides == [1; 3] && self.pads == [0; 3];
        is_alone && self.in_size[..2] == self.out_size[..2] && self.in_pitch == self.out_size[2]
    }

    /// Rounds of the loops over the window and the channels.
    pub(super) fn rounds(&self) -> usize {
        let [planes, rows, columns] = self.kernel_size;
        let row = columns
            .saturating_mul(self.in_channels.saturating_add(2))
            .saturating_add(2);
        planes.saturating_mul(rows.saturating_mul(row).saturating_add(2))
    }
}

/// Launches the convolution of input 0 with the filters of input 1; `outputs` is the number of the first scratch memory.
pub fn launch(conv: &Convolution, target: Target, outputs: usize) -> Result<Launches, TensorError> {
    let is_by_channel = target != Target::Any && depthwise::fits(conv);
    if !is_by_channel && winograd::fits(conv, target) {
        return winograd::launch(conv, target, outputs);
    }
    launch_summing(conv, target, outputs)
}

/// The same by kernels that do no more than to add up products, in any order: of whole numbers they are exact, as long as all sums of
/// magnitudes are numbers that single precision holds.
pub fn launch_summing(conv: &Convolution, target: Target, outputs: usize) -> Result<Launches, TensorError> {
    if target != Target::Any && depthwise::fits(conv) {
        return Ok(vec![depthwise::launch(conv, target)].into());
    }
    if let Some(product) = whole::product(conv, target) {
        return matmul::launch(&product, target, outputs);
    }
    if let Some(launches) = few::launch(conv, target, outputs)? {
        return Ok(launches);
    }
    if product::fits(conv, target) {
        return product::launch(conv, target, outputs);
    }
    Ok(vec![direct(conv)].into())
}

/// Launches any convolution.
fn direct(conv: &Convolution) -> Launch {
    // A kernel's bindings must all be filled: without a bias the filters stand in, and are not read.
    let bias = Binding::Input(if conv.has_bias { 2 } else { 1 });
    let blocks = conv.batch * conv.groups * conv.out_channels.div_ceil(4);
    let threads = blocks * conv.out_size.iter().product::<usize>();
    Launch::new(
        &KERNEL,
        conv.params(),
        vec![Binding::Input(0), Binding::Input(1), bias],
        threads,
    )
    .with("ADDS_BIAS", conv.has_bias.into())
    .taking(conv.rounds())
}
