//! The first two layers of an inverted residual: a convolution that makes many channels of few, and the convolution of each of these after
//! it, as one launch that never stores what lies between, see inverted.wgsl.

use std::sync::LazyLock;

use super::conv::{Convolution, few};
use super::family::Family;
use super::pack::EIGHT;
use super::span::expand_with_spans;
use super::stores::Stores;
use super::unary::Unary;
use super::{Binding, COMMON, Kernel, Launch, Params, TEXEL, Target, texels};

/// Channels that a workgroup computes: those of a panel of the first convolution's filters.
const ROWS: usize = super::matmul::PANEL_ROWS;
/// The most channels of the input of a pointwise convolution, by the steps of the other one. With more, what is not stored saves less than
/// what is computed twice costs: by steps of one, 32 channels and planes of 28 x 28 take as long as by two launches (Zen 4, Mesa 22.3).
const MOST_CHANNELS: [usize; 2] = [24, 32];
/// Workgroups that are enough to share among the threads of a CPU.
const ENOUGH_GROUPS: usize = 16;
/// The most rows of the output that a lane goes down, so that its loops end before a driver ends them, see [`super::MAX_ROUNDS`].
const MOST_ROWS: usize = 256;
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

/// How the first convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// By products of pixels.
    Pixels,
    /// By windows of 3 by 3, as [`few`] does.
    Windows,
}

impl First {
    /// That for a convolution.
    fn of(conv: &Convolution) -> Option<Self> {
        match conv.kernel_size {
            [1, 1, 1] => Some(Self::Pixels),
            [1, 3, 3] => Some(Self::Windows),
            _ => None,
        }
    }

    /// Rounds over the input's channels, if there is a kernel that pays for so many of them.
    fn rounds(self, channels: usize, stride: usize) -> Option<usize> {
        let most = MOST_CHANNELS.get(stride.checked_sub(1)?)?;
        match self {
            Self::Pixels => (channels.is_multiple_of(EIGHT) && channels <= *most).then_some(channels / EIGHT),
            Self::Windows => Some(channels),
        }
    }
}

/// What is written out in a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    first: First,
    lanes: usize,
    stride: usize,
    stores: Stores,
}

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let firsts = [First::Pixels, First::Windows].into_iter();
    let sizes = firsts.flat_map(|first| [4, 8, 16].map(|lanes| (first, lanes)));
    let sizes = sizes.flat_map(|(first, lanes)| [1, 2].map(|stride| (first, lanes, stride)));
    let variants = sizes.flat_map(|(first, lanes, stride)| {
        let stores = match stride {
            1 => [Stores::FourAsWords, Stores::Eight],
            _ => [Stores::Two, Stores::FourAsWords],
        };
        stores.map(|stores| Variant {
            first,
            lanes,
            stride,
            stores,
        })
    });
    Family::new(variants, kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(super) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(variant: &Variant) -> Kernel {
    let Variant {
        first,
        lanes,
        stride,
        stores,
    } = *variant;
    let (span, of_windows) = few::windows([3, 3], lanes);
    let channel_texels = ROWS * 9 / TEXEL;
    let own = [
        ("ROWS", ROWS),
        ("LANES", lanes),
        ("STEP", stride),
        ("ASKING", 3 - stride),
        ("AFTER", 2 - stride),
        ("GROUPS", (2 * ROWS).div_ceil(lanes)),
        ("ROWGROUPS", ROWS.div_ceil(lanes)),
        ("CHANNELTEXELS", channel_texels),
        ("CHANNELGROUPS", channel_texels.div_ceil(lanes)),
    ];
    let constants: Vec<_> = of_windows.into_iter().chain(own).collect();
    let (name, sums) = match first {
        First::Pixels => ("inverted", include_str!("inverted/pixels.wgsl").to_owned()),
        First::Windows => (
            "inverted_few",
            [include_str!("inverted/windows.wgsl"), few::WINDOWS].concat(),
        ),
    };
    let parts = [
        include_str!("inverted/inverted.wgsl"),
        &sums,
        include_str!("inverted/between.wgsl"),
        match stride {
            1 => include_str!("inverted/by_one.wgsl"),
            _ => include_str!("inverted/by_two.wgsl"),
        },
        include_str!("inverted/end.wgsl"),
    ];
    let own = expand_with_spans(&parts.concat(), &[span], &constants);
    let name = format!("{name}_by_{stride}_x{lanes}_{}", stores.name());
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
        let down = out_rows.div_ceil(enough.max(1) * blocks).min(MOST_ROWS);
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

    /// Appends what a kernel needs to know of it.
    fn append(&self, params: Params) -> Params {
        let params = params.count(self.across).count(self.within);
        let params = params.count(self.segments).count(self.apart);
        params.count(self.blocks).count(self.down)
    }
}

/// Launches the convolution of each channel of what a first one gives, if there is a kernel for them that pays. It reads the input, the
/// first convolution's filters, the other's, and either's bias, if it has one. Filters of a pointwise convolution lie in panels of
/// [`super::matmul::panel_rows`], those of another one as for [`few`].
pub fn launch(first: &Convolution, activation: Activation, by_channel: &Convolution, target: Target) -> Option<Launch> {
    let Target::Lanes(lanes) = target else { return None };
    let lanes = lanes as usize;
    let stride = by_channel.strides[2];
    let columns = by_channel.in_size[2];
    let way = First::of(first)?;
    let rounds = way.rounds(first.in_channels, stride)?;
    let is_made_of = first.batch == by_channel.batch
        && first.out_channels == by_channel.groups
        && first.out_size == by_channel.in_size
        && first.out_channels.is_multiple_of(ROWS);
    let are_texels = columns.is_multiple_of(TEXEL)
        && by_channel.in_pitch == columns
        && (way == First::Windows || first.in_pitch == columns);
    let is_three = by_channel.is_flat()
        && [by_channel.in_channels, by_channel.out_channels] == [1; 2]
        && by_channel.kernel_size[1..] == [3; 2]
        && by_channel.strides[1..] == [stride; 2]
        && by_channel.dilations[1..] == [1; 2]
        && by_channel.pads[1..] == [1; 2]
        && by_channel.out_size[2] * stride == columns;
    let suits = is_made_of && are_texels && is_three && by_channel.out_space() > 0;
    let wanted = Variant {
        first: way,
        lanes,
        stride,
        stores: Stores::of(&[by_channel.out_size[2], EIGHT / stride], target),
    };
    let kernel = KERNELS.of(&wanted).filter(|_| suits)?;
    let panels = first.out_channels / ROWS;
    let sharing = Sharing::of(by_channel, lanes, panels * by_channel.batch);
    let grid = [panels, sharing.segments * sharing.groups, by_channel.batch];
    if grid.iter().any(|count| !(1..=MAX_GROUPS).contains(count)) {
        return None;
    }
    let (function, numbers) = activation.numbers();
    let params = params(first, by_channel, rounds);
    let params = numbers.into_iter().fold(sharing.append(params), Params::float);
    let lines = sharing.down * stride + 3 - stride;
    let reads = (0..5).map(Binding::Input).collect();
    let mut launch = Launch::new(kernel, params, reads, 1)
        .by_texels(3)
        .with("ADDS_WIDE_BIAS", first.has_bias.into())
        .with("ADDS_BIAS", by_channel.has_bias.into())
        .with("ACTIVATION", function)
        .taking(lines * (rounds + 2) + ROWS * (sharing.down + 2));
    launch.grid = grid.map(|count| count as u32);
    Some(launch)
}

/// The first parameters.
fn params(first: &Convolution, by_channel: &Convolution, rounds: usize) -> Params {
    let [_, rows, columns] = by_channel.in_size;
    let params = Params::new().count(rows).count(columns / TEXEL);
    let params = params.count(by_channel.out_size[1]).count(by_channel.out_size[2]);
    let params = params.count(first.out_channels).count(rounds);
    let params = params
        .count(first.in_size[1])
        .count(first.in_size[2])
        .count(first.in_pitch);
    let params = params
        .count(first.in_space())
        .count(first.in_channels * first.in_space());
    params.signed(first.pads[1]).signed(first.pads[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::MAX_ROUNDS;

    #[test]
    fn loops_end_before_drivers_end_them() {
        let first = |rows: usize| Convolution {
            batch: 1,
            groups: 1,
            in_channels: 24,
            out_channels: 16,
            in_size: [1, rows, 8],
            in_pitch: 8,
            out_size: [1, rows, 8],
            kernel_size: [1; 3],
            strides: [1; 3],
            dilations: [1; 3],
            pads: [0; 3],
            has_bias: false,
            filters_are_known: true,
        };
        let by_channel = |rows: usize| Convolution {
            groups: 16,
            in_channels: 1,
            out_channels: 1,
            kernel_size: [1, 3, 3],
            pads: [0, 1, 1],
            ..first(rows)
        };
        for rows in [1, 56, 10_000, 4_000_000] {
            let made = launch(&first(rows), Activation::Linear, &by_channel(rows), Target::Lanes(8));
            let made = made.expect("there is a kernel");
            assert!(made.rounds <= MAX_ROUNDS);
            let [_, groups, _] = made.grid.map(|count| count as usize);
            assert!(groups * 8 * MOST_ROWS >= rows);
        }
        let rows = 400_000_000;
        assert!(launch(&first(rows), Activation::Linear, &by_channel(rows), Target::Lanes(8)).is_none());
    }
}
