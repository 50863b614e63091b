//! Deformable convolution over two axes.

use super::{Binding, Kernel, Launch, Params, kernel};

pub(super) static KERNEL: Kernel = kernel!("deform_conv", inputs: 5);

/// The extents; pairs are rows, then columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deformable {
    /// Samples.
    pub batch: usize,
    /// Groups of channels that do not mix.
    pub groups: usize,
    /// Input channels of one group.
    pub in_channels: usize,
    /// Output channels of one group.
    pub out_channels: usize,
    /// Groups of channels that share offsets.
    pub offset_groups: usize,
    /// Size of an input plane.
    pub in_size: [usize; 2],
    /// Size of an output plane.
    pub out_size: [usize; 2],
    /// Size of a filter.
    pub kernel_size: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Steps inside a window.
    pub dilations: [usize; 2],
    /// Padding before the first row and column.
    pub pads: [i32; 2],
    /// Whether input 3 is a bias.
    pub has_bias: bool,
    /// Whether input 4 is a mask.
    pub has_mask: bool,
}

/// Launches the convolution of input 0 with the filters of input 1 at the offsets of input 2.
pub fn launch(conv: &Deformable) -> Launch {
    let channels = conv.groups * conv.in_channels;
    let params = Params::new().count(conv.batch).count(conv.groups);
    let params = params.count(conv.in_channels).count(conv.out_channels);
    let params = params
        .count((channels / conv.offset_groups.max(1)).max(1))
        .count(conv.offset_groups);
    let pairs = [
        conv.in_size,
        conv.out_size,
        conv.kernel_size,
        conv.strides,
        conv.dilations,
    ];
    let params = pairs.into_iter().flatten().fold(params, Params::count);
    let params = conv.pads.into_iter().fold(params, Params::signed);
    // A kernel's bindings must all be filled: the filters stand in for what is missing, and are not read.
    let optional = |given: bool, index: usize| Binding::Input(if given { index } else { 1 });
    let reads = vec![
        Binding::Input(0),
        Binding::Input(1),
        Binding::Input(2),
        optional(conv.has_bias, 3),
        optional(conv.has_mask, 4),
    ];
    let window = conv.kernel_size[0] * conv.kernel_size[1];
    let threads = conv.batch * conv.groups * conv.out_channels * conv.out_size[0] * conv.out_size[1];
    Launch::new(&KERNEL, params, reads, threads)
        .with("ADDS_BIAS", conv.has_bias.into())
        .with("MASKS", conv.has_mask.into())
        .taking(conv.in_channels.saturating_mul(window + 2))
}
