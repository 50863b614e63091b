//! Convolution as a product of the filters and the windows.

use super::Convolution;
use crate::kernels::im2col::{self, Windows, spans};
use crate::kernels::matmul::{self, Addend, Operand, Placed, Steps};
use crate::kernels::pack::{self, EIGHT, Matrices};
use crate::kernels::{Binding, Launch, Launches, MAX_ROUNDS, Role, TEXEL, Target};
use crate::tensor::{DataType, Shape, TensorError, TensorType};

/// Elements of the memory that windows are written to before they are multiplied: what a CPU's last cache holds.
const WINDOWS: usize = 1 << 23;
/// Groups that are multiplied one by one; more are convolved directly.
const MAX_GROUPS: usize = 64;
/// Pixels whose numbers a float holds with room for a half.
const MAX_PIXELS: usize = 1 << 22;
/// Channels along one side of a grid; the least that WebGPU guarantees.
const MAX_CHANNELS: usize = 65_534;

/// Whether the product pays for a convolution, and can hold it.
pub fn fits(conv: &Convolution, target: Target) -> bool {
    let size = [conv.out_channels, conv.out_space(), conv.terms()];
    let are_small = conv.groups <= MAX_GROUPS
        && conv.out_space() < MAX_PIXELS
        && conv.in_channels <= MAX_CHANNELS
        && conv.kernel_size.iter().product::<usize>() < MAX_ROUNDS / 8
        && conv.terms().saturating_mul(EIGHT) <= WINDOWS;
    are_small && conv.in_space() > 0 && matmul::fits(conv.batch, size, target)
}

/// Samples and pixels that are multiplied at once.
struct Part {
    samples: std::ops::Range<usize>,
    pixels: std::ops::Range<usize>,
}

/// As many whole samples at once as there is memory for, or else parts of one.
fn parts(conv: &Convolution, rows: usize) -> Vec<Part> {
    let (space, batch) = (conv.out_space(), conv.batch);
    let samples = WINDOWS / (rows * space.next_multiple_of(EIGHT));
    if samples > 0 {
        let part = |first: usize| Part {
            samples: first..batch.min(first + samples),
            pixels: 0..space,
        };
        return (0..batch).step_by(samples).map(part).collect();
    }
    let pixels = (WINDOWS / rows / EIGHT).max(1) * EIGHT;
    let of_sample = |sample: usize| {
        let part = move |first: usize| Part {
            samples: sample..sample + 1,
            pixels: first..space.min(first + pixels),
        };
        (0..space).step_by(pixels).map(part)
    };
    (0..batch).flat_map(of_sample).collect()
}

/// The filters in rows of whole eights or in panels, copied if they do not lie so.
fn filters(conv: &Convolution, target: Target, outputs: usize, made: &mut Launches) -> Result<Operand, TensorError> {
    let terms = conv.terms();
    let row = terms.next_multiple_of(EIGHT);
    let channels = conv.groups * conv.out_channels;
    let panel_rows = matmul::panel_rows(conv.out_channels, target).filter(|_| conv.filters_are_known);
    let panel = panel_rows.map(|rows| rows * row);
    let steps = Steps {
        row: if panel.is_some() { EIGHT } else { row },
        column: 1,
    };
    let matrices = Matrices {
        batch: Shape::vector(panel_rows.map_or(1, |rows| channels / rows))?,
        strides: vec![panel_rows.map_or(0, |rows| rows * terms)],
        start: 0,
        rows: panel_rows.unwrap_or(channels),
        padded_rows: panel_rows.unwrap_or(channels),
        columns: terms,
        row_step: terms,
        column_step: 1,
        panel: steps.row,
    };
    let binding = match panel.is_some() || row > terms {
        true => {
            made.scratch.push(matrices.packed()?);
            made.launches
                .push(pack::launch(Binding::Input(1), &matrices).writing(outputs));
            Binding::Output(outputs)
        }
        false => Binding::Input(1),
    };
    Ok(Operand {
        binding,
        start: 0,
        batch: vec![0],
        steps,
        panel,
    })
}

/// Launches the convolution of input 0 with the filters of input 1; `outputs` is the number of the first scratch memory.
pub fn launch(conv: &Convolution, target: Target, outputs: usize) -> Result<Launches, TensorError> {
    let mut made = Launches::default();
    let filters = filters(conv, target, outputs, &mut made)?;
    let (terms, space) = (conv.terms(), conv.out_space());
    let rows = terms.next_multiple_of(EIGHT);
    // Pointwise, the input is the windows.
    let reads_input = conv.is_pointwise() && space.is_multiple_of(TEXEL) && rows == terms;
    let parts = match reads_input {
        true => vec![Part {
            samples: 0..conv.batch,
            pixels: 0..space,
        }],
        false => parts(conv, rows),
    };
    let scratch = outputs + made.scratch.len();
    let mut elements = 0;
    for part in parts {
        for group in 0..conv.groups {
            let mut windows = of_input(conv, &part, group);
            if !reads_input {
                let columns = part.pixels.len().next_multiple_of(EIGHT);
                let panel = matmul::panel_columns(target).map_or(columns, |panel| panel.min(columns));
                let written = Windows {
                    x_start: windows.start,
                    x_sample: windows.batch[0],
                    samples: part.samples.len(),
                    first: part.pixels.start,
                    pixels: part.pixels.len(),
                    panel,
                };
                let launch = match spans::launch(conv, &written, target) {
                    Some(launch) => launch,
                    None if conv.is_pointwise() => copied(conv, &windows, &written, rows)?,
                    None => im2col::launch(conv, &written, target),
                };
                made.launches.push(launch.writing(scratch));
                windows = Operand {
                    binding: Binding::Output(scratch),
                    start: 0,
                    batch: vec![written.matrix(rows)],
                    steps: Steps { row: panel, column: 1 },
                    panel: Some(rows * panel),
                };
                elements = elements.max(part.samples.len() * written.matrix(rows));
            }
            let filters = Operand {
                start: group * conv.out_channels * rows,
                ..filters.clone()
            };
            let placed = placed(conv, &part, group, filters, windows)?;
            let mut launch = matmul::launch_placed(&placed, target);
            if reads_input && conv.groups == 1 && placed.a.panel.is_some() {
                launch = launch.playing(Role::Pointwise(Box::new(*conv)));
            }
            made.launches.push(launch);
        }
    }
    if !reads_input {
        made.scratch
            .push(TensorType::new(DataType::Float32, Shape::vector(elements)?));
    }
    Ok(made)
}

/// The windows of a pointwise convolution, which are its input in rows that the product can read.
fn copied(conv: &Convolution, input: &Operand, windows: &Windows, rows: usize) -> Result<Launch, TensorError> {
    let matrices = Matrices {
        batch: Shape::vector(windows.samples)?,
        strides: input.batch.clone(),
        start: input.start + windows.first,
        rows: conv.terms(),
        padded_rows: rows,
        columns: windows.pixels,
        row_step: input.steps.row,
        column_step: 1,
        panel: windows.panel,
    };
    Ok(pack::launch(input.binding.clone(), &matrices))
}

/// The channels of a group, in the samples of a part of the input.
fn of_input(conv: &Convolution, part: &Part, group: usize) -> Operand {
    let plane = conv.in_channels * conv.in_space();
    let sample = conv.groups * plane;
    Operand {
        binding: Binding::Input(0),
        start: part.samples.start * sample + group * plane,
        batch: vec![sample],
        steps: Steps {
            row: conv.in_space(),
            column: 1,
        },
        panel: None,
    }
}

/// The product that gives a group of channels of a part of the output.
fn placed(
    conv: &Convolution,
    part: &Part,
    group: usize,
    filters: Operand,
    windows: Operand,
) -> Result<Placed, TensorError> {
    let (space, channels) = (conv.out_space(), conv.groups * conv.out_channels);
    let first = group * conv.out_channels;
    let bias = Addend {
        binding: Binding::Input(2),
        start: first,
        steps: Steps { row: 1, column: 0 },
        beta: 1.0,
    };
    Ok(Placed {
        batch: Shape::vector(part.samples.len())?,
        size: [conv.out_channels, part.pixels.len(), conv.terms()],
        a: filters,
        b: windows,
        c: conv.has_bias.then_some(bias),
        alpha: 1.0,
        y_start: (part.samples.start * channels + first) * space + part.pixels.start,
        y_batch: channels * space,
        y_row: space,
    })
}
