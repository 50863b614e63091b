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

    /// Whether the result is one of some numbers, zero and one among them, where every tensor for which `reads` says so holds no others.
    /// Of numbers that are known `has` tells. What picks a number, changes its sign or takes its fraction leaves it one of half precision.
    pub fn stays_among(&self, reads: &dyn Fn(usize) -> bool, has: &dyn Fn(f32) -> bool) -> bool {
        let mut stays: Vec<bool> = Vec::with_capacity(self.operations.len());
        for operation in &self.operations {
            let of = |operand: &usize| stays[*operand];
            stays.push(match operation {
                Operation::Value => false,
                Operation::Number(word) => has(f32::from_bits(*word)),
                Operation::Below(..) => true,
                Operation::Read { input, .. } => reads(*input),
                Operation::Unary(Unary::Clip, low, high, x) => of(x) && has(*low) && has(*high),
                Operation::Unary(op, _, _, x) => op.gives_zero_or_one() || (op.keeps_precision() && of(x)),
                Operation::Binary(Binary::Minimum | Binary::Maximum, x, y) => of(x) && of(y),
                Operation::Binary(op, ..) => !op.gives_float() && *op != Binary::IntegerSum,
                Operation::Select(_, x, y) => of(x) && of(y),
            });
        }
        stays.get(self.result).copied().unwrap_or(false)
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
    fn what_picks_or_turns_numbers_makes_no_others() {
        let is_small = |number: f32| number.abs() <= 8.0;
        let of = |op: Unary, low, high| {
            let apply = |operands: &[usize]| Operation::Unary(op, low, high, operands[0]);
            Expression::of_reads([Walk::straight(3)], apply).stays_among(&|_| true, &is_small)
        };
        assert!(of(Unary::Relu, 0.0, 0.0) && of(Unary::Clip, 0.0, 6.0) && of(Unary::ToBool, 0.0, 0.0));
        assert!(!of(Unary::Clip, 0.0, 9.0) && !of(Unary::Exp, 0.0, 0.0) && !of(Unary::LeakyRelu, 0.1, 0.0));
        let pair = |op: Binary, reads: &dyn Fn(usize) -> bool| {
            let apply = |operands: &[usize]| Operation::Binary(op, operands[0], operands[1]);
            Expression::of_reads([Walk::straight(3), Walk::straight(3)], apply).stays_among(reads, &is_small)
        };
        assert!(pair(Binary::Maximum, &|_| true) && pair(Binary::Less, &|_| false));
        assert!(!pair(Binary::Maximum, &|input| input == 0) && !pair(Binary::Add, &|_| true));
        // Words of 32 bits are neither numbers nor truth values.
        assert!(!of(Unary::ToInteger, 0.0, 0.0) && !pair(Binary::IntegerSum, &|_| true));
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
