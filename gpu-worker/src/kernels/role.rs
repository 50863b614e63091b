//! What the optimiser knows of a launch.

use super::conv::Convolution;
use super::element::{Expression, Operation, Walk};
use super::matmul::Product;
use super::reduce::Reduction;
use super::{Binding, Kernel, Launch};

/// What a launch computes, where there is more to know than that it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Role {
    /// Something that is only run.
    #[default]
    Other,
    /// Elements of the first tensor that it reads, as they are.
    Moves,
    /// An expression of what it reads, for the first `count` elements of its output.
    Element {
        /// The expression.
        expression: Expression,
        /// Number of elements.
        count: usize,
    },
    /// A summary of each row of what it reads.
    Rows {
        /// Which summary.
        op: Reduction,
        /// Number of rows.
        rows: usize,
        /// Elements of a row.
        length: usize,
    },
    /// Softmax of rows whose elements are neighbours.
    Softmax {
        /// Number of rows.
        rows: usize,
        /// Elements of a row.
        length: usize,
    },
    /// All of the products of the first two tensors that it reads.
    Product(Box<Product>),
    /// All of a pointwise convolution, of the filters in panels, see [`super::matmul::panel_rows`], the input, and the bias, if it has one.
    Pointwise(Box<Convolution>),
    /// All of a convolution of few channels by windows, see [`super::conv`], of the input, the filters in panels, and the bias, if it has one.
    Few(Box<Convolution>),
    /// All of a convolution of each channel with filters of its own, of the input, the filters, and the bias, if it has one.
    ByChannel(Box<Convolution>),
}

impl Role {
    /// An expression for the first `count` elements.
    pub(super) fn element(expression: Expression, count: usize) -> Self {
        Self::Element { expression, count }
    }
}

impl Launch {
    /// The same launch, known to do no more than to move elements.
    pub fn moving(self) -> Self {
        self.playing(Role::Moves)
    }

    /// The same launch, known to play a role.
    pub fn playing(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The expression and for how many elements, if it computes one.
    pub fn expression(&self) -> Option<(&Expression, usize)> {
        match &self.role {
            Role::Element { expression, count } => Some((expression, *count)),
            _ => None,
        }
    }

    /// Which elements of its only input the output consists of, if it only moves elements.
    pub fn moves(&self) -> Option<&Walk> {
        match self.expression()?.0.operations() {
            [Operation::Read { walk, .. }] => Some(walk),
            _ => None,
        }
    }

    /// Whether it writes no other numbers than some, zero and one among them, where every tensor for which `reads` says so holds no others;
    /// of numbers that are known `has` tells.
    pub fn stays_among(&self, reads: &dyn Fn(&Binding) -> bool, has: &dyn Fn(f32) -> bool) -> bool {
        match &self.role {
            Role::Element { expression, .. } => {
                expression.stays_among(&|input| self.reads.get(input).is_some_and(reads), has)
            }
            Role::Moves => self.reads.first().is_some_and(reads),
            _ => false,
        }
    }

    /// Whether its results can go through an expression before they are stored.
    pub fn takes_epilogue(&self) -> bool {
        self.epilogue.is_none() && Kernel::finishes(self.kernel)
    }
}
