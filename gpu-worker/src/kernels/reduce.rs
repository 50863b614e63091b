//! Summaries along dimensions.

use super::strided::signed;
use super::{Binding, EIGHT, Kernel, Launch, Params, Strided, Target, groups, kernel, span};
use crate::tensor::{Shape, TensorError};

pub(super) static KERNEL: Kernel = kernel!("reduce", inputs: 1, after "reduce/params.wgsl", "reduce/numbers.wgsl");
pub(super) static ROWS: Kernel = kernel!("reduce_rows", inputs: 1, after "rows.wgsl", "rows/memory.wgsl", "reduce/params.wgsl", "reduce/numbers.wgsl");
pub(super) static ROWS_BY_SUBGROUPS: Kernel = kernel!("reduce_rows_by_subgroups" of "reduce_rows", inputs: 1, after "rows.wgsl", "rows/subgroups.wgsl", "reduce/params.wgsl", "reduce/numbers.wgsl");
pub(super) static FOURS: Kernel = kernel!("reduce_fours", inputs: 1, after "reduce/numbers.wgsl");

/// Threads of a workgroup of [`FOURS`].
const FOURS_THREADS: u64 = 8;

/// What is computed; the numbers are those of `OP` in reduce.wgsl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs, reason = "each is the ONNX operator Reduce… of that name")]
pub enum Reduction {
    Sum = 0,
    Mean = 1,
    Max = 2,
    Min = 3,
    Prod = 4,
    SumSquare = 5,
    L1 = 6,
    L2 = 7,
    LogSum = 8,
    LogSumExp = 9,
}

impl Reduction {
    /// What summaries of equal parts are to be, and what makes the summary of the whole of them.
    pub fn in_stages(self) -> (Self, Self) {
        match self {
            Self::SumSquare => (Self::SumSquare, Self::Sum),
            Self::L1 => (Self::L1, Self::Sum),
            Self::LogSum => (Self::Sum, Self::LogSum),
            Self::Sum | Self::Mean | Self::Max | Self::Min | Self::Prod | Self::L2 | Self::LogSumExp => (self, self),
        }
    }

    /// What makes no difference to a summary; to one of exponentials, to the greatest of which it takes out.
    fn neutral(self) -> f32 {
        match self {
            Self::Max | Self::LogSumExp => f32::NEG_INFINITY,
            Self::Min => f32::INFINITY,
            Self::Prod => 1.0,
            Self::Sum | Self::Mean | Self::SumSquare | Self::L1 | Self::L2 | Self::LogSum => 0.0,
        }
    }
}

/// Launches the reduction of input 0, of shape `x`, along `axes`, on a target.
pub fn launch(op: Reduction, x: &Shape, axes: &[usize], target: Target) -> Result<Launch, TensorError> {
    launch_of(op, x, &x.strides(), axes, target)
}

/// The same of elements that lie `strides` apart.
pub fn launch_of(
    op: Reduction,
    x: &Shape,
    strides: &[usize],
    axes: &[usize],
    target: Target,
) -> Result<Launch, TensorError> {
    let side = |reduced: bool| {
        let axes: Vec<usize> = (0..x.rank()).filter(|axis| axes.contains(axis) == reduced).collect();
        let dims: Vec<usize> = axes.iter().map(|&axis| x.dims()[axis]).collect();
        let strides: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
        let shape = Shape::new(dims)?;
        Ok::<_, TensorError>((shape.elements(), Strided::new(&shape, &[signed(&strides)])))
    };
    let (count, kept) = side(false)?;
    let (length, reduced) = side(true)?;
    // One dimension takes no index arithmetic; the logarithm of a sum of exponentials walks twice.
    let walks = if op == Reduction::LogSumExp { 2 } else { 1 };
    let rounds = walks * length * if reduced.rank() > 1 { 2 + reduced.rank() } else { 1 };
    let is_on_lanes = matches!(target, Target::Lanes(_)) && count > 0;
    let walked = Walked::of(&kept, &reduced).filter(|walked| is_on_lanes && span::fits(count * walked.step));
    if let Some(walked) = walked {
        return Ok(by_fours(op, count, length, walked).taking(rounds));
    }
    let params = reduced.append(kept.append(Params::new()));
    let params = params
        .count(count)
        .count(kept.rank())
        .count(length)
        .count(reduced.rank());
    let launch = Launch::new(&KERNEL, params, vec![Binding::Input(0)], count)
        .with("OP", op as u32)
        .with("NESTS", (reduced.rank() > 1).into())
        .taking(rounds);
    Ok(if reduced.rank() == 1 {
        launch.by_rows(&ROWS, &ROWS_BY_SUBGROUPS, count, length)
    } else {
        launch
    })
}

/// How [`FOURS`] goes through what it summarises.
#[derive(Debug, Clone, Copy)]
struct Walked {
    /// Elements from the first of one summary to the first of the next.
    step: usize,
    /// Neighbours, and how far the next ones are from them, if there are others.
    columns: usize,
    pitch: Option<usize>,
}

impl Walked {
    /// Rows whose elements are neighbours, or planes of such rows that begin at whole eights.
    fn of(kept: &Strided, reduced: &Strided) -> Option<Self> {
        let walked = match (reduced.dims(), reduced.strides(0)) {
            ([], _) => Self::row(1),
            (&[length], [1]) => Self::row(length),
            (&[rows, columns], &[pitch, 1]) if pitch > 0 && pitch % EIGHT as i64 == 0 => Self {
                step: rows * pitch as usize,
                columns,
                pitch: Some(pitch as usize),
            },
            _ => return None,
        };
        kept.is_row_of(walked.step as i64).then_some(walked)
    }

    fn row(length: usize) -> Self {
        Self {
            step: length,
            columns: length,
            pitch: None,
        }
    }
}

/// Launches the reduction of so many rows or planes, of `length` elements each, by four elements at a time.
fn by_fours(op: Reduction, count: usize, length: usize, walked: Walked) -> Launch {
    let Walked { step, columns, pitch } = walked;
    let params = Params::new().count(count).count(length).count(step);
    let params = params.count(columns).count(pitch.unwrap_or(step)).float(op.neutral());
    let mut launch = Launch::new(&FOURS, params, vec![Binding::Input(0)], count)
        .with("OP", op as u32)
        .with("HAS_ROWS", pitch.is_some().into());
    launch.grid = groups((count as u64).div_ceil(FOURS_THREADS));
    launch
}
