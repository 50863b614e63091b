//! Convolution of each channel with filters of its own.

use std::sync::LazyLock;

use super::conv::Convolution;
use super::template::expand;
use super::{Binding, GRID_WIDTH, Kernel, Launch, Params};

/// Threads of a workgroup.
const THREADS: usize = 32;
/// Columns that a thread computes.
const COLUMNS: usize = 8;
/// Threads of a plane whose numbers a float holds with room for a half.
const MAX_THREADS: usize = 1 << 22;

/// Width and stride of the filters of each kernel.
static KERNELS: LazyLock<Vec<([usize; 2], Kernel)>> = LazyLock::new(|| {
    let widths = [3, 5, 7];
    let variants = widths.into_iter().flat_map(|width| [[width, 1], [width, 2]]);
    variants.map(|variant| (variant, kernel(variant))).collect()
});

fn kernel([width, stride]: [usize; 2]) -> Kernel {
    let loaded = (COLUMNS - 1) * stride + width;
    let constants = [
        ("WIDTH", width as u32),
        ("STRIDE", stride as u32),
        ("COLUMNS", loaded as u32),
    ];
    let source = [
        include_str!("common.wgsl"),
        &expand(include_str!("depthwise/depthwise.wgsl"), &constants),
    ];
    Kernel {
        // Made once for each variant, of which there are a few.
        name: format!("depthwise_{width}_by_{stride}").leak(),
        source: source.concat().leak(),
        inputs: 3,
    }
}

fn variant(conv: &Convolution) -> Option<&'static Kernel> {
    let wanted = [conv.kernel_size[2], conv.strides[2]];
    let found = KERNELS.iter().find(|(variant, _)| *variant == wanted);
    found.map(|(_, kernel)| kernel)
}

fn threads(conv: &Convolution) -> usize {
    conv.out_size[1].saturating_mul(conv.out_size[2].div_ceil(COLUMNS))
}

/// Whether there is a kernel for a convolution.
pub fn fits(conv: &Convolution) -> bool {
    let is_flat = conv.kernel_size[0] == 1 && conv.in_size[0] == 1 && conv.out_size[0] == 1 && conv.pads[0] == 0;
    let is_empty = conv.out_size.contains(&0) || conv.in_size.contains(&0);
    conv.in_channels == 1
        && conv.groups > 1
        && is_flat
        && !is_empty
        && conv.dilations[2] == 1
        && threads(conv) < MAX_THREADS
        && variant(conv).is_some()
}

/// Launches a convolution for which there is a kernel.
pub fn launch(conv: &Convolution) -> Launch {
    let kernel = variant(conv).expect("asked for before");
    let channels = conv.groups * conv.out_channels;
    let planes = conv.batch * channels;
    let params = Params::new().count(planes).count(channels).count(conv.out_channels);
    let params = params.count(conv.in_size[1]).count(conv.in_size[2]);
    let params = params.count(conv.out_size[1]).count(conv.out_size[2]);
    let params = params
        .count(conv.out_size[2].div_ceil(COLUMNS))
        .count(conv.kernel_size[1]);
    let params = params.count(conv.strides[1]).count(conv.dilations[1]);
    let params = params.signed(conv.pads[1]).signed(conv.pads[2]);
    // A kernel's bindings must all be filled: without a bias the filters stand in, and are not read.
    let bias = Binding::Input(if conv.has_bias { 2 } else { 1 });
    let reads = vec![Binding::Input(0), Binding::Input(1), bias];
    let mut launch = Launch::new(kernel, params, reads, 1)
        .with("ADDS_BIAS", conv.has_bias.into())
        .taking(conv.kernel_size[1] + 1);
    let width = planes.min(GRID_WIDTH as usize);
    launch.grid = [
        threads(conv).div_ceil(THREADS) as u32,
        width as u32,
        planes.div_ceil(width.max(1)) as u32,
    ];
    launch
}
