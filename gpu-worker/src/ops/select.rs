//! Where.

use super::operand::{broadcast, broadcast_strides};
use super::{Lowered, OpError, Operands, Operator, Spec, movement};
use crate::kernels;
use crate::tensor::{DataType, Element, Shape, Tensor, TensorType, with_elements};

/// Elements of input 1 where input 0 holds, else of input 2.
#[derive(Debug)]
struct Where;

/// Builds Where.
pub fn select(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Where))
}

impl Operator for Where {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Bool])?;
        let (x, y) = (inputs.data_type(1)?, inputs.data_type(2)?);
        if x != y {
            return Err(OpError::invalid(format!(
                "the choices are of different types, {x} and {y}"
            )));
        }
        let shape = broadcast(&broadcast(inputs.shape(0)?, inputs.shape(1)?)?, inputs.shape(2)?)?;
        Ok(vec![TensorType::new(x, shape)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        let output = &outputs[0].shape;
        let strides = |index| Ok::<_, OpError>(broadcast_strides(inputs.shape(index)?, output));
        Ok(Lowered::Device(vec![kernels::select::launch(
            output,
            &[strides(0)?, strides(1)?, strides(2)?],
        )]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(condition), Some(x), Some(y)] = inputs else {
            return Err(OpError::invalid("three inputs are needed"));
        };
        let output = &outputs[0].shape;
        let condition = (condition.as_slice::<bool>()?, condition.shape());
        Ok(vec![
            with_elements!(x.data(), elements => choose(condition, (elements, x.shape()), y, output))?,
        ])
    }
}

fn choose<T: Element>(
    condition: (&[bool], &Shape),
    x: (&[T], &Shape),
    y: &Tensor,
    output: &Shape,
) -> Result<Tensor, OpError> {
    let condition = movement::broadcasted(condition.0, condition.1, output);
    let x = movement::broadcasted(x.0, x.1, output);
    let y = movement::broadcasted(y.as_slice::<T>()?, y.shape(), output);
    let chosen = condition
        .into_iter()
        .zip(x.into_iter().zip(y))
        .map(|(holds, (x, y))| if holds { x } else { y });
    Ok(Tensor::new(output.clone(), chosen.collect())?)
}
