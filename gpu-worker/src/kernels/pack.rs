//! Matrices with their rows padded to whole eights, or cut into panels of a few columns, as the kernel of matmul/lanes.wgsl reads them.

use super::strided::signed;
use super::{Binding, Kernel, Launch, Params, Strided, kernel};
use crate::tensor::{Shape, TensorError, TensorType};

pub(super) static KERNEL: Kernel = kernel!("pack", inputs: 1);

/// Elements to whose multiples rows are padded.
pub const EIGHT: usize = 8;

/// Matrices of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrices {
    /// Dimensions of the batch, and the strides along it.
    pub batch: Shape,
    /// Elements between neighbours in the batch.
    pub strides: Vec<usize>,
    /// First element of the first matrix.
    pub start: usize,
    /// Rows that a matrix has; at least one.
    pub rows: usize,
    /// Rows that are written; those that it lacks are zero.
    pub padded_rows: usize,
    /// Columns that a matrix has; at least one.
    pub columns: usize,
    /// Elements between rows.
    pub row_step: usize,
    /// Elements between columns.
    pub column_step: usize,
    /// Columns that lie together for all rows, a multiple of eight: those of a row with its padding, or fewer.
    pub panel: usize,
}

/// Elements that a row of so many takes with its padding.
pub fn padded(columns: usize) -> usize {
    columns.next_multiple_of(EIGHT)
}

impl Matrices {
    fn panels(&self) -> usize {
        self.columns.div_ceil(self.panel)
    }

    /// The memory that the copy takes.
    pub fn packed(&self) -> Result<TensorType, TensorError> {
        let elements = self.batch.elements();
        let shape = Shape::new([elements, self.panels(), self.padded_rows, self.panel])?;
        Ok(TensorType::new(crate::tensor::DataType::Float32, shape))
    }
}

/// Launches the copy of `read`.
pub fn launch(read: Binding, matrices: &Matrices) -> Launch {
    let batch = Strided::new(&matrices.batch, &[signed(&matrices.strides)]);
    let eights = matrices.panel / EIGHT;
    let count = matrices.batch.elements() * matrices.panels() * matrices.padded_rows * eights;
    let params = batch
        .append(Params::new())
        .count(batch.rank())
        .count(count)
        .count(eights)
        .count(matrices.panels());
    let params = params
        .count(matrices.padded_rows)
        .count(matrices.rows)
        .count(matrices.columns);
    let params = params
        .count(matrices.row_step)
        .count(matrices.column_step)
        .count(matrices.start);
    Launch::new(&KERNEL, params, vec![read], count).moving()
}
