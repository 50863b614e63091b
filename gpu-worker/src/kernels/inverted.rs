//! The first two layers of an inverted residual: a pointwise convolution, and the convolution of each of its many channels after it, as one
//! launch that never stores what lies between, see inverted.wgsl.

use std::sync::LazyLock;

use super::conv::Convolution;
use super::family::Family;
use super::pack::EIGHT;
use super::stores::Stores;
use super::template::expand;
use super::unary::Unary;
use super::{Binding, COMMON, Kernel, Launch, Params, TEXEL, Target, texels};

/// Channels that a workgroup computes: those of a panel of the pointwise convolution's filters.
const ROWS: usize = super::matmul::TILE_ROWS;
/// The most channels of the input by the steps of windows. With more, what is not stored saves less than what is computed twice costs: by
/// steps of one, 32 channels and planes of 28 x 28 take as long as by two launches (Zen 4, Mesa 22.3).
const MOST_CHANNELS: [usize; 2] = [24, 32];
/// Workgroups that are enough to share among the threads of a CPU.
const ENOUGH_GROUPS: usize = 16;
/// Workgroups along one side of a grid; the least that WebGPU guarantees.
const MAX_GROUPS: usize = 65_535;

/// What is done to what lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// It is clipped between two numbers.
    Clip(f32, f32),
    /// Hard swish.
    HardSwish,
}

impl Activation {
    /// That which a function with its two numbers is, if it is one.
    pub fn of(op: Unary, a: f32, b: f32) -> Option<Self> {
        match op {
            Unary::Relu => Some(Self::Clip(0.0, f32::INFINITY)),
            Unary::Clip => Some(Self::Clip(a, b)),
            Unary::HardSwish => Some(Self::HardSwish),
            _ => None,
        }
    }

    /// The number of the kernel's ACTIVATION, and between what it clips.
    fn numbers(self) -> (u32, [f32; 2]) {
        match self {
            Self::Linear => (0, [0.0; 2]),
            Self::Clip(low, high) => (1, [low, high]),
            Self::HardSwish => (2, [0.0; 2]),
        }
    }
}

/// What is written out in a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    lanes: usize,
    stride: usize,
    stores: Stores,
}

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let sizes = [4, 8, 16].into_iter().flat_map(|lanes| [(lanes, 1), (lanes, 2)]);
    let variants = sizes.flat_map(|(lanes, stride)| {
        let stores = match stride {
            1 => [Stores::FourAsWords, Stores::Eight],
            _ => [Stores::Two, Stores::FourAsWords],
        };
        stores.map(|stores| Variant { lanes, stride, stores })
    });
    Family::new(variants, kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(super) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(&Variant { lanes, stride, stores }: &Variant) -> Kernel {
    let filter_texels = ROWS * 9 / TEXEL;
    let constants = [
        ("ROWS", ROWS),
        ("LANES", lanes),
        ("STRIDE", stride),
        ("ASKING", 3 - stride),
        ("AFTER", 2 - stride),
        ("GROUPS", (2 * ROWS).div_ceil(lanes)),
        ("ROWGROUPS", ROWS.div_ceil(lanes)),
        ("FILTERTEXELS", filter_texels),
        ("FILTERGROUPS", filter_texels.div_ceil(lanes)),
    ];
    let parts = [
        include_str!("inverted/inverted.wgsl"),
        match stride {
            1 => include_str!("inverted/by_one.wgsl"),
            _ => include_str!("inverted/by_two.wgsl"),
        },
        include_str!("inverted/end.wgsl"),
    ];
    let own = expand(&parts.concat(), &constants.map(|(name, value)| (name, value as u32)));
    let name = format!("inverted_by_{stride}_x{lanes}_{}", stores.name());
    let parts = [COMMON, texels::source(), stores.functions(), &own, &stores.source(5)];
    Kernel::made(name, &parts, 5)
}

/// How lanes share a plane.
#[derive(Debug, Clone, Copy)]
struct Sharing {
    /// Lanes that a row takes, and how many of them are in a workgroup.
    across: usize,
    within: usize,
    /// Workgroups that a row takes, and lanes from where one begins to where the next one does.
    segments: usize,
    apart: usize,
    /// Blocks of rows of the output in a workgroup, rows of each, and workgroups that all of them take.
    blocks: usize,
    down: usize,
    groups: usize,
}

impl Sharing {
    /// For so many workgroups besides.
    fn of(by_channel: &Convolution, lanes: usize, panels: usize) -> Self {
        let [_, out_rows, _] = by_channel.out_size;
        let across = by_channel.in_size[2].div_ceil(EIGHT);
        let within = across.min(lanes);
        // Lanes that ask a neighbour before them, and with steps of one, after them.
        let asking = 3 - by_channel.strides[2];
        let apart = lanes - asking;
        let segments = match across > lanes {
            true => (across - asking).div_ceil(apart),
            false => 1,
        };
        let blocks = lanes / within;
        let enough = (ENOUGH_GROUPS + panels * segments / 2) / (panels * segments);
        let down = out_rows.div_ceil(enough.max(1) * blocks);
        Self {
            across,
            within,
            segments,
            apart,
            blocks,
            down,
            groups: out_rows.div_ceil(down * blocks),
        }
    }
}

/// Launches the convolution of each channel of what a pointwise one gives, if there is a kernel for them that pays. It reads the input,
/// the pointwise convolution's filters in the panels of [`super::matmul::panel_rows`], the other's, and either's bias, if it has one.
pub fn launch(
    pointwise: &Convolution,
    activation: Activation,
    by_channel: &Convolution,
    target: Target,
) -> Option<Launch> {
    let Target::Lanes(lanes) = target else { return None };
    let stride = by_channel.strides[2];
    let most_channels = *MOST_CHANNELS.get(stride.checked_sub(1)?)?;
    let columns = by_channel.in_size[2];
    let is_made_of = pointwise.batch == by_channel.batch
        && pointwise.out_channels == by_channel.groups
        && pointwise.out_size == by_channel.in_size;
    let fits_lanes = pointwise.in_channels.is_multiple_of(EIGHT)
        && pointwise.in_channels <= most_channels
        && pointwise.out_channels.is_multiple_of(ROWS)
        && columns.is_multiple_of(TEXEL)
        && [pointwise.in_pitch, by_channel.in_pitch] == [columns; 2];
    let is_three = by_channel.is_flat()
        && [by_channel.in_channels, by_channel.out_channels] == [1; 2]
        && by_channel.kernel_size[1..] == [3; 2]
        && by_channel.strides[1..] == [stride; 2]
        && by_channel.dilations[1..] == [1; 2]
        && by_channel.pads[1..] == [1; 2]
        && by_channel.out_size[2] * stride == columns;
    let suits = is_made_of && fits_lanes && is_three && by_channel.out_space() > 0;
    let stores = Stores::of(&[by_channel.out_size[2], EIGHT / stride], target);
    let wanted = Variant {
        lanes: lanes as usize,
        stride,
        stores,
    };
    let kernel = KERNELS.of(&wanted).filter(|_| suits)?;
    let panels = pointwise.out_channels / ROWS;
    let sharing = Sharing::of(by_channel, lanes as usize, panels * by_channel.batch);
    let grid = [panels, sharing.segments * sharing.groups, by_channel.batch];
    if grid.iter().any(|count| !(1..=MAX_GROUPS).contains(count)) {
        return None;
    }
    let steps = pointwise.in_channels / EIGHT;
    let (function, [low, high]) = activation.numbers();
    let plane = pointwise.in_space() / TEXEL;
    let params = [
        by_channel.in_size[1],
        by_channel.out_size[1],
        by_channel.out_size[2],
        pointwise.out_channels,
        steps,
        columns / TEXEL,
        plane,
        plane * pointwise.in_channels,
        sharing.across,
        sharing.within,
        sharing.segments,
        sharing.apart,
        sharing.blocks,
        sharing.down,
    ];
    let params = params
        .into_iter()
        .fold(Params::new(), Params::count)
        .float(low)
        .float(high);
    let lines = sharing.down * stride + 3 - stride;
    let reads = (0..5).map(Binding::Input).collect();
    let mut launch = Launch::new(kernel, params, reads, 1)
        .by_texels(3)
        .with("ADDS_WIDE_BIAS", pointwise.has_bias.into())
        .with("ADDS_BIAS", by_channel.has_bias.into())
        .with("ACTIVATION", function)
        .taking(lines * (steps + 2) + ROWS * (sharing.down + 2));
    launch.grid = grid.map(|count| count as u32);
    Some(launch)
}
