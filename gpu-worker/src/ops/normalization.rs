//! BatchNormalization, outside of training, LayerNormalization and InstanceNormalization.

use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels;
use crate::kernels::layer_norm::Affine;
use crate::tensor::{DataType, TensorType};

#[derive(Debug)]
struct BatchNormalization {
    epsilon: f32,
}

/// Builds BatchNormalization.
pub fn batch(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let epsilon = spec.attributes.float("epsilon")?.unwrap_or(1e-5);
    spec.attributes.ignore("momentum");
    if spec.attributes.flag("training_mode", false)? || (1..spec.outputs.len()).any(|index| spec.has_output(index)) {
        return Err(OpError::unsupported("training mode"));
    }
    if !spec.attributes.flag("spatial", true)? {
        return Err(OpError::unsupported("statistics for each position"));
    }
    Ok(Box::new(BatchNormalization { epsilon }))
}

impl Operator for BatchNormalization {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let dims = inputs.dims(0)?;
        let channels = *dims
            .get(1)
            .ok_or_else(|| OpError::invalid("the input has no channels"))?;
        for index in 0..5 {
            inputs.expect_type(index, &[DataType::Float32])?;
            if index > 0 && inputs.dims(index)? != [channels] {
                return Err(OpError::invalid(format!(
                    "input {index} is {}, not one for each of {channels} channels",
                    inputs.shape(index)?
                )));
            }
        }
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let dims = inputs.dims(0)?;
        let inner = dims[2..].iter().product();
        let count = outputs[0].shape.elements();
        Ok(Lowered::Device(vec![kernels::normalize::launch(
            count,
            dims[1],
            inner,
            self.epsilon,
        )]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        4 * outputs[0].shape.elements() as u64
    }
}

#[derive(Debug)]
struct LayerNormalization {
    axis: i64,
    epsilon: f32,
}

/// Builds LayerNormalization.
pub fn layer(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = spec.attributes.int("axis")?.unwrap_or(-1);
    let epsilon = spec.attributes.float("epsilon")?.unwrap_or(1e-5);
    if !matches!(spec.attributes.int("stash_type")?, None | Some(1)) {
        return Err(OpError::unsupported("statistics in another type than float32"));
    }
    if spec.has_output(1) || spec.has_output(2) {
        return Err(OpError::unsupported("mean and deviation as outputs"));
    }
    Ok(Box::new(LayerNormalization { axis, epsilon }))
}

impl LayerNormalization {
    /// Number of rows and their length.
    fn rows(&self, inputs: &Operands) -> Result<(usize, usize), OpError> {
        let dims = inputs.dims(0)?;
        let axis = axis(self.axis, dims.len())?;
        Ok((dims[..axis].iter().product(), dims[axis..].iter().product()))
    }
}

impl Operator for LayerNormalization {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (_, length) = self.rows(inputs)?;
        for index in 0..inputs.count() {
            inputs.expect_type(index, &[DataType::Float32])?;
            if index > 0 && inputs.shape(index)?.elements() != length {
                return Err(OpError::unsupported(format!(
                    "input {index} is {}, not one for each of the {length} positions of a row",
                    inputs.shape(index)?
                )));
            }
        }
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        let (rows, length) = self.rows(inputs)?;
        let has_bias = inputs.optional(2).is_some();
        Ok(Lowered::Device(vec![kernels::layer_norm::launch(
            rows,
            length,
            self.epsilon,
            Affine::Positions { has_bias },
        )]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        8 * outputs[0].shape.elements() as u64
    }
}

#[derive(Debug)]
struct InstanceNormalization {
    epsilon: f32,
}

/// Builds InstanceNormalization.
pub fn instance(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let epsilon = spec.attributes.float("epsilon")?.unwrap_or(1e-5);
    Ok(Box::new(InstanceNormalization { epsilon }))
}

impl Operator for InstanceNormalization {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let &[_, channels, ref space @ ..] = inputs.dims(0)? else {
            return Err(OpError::invalid("the input has no channels"));
        };
        if space.iter().product::<usize>() == 0 {
            return Err(OpError::unsupported("channels without elements"));
        }
        for index in 0..3 {
            inputs.expect_type(index, &[DataType::Float32])?;
            if index > 0 && inputs.dims(index)? != [channels] {
                let found = inputs.shape(index)?;
                let message = format!("input {index} is {found}, not one for each of {channels} channels");
                return Err(OpError::invalid(message));
            }
        }
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        let dims = inputs.dims(0)?;
        let (rows, length) = (dims[0] * dims[1], dims[2..].iter().product());
        let affine = Affine::Rows { channels: dims[1] };
        Ok(Lowered::Device(vec![kernels::layer_norm::launch(
            rows,
            length,
            self.epsilon,
            affine,
        )]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        8 * outputs[0].shape.elements() as u64
    }
}
