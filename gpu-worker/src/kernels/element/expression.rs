//! What an element-wise kernel computes, as data that the optimiser can join.

use super::walk::Walk;
use crate::kernels::binary::Binary;
use crate::kernels::unary::Unary;

/// One operation; operands are the numbers of earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// What the kernel computed whose epilogue this is.
    Value,
    /// A word known while planning.
    Number(u32),
    /// An element of a tensor.
    Read {
        /// Which of the tensors that the launch reads.
        input: usize,
        /// Which of its elements.
        walk: Walk,
    },
    /// Whether a walk is at less than so many elements: truth.
    Below(Walk, usize),
    /// A function of one word, with its two numbers.
    Unary(Unary, f32, f32, usize),
    /// A function of two words.
    Binary(Binary, usize, usize),
    /// The second where the first holds, else the third.
    Select(usize, usize, usize),
}

/// Operations, each after its operands, and which of them is the result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expression {
    operations: Vec<Operation>,
    result: usize,
}

impl Expression {
    /// An element of the only tensor that is read.
    pub fn read(walk: Walk) -> Self {
        Self {
            operations: vec![Operation::Read { input: 0, walk }],
            result: 0,
        }
    }

    /// A function of an element of each of the tensors that are read.
    pub fn of_reads(walks: impl IntoIterator<Item = Walk>, function: impl FnOnce(&[usize]) -> Operation) -> Self {
        let mut operations: Vec<Operation> = walks
            .into_iter()
            .enumerate()
            .map(|(input, walk)| Operation::Read { input, walk })
            .collect();
        let operands: Vec<usize> = (0..operations.len()).collect();
        operations.push(function(&operands));
        Self {
            operations,
            result: operands.len(),
        }
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The number of the operation that is the result.
    pub fn result(&self) -> usize {
        self.result
    }

    /// Makes the operation of a number the result.
    pub fn set_result(&mut self, number: usize) {
        self.result = number;
    }

    /// Makes an operation the result and gives its number. One that is already there is not added again.
    pub fn add(&mut self, operation: Operation) -> usize {
        let known = self.operations.iter().position(|known| *known == operation);
        self.result = known.unwrap_or_else(|| {
            self.operations.push(operation);
            self.operations.len() - 1
        });
        self.result
    }

    /// Whether the result is a floating-point number for sure, and not a truth value.
    pub fn gives_float(&self) -> bool {
        self.is_float(self.result)
    }

    fn is_float(&self, at: usize) -> bool {
        match self.operations.get(at) {
            Some(Operation::Value) => true,
            Some(Operation::Unary(op, ..)) => op.gives_float(),
            Some(Operation::Binary(op, ..)) => op.gives_float(),
            // Either may be of the same type only.
            Some(&Operation::Select(_, x, y)) => self.is_float(x) || self.is_float(y),
            Some(Operation::Number(_) | Operation::Read { .. } | Operation::Below(..)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_added_once() {
        let mut expression = Expression::default();
        let value = expression.add(Operation::Value);
        let root = expression.add(Operation::Unary(Unary::Sqrt, 0.0, 0.0, value));
        assert_eq!(expression.add(Operation::Value), value);
        assert_eq!(expression.add(Operation::Unary(Unary::Sqrt, 0.0, 0.0, value)), root);
        assert_eq!(expression.operations().len(), 2);
    }

    #[test]
    fn a_comparison_gives_no_number() {
        let compare = |operands: &[usize]| Operation::Binary(Binary::Less, operands[0], operands[1]);
        let walks = || [Walk::straight(3), Walk::straight(3)];
        assert!(!Expression::of_reads(walks(), compare).gives_float());
        let add = |operands: &[usize]| Operation::Binary(Binary::Add, operands[0], operands[1]);
        assert!(Expression::of_reads(walks(), add).gives_float());
    }
}
