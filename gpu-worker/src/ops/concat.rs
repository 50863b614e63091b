//! Concat.

use super::movement::{self, Move, Source, whole};
use super::operand::axis;
use super::transpose::with_operands;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy;
use crate::tensor::{Shape, Tensor, TensorType};

/// Inputs one after another along an axis.
#[derive(Debug)]
struct Concat {
    axis: i64,
}

/// Builds Concat.
pub fn concat(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = spec
        .attributes
        .int("axis")?
        .ok_or_else(|| OpError::invalid("attribute 'axis' is missing"))?;
    Ok(Box::new(Concat { axis }))
}

impl Concat {
    fn plan(&self, inputs: &Operands) -> Result<(Shape, Vec<Move>), OpError> {
        let first = inputs.shape(0)?;
        let axis = axis(self.axis, first.rank())?;
        let mut dims = first.dims().to_vec();
        dims[axis] = 0;
        for index in 0..inputs.count() {
            let shape = inputs.shape(index)?;
            let fits = |other: usize| other == axis || shape.dims().get(other) == first.dims().get(other);
            if shape.rank() != first.rank()
                || !(0..first.rank()).all(fits)
                || inputs.data_type(index)? != inputs.data_type(0)?
            {
                return Err(OpError::invalid(format!(
                    "input {index}, {}, does not fit input 0, {}, along axis {axis}",
                    inputs.get(index)?.tensor_type,
                    inputs.get(0)?.tensor_type
                )));
            }
            dims[axis] += shape.dims()[axis];
        }
        let output = Shape::new(dims)?;
        let mut start = 0;
        let mut moves = Vec::with_capacity(inputs.count());
        for index in 0..inputs.count() {
            let shape = inputs.shape(index)?;
            let mut to = whole(&output);
            to.offset = start * to.strides[axis] as usize;
            start += shape.dims()[axis];
            moves.push(Move {
                source: Source::Input(index),
                extent: shape.clone(),
                from: whole(shape),
                output: 0,
                to,
            });
        }
        Ok((output, moves))
    }
}

impl Operator for Concat {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.plan(inputs)?.0)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if outputs[0].data_type.is_on_device() {
            let axis = axis(self.axis, outputs[0].shape.rank())?;
            let lengths = (0..inputs.count()).map(|index| Ok(inputs.dims(index)?[axis]));
            let lengths = lengths.collect::<Result<Vec<_>, OpError>>()?;
            if let Some(launch) = copy::beside(&outputs[0].shape, axis, &lengths, inputs.target()) {
                return Ok(Lowered::Device(vec![launch]));
            }
        }
        movement::lower(&self.plan(inputs)?.1, inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            movement::evaluate(&self.plan(operands)?.1, inputs, outputs)
        })
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}
