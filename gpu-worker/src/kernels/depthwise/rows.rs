//! Convolution of each channel of narrow planes, whose rows are loaded and stored as one span, see rows.wgsl.

use std::sync::LazyLock;

use super::reads;
use crate::kernels::conv::Convolution;
use crate::kernels::family::Family;
use crate::kernels::pack::EIGHT;
use crate::kernels::span::{Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::{COMMON, Kernel, Launch, Params, Target, texels};

/// Columns and rows of the output that a thread computes, whole eights together: with more, kernels take long to compile.
const SIZES: [[usize; 2]; 4] = [[7, 8], [14, 4], [28, 4], [56, 2]];

/// Columns, rows, and how they are stored.
type Variant = (usize, usize, Stores);

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let variants = SIZES.map(|[width, rows]| Stores::ON_LANES.map(|stores| (width, rows, stores)));
    Family::new(variants.into_iter().flatten(), kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(&(width, rows, stores): &Variant) -> Kernel {
    let span = |array: &'static str, name: &'static str, length: usize| Span {
        array,
        name,
        length,
        wholes: Wholes::Texel,
    };
    let lines = rows + 2;
    let constants = [
        ("WIDTH", width),
        ("ROWS", rows),
        ("LINES", lines),
        ("EIGHTS", width * rows / EIGHT),
    ];
    let spans = [span("x", "x", lines * width), span("weights", "w", 9)];
    let source = expand_with_spans(include_str!("rows.wgsl"), &spans, &constants);
    let name = format!("depthwise_rows_of_{width}_{}", stores.name());
    let parts = [COMMON, texels::source(), stores.functions(), &source, &stores.source(3)];
    Kernel::made(name, &parts, 3)
}

/// Launches a convolution that [`super::fits`], if there is a kernel for it that suits the target.
pub fn launch(conv: &Convolution, target: Target) -> Option<Launch> {
    let is_three = conv.kernel_size == [1, 3, 3] && conv.strides[1..] == [1, 1] && conv.pads[1..] == [1, 1];
    if !is_three || conv.in_size != conv.out_size || !matches!(target, Target::Lanes(_)) {
        return None;
    }
    let [_, rows, width] = conv.out_size;
    // A thread's results are whole eights, so they start where planes allow it.
    let stores = Stores::of(&[conv.out_space()], target);
    let found = KERNELS.first(|(known, _, kind)| *known == width && *kind == stores);
    let ((_, rows_of_thread, _), kernel) = found?;
    let channels = conv.groups * conv.out_channels;
    let down = rows.div_ceil(*rows_of_thread);
    let threads = conv.batch * channels * down;
    let params = Params::new().count(threads).count(channels).count(conv.out_channels);
    let params = params.count(rows).count(down);
    let launch = Launch::new(kernel, params, reads(conv), threads)
        .by_texels(2)
        .with("ADDS_BIAS", conv.has_bias.into());
    Some(launch.taking(rows_of_thread * width / EIGHT + 1))
}
