//! The greatest elements of windows whose rows are loaded as wholes, see spans.wgsl.

use std::sync::LazyLock;

use super::{Pooling, Summary};
use crate::kernels::family::Family;
use crate::kernels::span::{self, Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::{Binding, COMMON, Kernel, Launch, Params, Target, texels};

/// Columns and rows of the output that a thread computes.
const COLUMNS: usize = 8;
const ROWS: usize = 4;

/// What is written out in a kernel: width, which is also the height, and stride of the windows, and how results are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    width: usize,
    stride: usize,
    stores: Stores,
}

static KERNELS: LazyLock<Family<Variant>> = LazyLock::new(|| {
    let of_size = |[width, stride]: [usize; 2]| Stores::ON_LANES.map(|stores| Variant { width, stride, stores });
    Family::new([[2, 2], [3, 1], [3, 2]].into_iter().flat_map(of_size), kernel)
});

/// All kernels, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    KERNELS.kernels()
}

fn kernel(&Variant { width, stride, stores }: &Variant) -> Kernel {
    let span = Span {
        array: "x",
        name: "$s",
        length: (COLUMNS - 1) * stride + width,
        wholes: Wholes::Texel,
    };
    let constants = [
        ("WIDTH", width),
        ("OTHERS", width - 1),
        ("STRIDE", stride),
        ("ROWS", ROWS),
        ("LINES", (ROWS - 1) * stride + width),
        ("SPAN", span.length),
    ];
    let source = expand_with_spans(include_str!("spans.wgsl"), &[span], &constants);
    let name = format!("pool_spans_{width}_by_{stride}_{}", stores.name());
    let parts = [COMMON, texels::source(), stores.functions(), &source, &stores.source(1)];
    Kernel::made(name, &parts, 1)
}

/// Launches the pooling of input 0, if there is a kernel for it that suits the target.
pub fn launch(pool: &Pooling, target: Target) -> Option<Launch> {
    let Target::Lanes(_) = target else { return None };
    let ([_, height, width], [_, down, across]) = (pool.kernel_size, pool.strides);
    let elements = pool.planes * pool.in_size.iter().product::<usize>();
    let wanted = Variant {
        width,
        stride: across,
        stores: Stores::of(&[pool.out_size[2]], target),
    };
    let is_flat = [pool.kernel_size[0], pool.in_size[0], pool.out_size[0]] == [1; 3] && pool.pads_before[0] == 0;
    let is_square = height == width && down == across && pool.dilations[1..] == [1, 1];
    if !(pool.summary == Summary::Greatest && is_flat && is_square && holds_elements(pool) && span::fits(elements)) {
        return None;
    }
    let kernel = KERNELS.of(&wanted)?;
    let down = pool.out_size[1].div_ceil(ROWS);
    let across = pool.out_size[2].div_ceil(COLUMNS);
    let threads = pool.planes * down * across;
    let params = Params::new().count(threads);
    let params = params.count(pool.in_size[1]).count(pool.in_size[2]);
    let params = params.count(pool.out_size[1]).count(pool.out_size[2]);
    let params = params.count(down).count(across);
    let params = params.signed(pool.pads_before[1]).signed(pool.pads_before[2]);
    let params = params.float(f32::NEG_INFINITY);
    let launch = Launch::new(kernel, params, vec![Binding::Input(0)], threads);
    Some(launch.by_texels(1).taking(ROWS + 1))
}

/// Whether there is an element in every window, and there are windows.
fn holds_elements(pool: &Pooling) -> bool {
    [1, 2].into_iter().all(|axis| {
        let [input, output, kernel, stride] =
            [pool.in_size, pool.out_size, pool.kernel_size, pool.strides].map(|size| size[axis] as i64);
        let before = i64::from(pool.pads_before[axis]);
        output > 0 && before < kernel && (output - 1) * stride - before < input
    })
}
