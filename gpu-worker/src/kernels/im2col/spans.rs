//! Windows whose rows are loaded as wholes, see spans.wgsl.

use std::sync::LazyLock;

use super::Windows;
use crate::kernels::conv::Convolution;
use crate::kernels::family::Family;
use crate::kernels::pack::EIGHT;
use crate::kernels::span::{self, Span, Wholes, expand_with_spans};
use crate::kernels::{Binding, COMMON, EIGHTS, Kernel, Launch, Params, Target, texels};

/// Threads of a workgroup: those that do nothing cost a CPU as much as others.
const THREADS: usize = 8;
/// Eights that a thread stores, about: what it costs to start a workgroup is as much as some of them.
const STORES: usize = 64;

/// Pixels that a thread may load at once, the most first: neighbours in a row.
const PIXELS: [usize; 4] = [8, 4, 2, 1];

/// What is written out in a kernel: columns of the filter, the stride along them, and pixels that are loaded at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    width: usize,
    stride: usize,
    pixels: usize,
}

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let sizes = [1, 3, 5, 7].into_iter().flat_map(|width| [(width, 1), (width, 2)]);
    let variants = sizes.flat_map(|(width, stride)| PIXELS.map(|pixels| Variant { width, stride, pixels }));
    Family::new(variants, kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(&Variant { width, stride, pixels }: &Variant) -> Kernel {
    let span = Span {
        array: "x",
        name: "$s",
        length: (pixels - 1) * stride + width,
        wholes: Wholes::Texel,
    };
    let constants = [
        ("WIDTH", width),
        ("STRIDE", stride),
        ("PIXELS", pixels),
        ("SPANS", EIGHT / pixels),
        ("THREADS", THREADS),
    ];
    let source = expand_with_spans(include_str!("spans.wgsl"), &[span], &constants);
    let name = format!("spans_{width}_by_{stride}_of_{pixels}");
    Kernel::made(name, &[COMMON, texels::source(), EIGHTS, &source], 1)
}

/// The kernel that can write the windows of a convolution, if there is one.
fn found(conv: &Convolution) -> Option<&'static Kernel> {
    let is_flat = [conv.in_size[0], conv.out_size[0], conv.kernel_size[0]] == [1; 3] && conv.pads[0] == 0;
    let elements = conv.batch * conv.groups * conv.in_channels * conv.in_space();
    let [_, stride_rows, stride] = conv.strides;
    let (input, output) = (conv.in_pitch, conv.out_size[2]);
    if !is_flat || conv.dilations[2] != 1 || !span::fits(elements) {
        return None;
    }
    // Where rows of the output lie as far apart as those of the input, the next row's first pixel follows the last one in both.
    let follows = [stride, stride_rows] == [1, 1] && input == output;
    let pixels = PIXELS
        .into_iter()
        .find(|&pixels| follows || output.is_multiple_of(pixels))?;
    KERNELS.of(&Variant {
        width: conv.kernel_size[2],
        stride,
        pixels,
    })
}

/// Launches what [`super::launch`] does, if there is a kernel for it that suits the target.
pub fn launch(conv: &Convolution, windows: &Windows, target: Target) -> Option<Launch> {
    let kernel = match target {
        Target::Lanes(_) => found(conv)?,
        Target::Any | Target::Gpu(_) => return None,
    };
    let [_, lines, columns] = conv.kernel_size;
    let terms = conv.in_channels * lines * columns;
    let rows = terms.next_multiple_of(EIGHT);
    let eights = windows.pixels.div_ceil(EIGHT);
    let chunk = (STORES / (lines * columns)).max(1);
    let sizes = [(conv.in_size, conv.in_pitch), (conv.out_size, conv.out_size[2])];
    let params = sizes.into_iter().fold(Params::new(), |params, (size, pitch)| {
        params.count(size[1]).count(size[2]).count(pitch).count(0)
    });
    let params = params.count(lines).count(conv.dilations[1]).count(conv.strides[1]);
    let params = params.signed(conv.pads[1]).signed(conv.pads[2]);
    let params = params.count(conv.in_channels).count(chunk).count(rows);
    let params = params.count(eights).count(windows.panel / EIGHT);
    let params = params.count(windows.matrix(rows) / EIGHT).count(windows.first);
    let params = params.count(windows.x_start).count(windows.x_sample);
    let rounds = chunk * lines + EIGHT + 2;
    let mut launch = Launch::new(kernel, params, vec![Binding::Input(0)], 1)
        .by_texels(1)
        .taking(rounds);
    let chunks = conv.in_channels.div_ceil(chunk);
    launch.grid = [eights.div_ceil(THREADS) as u32, chunks as u32, windows.samples as u32];
    Some(launch)
}
