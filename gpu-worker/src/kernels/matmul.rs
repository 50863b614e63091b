//! Matrix products.

mod cooperative;
mod gpu;
mod lanes;
mod placed;
#[cfg(test)]
mod tests;

use super::strided::signed;
use super::{Binding, Kernel, Launch, Launches, Params, Strided, Target, kernel};
use crate::tensor::{Shape, TensorError};

pub use self::cooperative::needs as needs_of_matrices;
pub use self::lanes::PANEL_ROWS;
pub use self::placed::{Addend, Operand, Placed};
#[cfg(test)]
pub(super) use self::{
    cooperative::kernels as cooperative_kernels, gpu::kernels as gpu_kernels, lanes::kernels as lanes_kernels,
    lanes::thin_kernels,
};

pub(super) static KERNEL: Kernel = kernel!("matmul", inputs: 3);

/// Elements between neighbouring rows and columns of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// From a row to the next.
    pub row: usize,
    /// From a column to the next.
    pub column: usize,
}

/// A batch of products of m x k and k x n matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Dimensions of the batch.
    pub batch: Shape,
    /// Strides of the first operand along the batch.
    pub a_batch: Vec<usize>,
    /// Strides of the second operand along the batch.
    pub b_batch: Vec<usize>,
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Length of the sums.
    pub k: usize,
    /// Layout of the first operand.
    pub a: Steps,
    /// Layout of the second operand.
    pub b: Steps,
    /// Layout of a third operand that is added, broadcast by steps of zero.
    pub c: Option<Steps>,
    /// Factor of the product.
    pub alpha: f32,
    /// Factor of the third operand.
    pub beta: f32,
    /// Whether the second operand never changes, so that it costs nothing to lay it out anew.
    pub b_is_known: bool,
}

/// Terms that one launch adds up; longer sums take several launches, each adding to what is there.
const TERMS: usize = 32_768;

impl Product {
    /// The same results by fewer and larger products: where all share the second operand, the rows of the batch are rows of one.
    fn merged(&self) -> Self {
        let rows = Strided::new(&self.batch, &[signed(&self.a_batch)]);
        let follows = rows.is_row_of((self.m * self.a.row) as i64);
        let repeats = self.c.is_none_or(|c| c.row == 0);
        if !follows || !repeats || self.b_batch.iter().any(|&stride| stride != 0) {
            return self.clone();
        }
        Self {
            batch: Shape::scalar(),
            a_batch: Vec::new(),
            b_batch: Vec::new(),
            m: self.batch.elements() * self.m,
            ..self.clone()
        }
    }
}

/// Launches a product of inputs 0 and 1, adding input 2 if there is one; `outputs` is the number of the first scratch memory.
pub fn launch(product: &Product, target: Target, outputs: usize) -> Result<Launches, TensorError> {
    let product = product.merged();
    if !fits(product.batch.elements(), [product.m, product.n, product.k], target) {
        return Ok(plain(&product).into());
    }
    match target {
        Target::Lanes(lanes) => lanes::launch_packing(&product, lanes, outputs),
        _ => Ok(vec![gpu::launch(&Placed::of_inputs(&product), target)].into()),
    }
}

/// Whether a target has a kernel of its own for a batch of products of so many rows, columns and terms.
pub fn fits(batch: usize, size: [usize; 3], target: Target) -> bool {
    match target {
        Target::Any => false,
        Target::Lanes(lanes) => lanes::fits(batch, size, lanes),
        Target::Gpu(_) => gpu::fits(batch, size),
    }
}

/// Columns of the panels in which a target's kernel may find the second operand, if it reads panels.
pub fn panel_columns(target: Target) -> Option<usize> {
    match target {
        Target::Lanes(lanes) => Some(lanes::panel_columns(lanes)),
        Target::Any | Target::Gpu(_) => None,
    }
}

/// Rows of the panels in which a target's kernel best finds so many rows of a first operand that never changes, if it reads panels: each
/// holds eight terms of all its rows, and then the next eight.
pub fn panel_rows(m: usize, target: Target) -> Option<usize> {
    match target {
        Target::Lanes(_) => m.is_multiple_of(lanes::PANEL_ROWS).then_some(lanes::PANEL_ROWS),
        Target::Any | Target::Gpu(_) => None,
    }
}

/// Launches products by the kernel that [`fits`] speaks of. For [`Target::Lanes`] operands lie in rows of whole texels, with zeros for
/// terms that they lack to whole eights.
pub fn launch_placed(placed: &Placed, target: Target) -> Launch {
    match target {
        Target::Lanes(lanes) => lanes::launch(placed, lanes),
        _ => gpu::launch(placed, target),
    }
}

/// Launches a product of any layout.
fn plain(product: &Product) -> Vec<Launch> {
    let parts = product.k.div_ceil(TERMS).max(1);
    (0..parts).map(|part| launch_part(product, part * TERMS)).collect()
}

/// Launches the part of every sum that starts at the given term.
fn launch_part(product: &Product, first: usize) -> Launch {
    let terms = TERMS.min(product.k - first);
    let batch = Strided::new(&product.batch, &[signed(&product.a_batch), signed(&product.b_batch)]);
    let c = product.c.unwrap_or(Steps { row: 0, column: 0 });
    let params = batch
        .append(Params::new())
        .count(batch.rank())
        .count(product.batch.elements());
    let params = params.count(product.m).count(product.n).count(first).count(terms);
    let params = params
        .count(product.a.row)
        .count(product.a.column)
        .count(product.b.row)
        .count(product.b.column);
    let params = params
        .count(c.row)
        .count(c.column)
        .float(product.alpha)
        .float(product.beta);
    // A kernel's bindings must all be filled: without a third operand the second one stands in, and is not read.
    let third = Binding::Input(if product.c.is_some() { 2 } else { 1 });
    let tiles = product.batch.elements() * product.m.div_ceil(4) * product.n.div_ceil(4);
    Launch::new(
        &KERNEL,
        params,
        vec![Binding::Input(0), Binding::Input(1), third],
        tiles,
    )
    .with("ADDS_C", (product.c.is_some() && first == 0).into())
    .with("CONTINUES", (first > 0).into())
    .taking(terms)
}
