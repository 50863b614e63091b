//! Convolution of each channel of narrow planes, whose rows are loaded and stored as one span, see rows.wgsl.

use std::sync::LazyLock;

use super::reads;
use crate::kernels::conv::Convolution;
use crate::kernels::family::Family;
use crate::kernels::pack::EIGHT;
use crate::kernels::span::{Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::{COMMON, Kernel, Launch, Params, TEXEL, Target, texels};

/// What is written out in a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    columns: usize,
    /// Elements from a row to the next.
    pitch: usize,
    /// Rows of the output that a thread computes, whole eights together: with more, kernels take long to compile.
    rows: usize,
    stores: Stores,
}

/// Columns, elements from a row to the next, and rows of a thread.
const SIZES: [[usize; 3]; 5] = [[7, 8, 7], [7, 7, 8], [14, 14, 4], [28, 28, 4], [56, 56, 2]];

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let variants = SIZES.into_iter().flat_map(|[columns, pitch, rows]| {
        // Rows of whole eights are stored so.
        let stores = Stores::ON_LANES.into_iter();
        let stores = stores.filter(move |&stores| stores == Stores::Eight || !pitch.is_multiple_of(EIGHT));
        stores.map(move |stores| Variant {
            columns,
            pitch,
            rows,
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

fn kernel(variant: &Variant) -> Kernel {
    let Variant {
        columns,
        pitch,
        rows,
        stores,
    } = *variant;
    let lines = rows + 2;
    let of_input = Span {
        array: "x",
        name: "x",
        length: lines * pitch,
        wholes: match pitch.is_multiple_of(TEXEL) {
            true => Wholes::AlignedTexel,
            false => Wholes::Texel,
        },
    };
    let of_filter = Span {
        array: "weights",
        name: "w",
        length: 9,
        wholes: Wholes::Texel,
    };
    let constants = [
        ("COLUMNS", columns),
        ("BETWEEN", pitch - columns),
        ("PITCH", pitch),
        ("ROWS", rows),
        ("LINES", lines),
        ("EIGHTS", pitch * rows / EIGHT),
    ];
    let source = expand_with_spans(include_str!("rows.wgsl"), &[of_input, of_filter], &constants);
    let name = format!("depthwise_rows_of_{columns}_by_{pitch}_{}", stores.name());
    let parts = [COMMON, texels::source(), stores.functions(), &source, &stores.source(3)];
    Kernel::made(name, &parts, 3)
}

/// Launches a convolution that [`super::fits`], if there is a kernel for it that suits the target.
pub fn launch(conv: &Convolution, target: Target) -> Option<Launch> {
    let is_three = conv.kernel_size == [1, 3, 3] && conv.strides[1..] == [1, 1] && conv.pads[1..] == [1, 1];
    let [_, rows, pitch] = conv.out_size;
    let are_alike = conv.in_size[1] == rows && conv.in_pitch == pitch;
    if !is_three || !are_alike || !matches!(target, Target::Lanes(_)) {
        return None;
    }
    // A thread's results are whole eights, so they start where planes allow it.
    let stores = Stores::of(&[conv.out_space()], target);
    let found =
        KERNELS.first(|known| known.columns == conv.in_size[2] && known.pitch == pitch && known.stores == stores);
    let (variant, kernel) = found?;
    let channels = conv.groups * conv.out_channels;
    let down = rows.div_ceil(variant.rows);
    let threads = conv.batch * channels * down;
    let params = Params::new().count(threads).count(channels).count(conv.out_channels);
    let params = params.count(rows).count(down);
    let launch = Launch::new(kernel, params, reads(conv), threads)
        .by_texels(2)
        .with("ADDS_BIAS", conv.has_bias.into());
    Some(launch.taking(variant.rows * pitch / EIGHT + 1))
}
