//! Convolution of few channels, as first layers of networks are, see few.wgsl.

use std::sync::LazyLock;

use super::Convolution;
use crate::kernels::family::Family;
use crate::kernels::pack::{self, EIGHT, Matrices};
use crate::kernels::span::{self, Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::{Binding, COMMON, Kernel, Launch, Launches, Params, Role, TEXEL, Target, texels};
use crate::tensor::{Shape, TensorError};

/// Output channels that a lane computes.
const ROWS: usize = 16;
/// The most channels of the input. With many, windows that are written once and read as they are by all output channels pay: 3x3 with 128
/// channels takes 1.2 to 1.5 times as long as by im2col, 7x7 with three 0.6 times (Zen 4, Mesa 22.3).
const CHANNELS: usize = 4;
/// Steps between windows.
const STRIDE: usize = 2;
/// Workgroups along one side of a grid; the least that WebGPU guarantees.
const MAX_GROUPS: usize = 65_535;

/// What is written out in a kernel: sides of filters, rows of them in a round, lanes, and how results are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    width: usize,
    lines: usize,
    lanes: usize,
    stores: Stores,
}

/// Sides of filters, and rows of them that a round takes, so that it does much and yet is not larger than the first cache.
const SIZES: [[usize; 2]; 2] = [[3, 3], [7, 1]];

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let sizes = SIZES.into_iter().flat_map(|size| [4, 8, 16].map(|lanes| (size, lanes)));
    let variants = sizes.flat_map(|([width, lines], lanes)| {
        Stores::ON_LANES.map(|stores| Variant {
            width,
            lines,
            lanes,
            stores,
        })
    });
    Family::new(variants, kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

/// Adds up windows, see windows.wgsl.
pub(in crate::kernels) const WINDOWS: &str = include_str!("few/windows.wgsl");

/// What [`WINDOWS`] is written out with, for sides of filters and rows of them in a round.
pub(in crate::kernels) fn windows([width, lines]: [usize; 2], lanes: usize) -> (Span, [(&'static str, usize); 8]) {
    let span = Span {
        array: "x",
        name: "$s",
        length: (EIGHT - 1) * STRIDE + width,
        wholes: Wholes::Texel,
    };
    let texels = lines * width * ROWS / TEXEL;
    let constants = [
        ("HEIGHT", width),
        ("WIDTH", width),
        ("STRIDE", STRIDE),
        ("LINES", lines),
        ("SPAN", span.length),
        ("QUARTERS", ROWS / TEXEL),
        ("TEXELS", texels),
        ("LOADS", texels.div_ceil(lanes)),
    ];
    (span, constants)
}

fn kernel(variant: &Variant) -> Kernel {
    let &Variant {
        width,
        lines,
        lanes,
        stores,
    } = variant;
    let (span, of_windows) = windows([width, lines], lanes);
    let own = [("ROWS", ROWS), ("ROWGROUPS", ROWS.div_ceil(lanes)), ("LANES", lanes)];
    let constants: Vec<_> = of_windows.into_iter().chain(own).collect();
    let template = [include_str!("few/few.wgsl"), WINDOWS, include_str!("few/results.wgsl")];
    let source = expand_with_spans(&template.concat(), &[span], &constants);
    let name = format!("conv_few_{width}_by_{STRIDE}_x{lanes}_{}", stores.name());
    let parts = [COMMON, texels::source(), stores.functions(), &source, &stores.source(3)];
    Kernel::made(name, &parts, 3)
}

/// The kernel for a convolution, if there is one that suits the target.
fn found(conv: &Convolution, target: Target) -> Option<(&'static Variant, &'static Kernel)> {
    let Target::Lanes(lanes) = target else { return None };
    let elements = conv.batch * conv.in_channels * conv.in_space();
    let suits = conv.is_flat()
        && conv.groups == 1
        && conv.in_channels <= CHANNELS
        && conv.filters_are_known
        && conv.out_channels.is_multiple_of(ROWS)
        && conv.strides[1..] == [STRIDE; 2]
        && conv.dilations[1..] == [1; 2]
        && conv.kernel_size[1] == conv.kernel_size[2]
        && elements > 0
        && span::fits(elements);
    let groups = [eights(conv).div_ceil(lanes as usize), conv.out_channels / ROWS];
    if !suits || groups.iter().any(|count| !(1..=MAX_GROUPS).contains(count)) {
        return None;
    }
    let stores = Stores::of(&[conv.out_size[2]], target);
    KERNELS.first(|known| known.width == conv.kernel_size[2] && known.lanes == lanes as usize && known.stores == stores)
}

/// Eights of columns of the output.
fn eights(conv: &Convolution) -> usize {
    conv.batch * conv.out_size[1] * conv.out_size[2].div_ceil(EIGHT)
}

/// Launches the convolution of input 0 with the filters of input 1, if there is a kernel for it; `outputs` is the number of the first
/// scratch memory.
pub fn launch(conv: &Convolution, target: Target, outputs: usize) -> Result<Option<Launches>, TensorError> {
    let Some((variant, kernel)) = found(conv, target) else {
        return Ok(None);
    };
    let terms = conv.terms();
    let matrices = Matrices {
        batch: Shape::vector(conv.out_channels / ROWS)?,
        strides: vec![ROWS * terms],
        start: 0,
        rows: terms,
        padded_rows: terms,
        columns: ROWS,
        row_step: 1,
        column_step: terms,
        panel: ROWS,
    };
    let filters = pack::launch(Binding::Input(1), &matrices).writing(outputs);
    let rounds = conv.in_channels * variant.width / variant.lines;
    let params = Params::new()
        .count(eights(conv))
        .count(conv.out_size[2].div_ceil(EIGHT));
    let params = params.count(rounds).count(conv.in_channels).count(conv.out_channels);
    let params = params
        .count(conv.in_size[1])
        .count(conv.in_size[2])
        .count(conv.in_pitch);
    let params = params.count(conv.out_size[1]).count(conv.out_size[2]);
    let params = params.signed(conv.pads[1]).signed(conv.pads[2]);
    let bias = match conv.has_bias {
        true => Binding::Input(2),
        false => Binding::Words(vec![0]),
    };
    let mut sums = Launch::new(
        kernel,
        params,
        vec![Binding::Input(0), Binding::Output(outputs), bias],
        1,
    )
    .by_texels(2)
    .with("ADDS_BIAS", conv.has_bias.into())
    .taking(rounds + ROWS + 2)
    .playing(Role::Few(Box::new(*conv)));
    let across = eights(conv).div_ceil(variant.lanes);
    sums.grid = [across as u32, (conv.out_channels / ROWS) as u32, 1];
    Ok(Some(Launches {
        launches: vec![filters, sums],
        scratch: vec![matrices.packed()?],
    }))
}
