//! Softmax and LogSoftmax.

use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::{self, around};
use crate::tensor::{DataType, TensorType};

#[derive(Debug)]
struct Softmax {
    log: bool,
    axis: i64,
    /// Before version 13 everything from the axis on was one row.
    flattens: bool,
}

/// Builds Softmax or LogSoftmax.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let flattens = spec.opset < 13;
    let axis = spec.attributes.int("axis")?.unwrap_or(if flattens { 1 } else { -1 });
    Ok(Box::new(Softmax {
        log: spec.kind == "LogSoftmax",
        axis,
        flattens,
    }))
}

impl Operator for Softmax {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        axis(self.axis, inputs.shape(0)?.rank())?;
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        let shape = inputs.shape(0)?;
        let axis = axis(self.axis, shape.rank())?;
        let (outer, length, inner) = around(shape, axis);
        let rows = if self.flattens {
            (outer, length * inner, 1)
        } else {
            (outer, length, inner)
        };
        Ok(Lowered::Device(vec![kernels::softmax::launch(self.log, rows)]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        4 * outputs[0].shape.elements() as u64
    }
}
