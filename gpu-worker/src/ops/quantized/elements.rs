//! Sums of products as integers of 32 bits: the last part of what kernels make.

use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk, launch};
use crate::kernels::unary::Unary;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::tensor::{DataType, TensorType};

/// The sum of inputs that are whole numbers of single precision, as integers of 32 bits.
#[derive(Debug)]
pub struct Integers;

impl Operator for Integers {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(DataType::Int32, inputs.shape(0)?.clone())])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let count = outputs[0].shape.elements();
        let mut expression = Expression::default();
        let mut sum = None;
        for input in 0..inputs.count() {
            let walk = Walk::straight(count);
            let read = expression.add(Operation::Read { input, walk });
            let integer = expression.add(Operation::Unary(Unary::ToInteger, 0.0, 0.0, read));
            sum = Some(match sum {
                None => integer,
                Some(sum) => expression.add(Operation::Binary(Binary::IntegerSum, sum, integer)),
            });
        }
        let launch = launch(expression, inputs.count(), count, inputs.target());
        Ok(Lowered::Device(vec![launch]))
    }
}
