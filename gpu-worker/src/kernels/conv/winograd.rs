//! Convolution of 3 by 3 by fewer products (Winograd's F(2x2, 3x3), Lavin and Gray 2016).
//!
//! Two by two neighbouring results come from a window of 4 by 4 elements. With filters of that size too, both transformed, their sixteen
//! products, added up over the channels, give the four results by sums and differences alone: sixteen products for what takes 36. Over all
//! windows these are sixteen products of matrices.

use std::ops::Range;
use std::sync::LazyLock;

use super::Convolution;
use crate::kernels::family::Family;
use crate::kernels::matmul::{self, Operand, Placed, Steps};
use crate::kernels::pack::EIGHT;
use crate::kernels::span::{self, Span, Wholes, expand_with_spans};
use crate::kernels::stores::Stores;
use crate::kernels::template::expand;
use crate::kernels::{Binding, COMMON, EIGHTS, Kernel, Launch, Launches, Params, Target, texels};
use crate::tensor::{DataType, Shape, TensorError, TensorType};

/// Products for the results of a window.
const PRODUCTS: usize = 16;
/// Elements of the memory for transformed windows, and of that for their products: what a CPU's last cache holds.
const MEMORY: usize = 1 << 23;
/// With fewer channels the transforms cost more than they save.
const LEAST_CHANNELS: usize = 32;
/// Windows, neighbours in a row, that are transformed together, the most first.
const TILES: [usize; 3] = [8, 4, 2];

pub(in crate::kernels) static FILTERS: Kernel = Kernel {
    name: "winograd_filters",
    source: concat!(include_str!("../common.wgsl"), include_str!("winograd/filters.wgsl")),
    inputs: 1,
};

static INPUTS: LazyLock<Family<usize>> = LazyLock::new(|| Family::new(TILES, of_input));

static OUTPUTS: LazyLock<Family<(usize, Stores)>> = LazyLock::new(|| {
    let kinds = TILES.map(|tiles| Stores::ON_LANES.map(|stores| (tiles, stores)));
    Family::new(kinds.into_iter().flatten(), of_output)
});

/// All kernels for windows and their products, for their checks.
#[cfg(test)]
pub(in crate::kernels) fn kernels() -> Vec<&'static Kernel> {
    [INPUTS.kernels(), OUTPUTS.kernels()].concat()
}

fn of_input(&tiles: &usize) -> Kernel {
    let span = Span {
        array: "x",
        name: "$s_$r",
        length: 2 * tiles + 2,
        wholes: Wholes::Texel,
    };
    let constants = [
        ("TILES", tiles),
        ("GROUPS", EIGHT / tiles),
        ("SPAN", 2 * tiles),
        ("ELEMENTS", span.length),
    ];
    let source = expand_with_spans(include_str!("winograd/input.wgsl"), &[span], &constants);
    let name = format!("winograd_input_of_{tiles}");
    Kernel::made(name, &[COMMON, texels::source(), EIGHTS, &source], 1)
}

fn of_output(&(tiles, stores): &(usize, Stores)) -> Kernel {
    // Each window has two results in a row, and fours of them lie in a vector.
    let constants = [
        ("GROUPS", EIGHT / tiles),
        ("SPAN", 2 * tiles),
        ("FOURS", tiles / 2),
        ("STORES", tiles.div_ceil(4)),
    ];
    let source = expand(
        include_str!("winograd/output.wgsl"),
        &constants.map(|(name, value)| (name, value as u32)),
    );
    let name = format!("winograd_output_of_{tiles}_{}", stores.name());
    Kernel::made(name, &[COMMON, EIGHTS, &source, &stores.source(2)], 2)
}

/// How windows of 4 by 4 cover the results.
#[derive(Debug, Clone, Copy)]
struct Windows {
    /// Rows of windows, over all samples.
    rows: usize,
    /// Rows of windows of a sample.
    down: usize,
    /// Windows in a row, an even number.
    across: usize,
    /// Windows that are transformed together.
    tiles: usize,
}

impl Windows {
    fn of(conv: &Convolution) -> Self {
        let [_, rows, columns] = conv.out_size;
        let across = columns.div_ceil(2).next_multiple_of(2);
        let tiles = TILES.into_iter().find(|&tiles| across.is_multiple_of(tiles));
        Self {
            rows: conv.batch * rows.div_ceil(2),
            down: rows.div_ceil(2),
            across,
            tiles: tiles.unwrap_or(2),
        }
    }

    /// Columns of the matrices for so many rows of windows.
    fn columns(&self, rows: usize) -> usize {
        (rows * self.across).next_multiple_of(EIGHT)
    }

    /// Rows that there is memory for at once.
    fn rows_at_once(&self, conv: &Convolution) -> usize {
        let channels = conv.in_channels.max(conv.out_channels);
        (MEMORY / PRODUCTS / channels / self.across).min(self.rows)
    }
}

/// Whether there are kernels for a convolution, and fewer products pay for the transforms.
pub fn fits(conv: &Convolution, target: Target) -> bool {
    let is_three = conv.kernel_size == [1, 3, 3] && conv.strides == [1; 3] && conv.dilations[1..] == [1, 1];
    let channels = [conv.in_channels, conv.out_channels];
    let are_channels = conv.in_channels.is_multiple_of(EIGHT)
        && matmul::panel_rows(conv.out_channels, target).is_some()
        && channels.iter().all(|&count| count >= LEAST_CHANNELS);
    if !(conv.is_flat() && is_three && are_channels && conv.groups == 1 && conv.filters_are_known) {
        return false;
    }
    let elements = conv.batch * conv.in_channels * conv.in_space();
    let outputs = conv.batch * conv.out_channels * conv.out_space();
    let windows = Windows::of(conv);
    let rows = windows.rows_at_once(conv);
    outputs > 0
        && span::fits(elements)
        && rows > 0
        && matmul::fits(
            PRODUCTS,
            [conv.out_channels, windows.columns(rows), conv.in_channels],
            target,
        )
        && pays(conv, windows.columns(rows), rows, target)
}

/// Whether sixteen products of so many columns take clearly less time than the nine that the windows of 3 by 3 amount to.
fn pays(conv: &Convolution, columns: usize, rows: usize, target: Target) -> bool {
    let pixels = (2 * rows * conv.out_size[2]).min(conv.batch * conv.out_space());
    5 * PRODUCTS * time(columns, target) <= 4 * 9 * time(pixels, target)
}

/// What a product takes for so many columns, in the time of whole workgroups for one: they compute a panel even of a few, but fewer
/// than half of one after others have a kernel of their own, which takes a third longer.
fn time(columns: usize, target: Target) -> usize {
    let panel = matmul::panel_columns(target).unwrap_or(EIGHT);
    let left = columns % panel;
    match columns > panel && left <= panel / 2 {
        true => columns - left + left.next_multiple_of(EIGHT) * 4 / 3,
        false => columns.next_multiple_of(panel),
    }
}

/// Launches a convolution for which there are kernels; `outputs` is the number of the first scratch memory.
pub fn launch(conv: &Convolution, target: Target, outputs: usize) -> Result<Launches, TensorError> {
    let windows = Windows::of(conv);
    let rows = windows.rows_at_once(conv);
    let [filters, transformed, products] = [outputs, outputs + 1, outputs + 2];
    let memory = |channels: usize, columns: usize| {
        let shape = Shape::new([PRODUCTS, channels, columns])?;
        Ok(TensorType::new(DataType::Float32, shape))
    };
    let columns = windows.columns(rows);
    let panel = matmul::panel_columns(target).map_or(columns, |panel| panel.min(columns));
    let mut made = Launches {
        launches: vec![filters_of(conv, target).writing(filters)],
        scratch: vec![
            memory(conv.out_channels, conv.in_channels)?,
            memory(conv.in_channels, columns.next_multiple_of(panel))?,
            memory(conv.out_channels, columns)?,
        ],
    };
    for first in (0..windows.rows).step_by(rows) {
        let part = first..windows.rows.min(first + rows);
        let columns = windows.columns(part.len());
        let padded = columns.next_multiple_of(panel);
        let input = input(conv, &windows, first, [columns, panel]);
        let product = Placed {
            batch: Shape::vector(PRODUCTS)?,
            size: [conv.out_channels, columns, conv.in_channels],
            a: Operand {
                binding: Binding::Output(filters),
                start: 0,
                batch: vec![conv.out_channels * conv.in_channels],
                steps: Steps { row: EIGHT, column: 1 },
                panel: matmul::panel_rows(conv.out_channels, target).map(|rows| rows * conv.in_channels),
            },
            b: Operand {
                binding: Binding::Output(transformed),
                start: 0,
                batch: vec![conv.in_channels * padded],
                steps: Steps { row: panel, column: 1 },
                panel: Some(conv.in_channels * panel),
            },
            c: None,
            alpha: 1.0,
            y_start: 0,
            y_batch: conv.out_channels * columns,
            y_row: columns,
        };
        let output = output(conv, &windows, part, columns, products, target);
        made.launches.push(input.writing(transformed));
        made.launches
            .push(matmul::launch_placed(&product, target).writing(products));
        made.launches.push(output);
    }
    Ok(made)
}

/// Launches the transform of all filters.
fn filters_of(conv: &Convolution, target: Target) -> Launch {
    let (rows, columns) = (conv.out_channels, conv.in_channels);
    let panel = matmul::panel_rows(rows, target).unwrap_or(1);
    let params = Params::new().count(rows).count(columns).count(panel);
    Launch::new(&FILTERS, params, vec![Binding::Input(1)], rows * columns).taking(PRODUCTS + EIGHT)
}

/// Launches the transform of so many windows, in panels of so many, from the `first` row of them on.
fn input(conv: &Convolution, windows: &Windows, first: usize, [columns, panel]: [usize; 2]) -> Launch {
    let kernel = INPUTS.of(&windows.tiles).expect("asked for before");
    let eights = columns / EIGHT;
    let matrix = conv.in_channels * columns.next_multiple_of(panel);
    let params = Params::new().count(eights).count(conv.in_channels);
    let params = params
        .count(conv.in_size[1])
        .count(conv.in_size[2])
        .count(conv.in_pitch);
    let params = params
        .count(windows.down)
        .count(windows.across / windows.tiles)
        .count(first);
    let params = params.count(panel / EIGHT).count(matrix / EIGHT);
    let params = params.signed(conv.pads[1]).signed(conv.pads[2]);
    Launch::new(kernel, params, vec![Binding::Input(0)], eights * conv.in_channels).by_texels(1)
}

/// Launches what makes the results of a part of the rows of windows, which have so many columns, of their products.
fn output(
    conv: &Convolution,
    windows: &Windows,
    part: Range<usize>,
    columns: usize,
    products: usize,
    target: Target,
) -> Launch {
    let stores = Stores::of(&[conv.out_size[2]], target);
    let kernel = OUTPUTS.of(&(windows.tiles, stores)).expect("asked for before");
    let eights = columns / EIGHT;
    let params = Params::new().count(eights).count(conv.out_channels);
    let params = params.count(conv.out_size[1]).count(conv.out_size[2]);
    let params = params.count(windows.down).count(windows.across / windows.tiles);
    let params = params.count(part.start).count(part.end);
    // A kernel's bindings must all be filled: without a bias the products stand in, and are not read.
    let products = Binding::Output(products);
    let bias = if conv.has_bias {
        Binding::Input(2)
    } else {
        products.clone()
    };
    Launch::new(kernel, params, vec![products, bias], eights * conv.out_channels)
        .with("ADDS_BIAS", conv.has_bias.into())
        .taking(4 * EIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convolution(channels: usize, size: usize) -> Convolution {
        Convolution {
            batch: 1,
            groups: 1,
            in_channels: channels,
            out_channels: channels,
            in_size: [1, size, size],
            in_pitch: size,
            out_size: [1, size, size],
            kernel_size: [1, 3, 3],
            strides: [1; 3],
            dilations: [1; 3],
            pads: [0, 1, 1],
            has_bias: true,
            filters_are_known: true,
        }
    }

    #[test]
    fn fewer_products_are_taken_where_they_fill_workgroups() {
        let lanes = Target::Lanes(8);
        for (channels, size) in [(64, 56), (128, 28), (256, 14)] {
            assert!(fits(&convolution(channels, size), lanes), "{channels} {size}");
        }
        // Sixteen windows are a fourth of a workgroup's columns.
        assert!(!fits(&convolution(512, 7), lanes));
        assert!(!fits(&convolution(16, 56), lanes));
        assert!(!fits(&convolution(64, 56), Target::PLAIN_GPU));
        let unknown = Convolution {
            filters_are_known: false,
            ..convolution(64, 56)
        };
        assert!(!fits(&unknown, lanes));
    }

    #[test]
    fn parts_hold_whole_rows_of_windows() {
        let large = convolution(64, 1024);
        let windows = Windows::of(&large);
        assert_eq!((windows.rows, windows.across, windows.tiles), (512, 512, 8));
        assert_eq!(windows.rows_at_once(&large), 16);
        assert_eq!(windows.columns(16), 16 * 512);
    }
}
