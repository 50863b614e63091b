//! Sums of products as integers of 32 bits: the last part of what kernels make.

use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk, launch};
use crate::kernels::unary::Unary;
use crate::ops::{Lowered, OpError, Operands, Operator};
use crate::tensor::{DataType, TensorType};

/// Whole numbers of single precision as integers of 32 bits; of two inputs, 16 times the first and the second.
#[derive(Debug)]
pub struct Integers;

impl Operator for Integers {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(DataType::Int32, inputs.shape(0)?.clone())])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let count = outputs[0].shape.elements();
        let walks = (0..inputs.count()).map(|_| Walk::straight(count));
        let expression = Expression::of_reads(walks, |operands| match operands {
            [high, low] => Operation::Binary(Binary::HighLow, *high, *low),
            _ => Operation::Unary(Unary::ToInteger, 0.0, 0.0, operands[0]),
        });
        let launch = launch(expression, inputs.count(), count, inputs.target());
        Ok(Lowered::Device(vec![launch]))
    }
}
