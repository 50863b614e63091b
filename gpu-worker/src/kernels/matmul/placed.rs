//! Products whose operands have been given places in memory.

use super::{Product, Steps};
use crate::kernels::{Binding, Params};
use crate::tensor::Shape;

/// Workgroups along each side of a grid; the least that WebGPU guarantees.
pub const MAX_GROUPS: usize = 65_535;

/// Where one operand of a batch of products lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    /// The tensor.
    pub binding: Binding,
    /// First element.
    pub start: usize,
    /// Strides along the batch.
    pub batch: Vec<usize>,
    /// Layout of a matrix.
    pub steps: Steps,
    /// Elements from what a workgroup reads to that of the next, where columns of the second operand, or rows of the first, lie in panels.
    pub panel: Option<usize>,
}

/// What is added to a product.
#[derive(Debug, Clone, PartialEq)]
pub struct Addend {
    /// The tensor.
    pub binding: Binding,
    /// First element.
    pub start: usize,
    /// Layout, the same for the whole batch.
    pub steps: Steps,
    /// Its factor.
    pub beta: f32,
}

/// A batch of products.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Dimensions of the batch.
    pub batch: Shape,
    /// Rows, columns and terms.
    pub size: [usize; 3],
    /// The first operand.
    pub a: Operand,
    /// The second operand.
    pub b: Operand,
    /// What is added.
    pub c: Option<Addend>,
    /// Factor of the product.
    pub alpha: f32,
    /// First element of the results.
    pub y_start: usize,
    /// Elements from the results of a product to those of the next.
    pub y_batch: usize,
    /// Elements from a row of results to the next.
    pub y_row: usize,
}

impl Placed {
    /// A product of whole inputs 0 and 1, plus input 2 if it has a third operand.
    pub fn of_inputs(product: &Product) -> Self {
        let operand = |input: usize, batch: &[usize], steps: Steps| Operand {
            binding: Binding::Input(input),
            start: 0,
            batch: batch.to_vec(),
            steps,
            panel: None,
        };
        let c = product.c.map(|steps| Addend {
            binding: Binding::Input(2),
            start: 0,
            steps,
            beta: product.beta,
        });
        Self {
            batch: product.batch.clone(),
            size: [product.m, product.n, product.k],
            a: operand(0, &product.a_batch, product.a),
            b: operand(1, &product.b_batch, product.b),
            c,
            alpha: product.alpha,
            y_start: 0,
            y_batch: product.m * product.n,
            y_row: product.n,
        }
    }

    /// What the speed of its kernels depends on, roughly: sizes up to a factor of two, and which operands are transposed.
    pub fn class(&self) -> String {
        let [m, n, k] = self.size.map(usize::next_power_of_two);
        let batch = self.batch.elements().next_power_of_two();
        let letter = |steps: Steps| if steps.column == 1 { 'n' } else { 't' };
        // Panels of the first operand are for tiles of one size.
        let a = self.a.panel.map_or(letter(self.a.steps), |_| 'p');
        let b = letter(self.b.steps);
        format!("product {a}{b} {batch} x {m} x {n} x {k}")
    }

    /// What a kernel of three inputs reads. Its bindings must all be filled: without a third operand the first one stands in, and is not
    /// read.
    pub fn reads(&self) -> Vec<Binding> {
        let third = self.c.as_ref().map_or(&self.a.binding, |c| &c.binding).clone();
        vec![self.a.binding.clone(), self.b.binding.clone(), third]
    }

    /// Layout of the third operand.
    pub fn c_steps(&self) -> Steps {
        let none = Steps { row: 0, column: 0 };
        self.c.as_ref().map_or(none, |c| c.steps)
    }

    /// Appends where results go, the layouts, and the factors; places in `a` and `b` count in units of so many elements.
    pub fn append(&self, params: Params, unit: usize, layouts: &[usize]) -> Params {
        let c_start = self.c.as_ref().map_or(0, |c| c.start);
        let params = params.count(self.a.start / unit).count(self.b.start / unit);
        let params = params.count(c_start).count(self.y_start).count(self.y_batch);
        let params = layouts.iter().copied().fold(params.count(self.y_row), Params::count);
        let Steps { row, column } = self.c_steps();
        let beta = self.c.as_ref().map_or(0.0, |c| c.beta);
        params.count(row).count(column).float(self.alpha).float(beta)
    }
}
