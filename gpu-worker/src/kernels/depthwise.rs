//! Convolution of each channel with filters of its own.

pub(super) mod rows;

use std::sync::LazyLock;

use super::conv::Convolution;
use super::family::Family;
use super::span::{self, Span, Wholes, expand_with_spans};
use super::stores::Stores;
use super::{Binding, COMMON, Kernel, Launch, Params, Role, TEXEL, Target, texels};

/// Columns that a thread computes.
const COLUMNS: usize = 8;

/// What is written out in a kernel: width, which is also the height, and stride of the filters, and how memory is accessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    width: usize,
    stride: usize,
    reads_texels: bool,
    stores: Stores,
}

impl Variant {
    /// Rows that a thread computes.
    fn rows(self) -> usize {
        if self.width == 3 { 4 } else { 2 }
    }
}

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let of_buffers = [Stores::One, Stores::Four].map(|stores| (false, stores));
    let of_texels = Stores::ON_LANES.map(|stores| (true, stores));
    let sizes = [3, 5, 7].into_iter().flat_map(|width| [(width, 1), (width, 2)]);
    let variants = sizes.flat_map(|(width, stride)| {
        let kinds = of_buffers.into_iter().chain(of_texels);
        kinds.map(move |(reads_texels, stores)| Variant {
            width,
            stride,
            reads_texels,
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
        width,
        stride,
        reads_texels,
        stores,
    } = *variant;
    let constants = [
        ("WIDTH", width),
        ("STRIDE", stride),
        ("ROWS", variant.rows()),
        ("LINES", (variant.rows() - 1) * stride + width),
        ("SPAN", (COLUMNS - 1) * stride + width),
    ];
    let [of_input, of_filters] = match reads_texels {
        true => [Wholes::Texel; 2],
        false => [Wholes::Four, Wholes::One],
    };
    let line = Span {
        array: "x",
        name: "$s",
        length: (COLUMNS - 1) * stride + width,
        wholes: of_input,
    };
    let filter = Span {
        array: "weights",
        name: "w",
        length: width * width,
        wholes: of_filters,
    };
    let source = expand_with_spans(include_str!("depthwise/depthwise.wgsl"), &[line, filter], &constants);
    let [suffix, loads] = if reads_texels {
        ["_of_texels", texels::source()]
    } else {
        [""; 2]
    };
    let name = format!("depthwise_{width}_by_{stride}{suffix}_{}", stores.name());
    let parts = [COMMON, loads, stores.functions(), &source, &stores.source(3)];
    Kernel::made(name, &parts, 3)
}

fn found(conv: &Convolution, target: Target) -> Option<(&'static Variant, &'static Kernel)> {
    let ([_, height, width], [_, down, across]) = (conv.kernel_size, conv.strides);
    let wanted = Variant {
        width,
        stride: across,
        reads_texels: matches!(target, Target::Lanes(_)),
        stores: Stores::of(&[conv.out_size[2]], target),
    };
    let is_square = height == width && down == across;
    KERNELS.first(|variant| is_square && *variant == wanted)
}

/// Whether there is a kernel for a convolution.
pub fn fits(conv: &Convolution) -> bool {
    let elements = conv.batch * conv.groups * conv.in_channels * conv.in_space();
    let is_empty = conv.out_size.contains(&0) || conv.in_size.contains(&0);
    conv.in_channels == 1
        && conv.groups > 1
        && conv.is_flat()
        && !is_empty
        && conv.dilations[1..] == [1, 1]
        && span::fits(elements)
        && elements.is_multiple_of(TEXEL)
        && found(conv, Target::Any).is_some()
}

/// Launches a convolution for which there is a kernel.
pub fn launch(conv: &Convolution, target: Target) -> Launch {
    let launch = rows::launch(conv, target).unwrap_or_else(|| launch_any(conv, target));
    launch.playing(Role::ByChannel(Box::new(*conv)))
}

/// The same without regard to kernels for narrow planes.
fn launch_any(conv: &Convolution, target: Target) -> Launch {
    let (variant, kernel) = found(conv, target).expect("asked for before");
    let channels = conv.groups * conv.out_channels;
    let down = conv.out_size[1].div_ceil(variant.rows());
    let across = conv.out_size[2].div_ceil(COLUMNS);
    let threads = conv.batch * channels * down * across;
    let params = Params::new().count(threads).count(channels).count(conv.out_channels);
    let params = params
        .count(conv.in_size[1])
        .count(conv.in_size[2])
        .count(conv.in_pitch);
    let params = params.count(conv.out_size[1]).count(conv.out_size[2]);
    let params = params.count(down).count(across);
    let params = params.signed(conv.pads[1]).signed(conv.pads[2]);
    Launch::new(kernel, params, reads(conv), threads)
        .by_texels(if variant.reads_texels { 2 } else { 0 })
        .with("ADDS_BIAS", conv.has_bias.into())
        .taking(variant.rows() * (COLUMNS + 2) + 1)
}

/// What the kernels read. Their bindings must all be filled: without a bias a number stands in that is not read.
fn reads(conv: &Convolution) -> Vec<Binding> {
    let bias = match conv.has_bias {
        true => Binding::Input(2),
        false => Binding::Words(vec![0]),
    };
    vec![Binding::Input(0), Binding::Input(1), bias]
}
