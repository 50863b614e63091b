//! Joins the expressions of several steps into one.

use std::collections::HashMap;
use std::sync::Arc;

use super::rows::word;
use crate::kernels::element::{Expression, Operation};
use crate::plan::{BufferId, Read};

/// An expression in the making, and the tensors that it reads.
#[derive(Debug, Default)]
pub struct Join {
    expression: Expression,
    reads: Vec<Read>,
    /// What computes buffers that are not read, but computed on the way.
    computed: HashMap<BufferId, usize>,
}

impl Join {
    /// Takes the buffer for what the kernel computes whose epilogue the expression becomes.
    pub fn take_value(&mut self, buffer: BufferId) {
        let value = self.expression.add(Operation::Value);
        self.computed.insert(buffer, value);
    }

    /// Adds the expression of a step that writes `write`, after those of the steps that it depends on.
    pub fn add(&mut self, expression: &Expression, reads: &[Read], write: BufferId) {
        let mut places: Vec<usize> = Vec::with_capacity(expression.operations().len());
        for operation in expression.operations() {
            let place = |operand: &usize| places[*operand];
            let place = match operation {
                Operation::Value => self.expression.add(Operation::Value),
                Operation::Number(word) => self.expression.add(Operation::Number(*word)),
                Operation::Read { input, walk } => self.read(&reads[*input], walk),
                Operation::Below(..) => self.expression.add(operation.clone()),
                Operation::Unary(op, a, b, x) => self.expression.add(Operation::Unary(*op, *a, *b, place(x))),
                Operation::Binary(op, x, y) => self.expression.add(Operation::Binary(*op, place(x), place(y))),
                Operation::Select(c, x, y) => self.expression.add(Operation::Select(place(c), place(x), place(y))),
            };
            places.push(place);
        }
        if let Some(&result) = places.get(expression.result()) {
            self.expression.set_result(result);
            self.computed.insert(write, result);
        }
    }

    fn read(&mut self, read: &Read, walk: &crate::kernels::element::Walk) -> usize {
        if let Some(word) = word(read) {
            return self.expression.add(Operation::Number(word));
        }
        if let Some(&computed) = read.buffer().and_then(|buffer| self.computed.get(&buffer)) {
            return computed;
        }
        let input = match self.reads.iter().position(|known| is_same(known, read)) {
            Some(input) => input,
            None => {
                self.reads.push(read.clone());
                self.reads.len() - 1
            }
        };
        let walk = walk.clone();
        self.expression.add(Operation::Read { input, walk })
    }

    /// The expression, whose result is that of the step that was added last, and what it reads.
    pub fn finish(self) -> (Expression, Vec<Read>) {
        (self.expression, self.reads)
    }
}

/// Whether two reads bind the same. Tables of words are told apart without looking into them.
pub fn is_same(left: &Read, right: &Read) -> bool {
    match (left, right) {
        (Read::Buffer(left), Read::Buffer(right)) => left == right,
        (Read::Constant(left), Read::Constant(right)) => Arc::ptr_eq(left, right),
        _ => false,
    }
}
