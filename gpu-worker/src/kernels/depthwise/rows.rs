//! Convolution of each channel of narrow planes, whose rows are loaded and stored as one span, see rows.wgsl.

use std::sync::LazyLock;

use super::wholes;
use crate::kernels::conv::Convolution;
use crate::kernels::pack::EIGHT;
use crate::kernels::span::{Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::{Binding, COMMON, EIGHTS, Kernel, Launch, Params, Target};

/// Columns and rows of the output that a thread computes, whole eights together: with more, kernels take long to compile.
const SIZES: [[usize; 2]; 4] = [[7, 8], [14, 4], [28, 4], [56, 2]];

/// Columns, rows, and how they are stored.
type Variant = (usize, usize, Stores);

static KERNELS: LazyLock<Vec<(Variant, Kernel)>> = LazyLock::new(|| {
    let variants = SIZES.map(|[width, rows]| Stores::ALL.map(|stores| (width, rows, stores)));
    let variants = variants.into_iter().flatten();
    variants.map(|variant| (variant, kernel(variant))).collect()
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.iter().map(|(_, kernel)| kernel).collect()
}

fn kernel((width, rows, stores): Variant) -> Kernel {
    let span = |array: &'static str, name: &'static str, length: usize| Span {
        array,
        name,
        length,
        wholes: Wholes::Eight,
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
    Kernel {
        // Made once for each variant, of which there are a few.
        name: format!("depthwise_rows_of_{width}_{}", stores.name()).leak(),
        source: [COMMON, EIGHTS, &source, stores.source()].concat().leak(),
        inputs: 3,
    }
}

/// Launches a convolution that [`super::fits`], if there is a kernel for it that suits the target.
pub fn launch(conv: &Convolution, target: Target) -> Option<Launch> {
    let is_three = conv.kernel_size == [1, 3, 3] && conv.strides[1..] == [1, 1] && conv.pads[1..] == [1, 1];
    if !is_three || conv.in_size != conv.out_size || wholes(conv, target) != Wholes::Eight {
        return None;
    }
    let [_, rows, width] = conv.out_size;
    // A thread's results are whole eights, so they start where planes allow it.
    let stores = Stores::of(&[conv.out_space()], target);
    let found = KERNELS
        .iter()
        .find(|((known, _, kind), _)| *known == width && *kind == stores);
    let ((_, rows_of_thread, _), kernel) = found?;
    let channels = conv.groups * conv.out_channels;
    let down = rows.div_ceil(*rows_of_thread);
    let threads = conv.batch * channels * down;
    let params = Params::new().count(threads).count(channels).count(conv.out_channels);
    let params = params.count(rows).count(down);
    // A kernel's bindings must all be filled: without a bias the filters stand in, and are not read.
    let bias = Binding::Input(if conv.has_bias { 2 } else { 1 });
    let launch = Launch::new(
        kernel,
        params,
        vec![Binding::Input(0), Binding::Input(1), bias],
        threads,
    );
    let launch = launch.with("ADDS_BIAS", conv.has_bias.into());
    Some(launch.taking(rows_of_thread * width / EIGHT + 1))
}
