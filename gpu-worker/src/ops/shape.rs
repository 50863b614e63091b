//! Operators that read or make shapes. All are known while planning.

use std::sync::Arc;

use super::transpose::lengths;
use super::{Lowered, OpError, Operands, Operator, Spec, movement};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// What is read or made.
#[derive(Debug)]
enum Known {
    /// The dimensions of the input, or some of them.
    Shape { start: i64, end: i64 },
    /// The number of elements of the input.
    Size,
    /// A tensor of the shape in input 0, filled with one element.
    Filled { value: Arc<Tensor> },
    /// From input 0 up to input 1 in steps of input 2.
    Range,
}

/// Builds Shape.
pub fn shape(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let start = spec.attributes.int("start")?.unwrap_or(0);
    let end = spec.attributes.int("end")?.unwrap_or(i64::MAX);
    Ok(Box::new(Known::Shape { start, end }))
}

/// Builds Size.
pub fn size(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Known::Size))
}

/// Builds ConstantOfShape.
pub fn constant_of_shape(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let value = spec
        .attributes
        .tensor("value")?
        .unwrap_or_else(|| Arc::new(Tensor::scalar(0.0_f32)));
    if value.shape().elements() != 1 {
        return Err(OpError::invalid(format!(
            "attribute 'value' should be one element, has {}",
            value.shape().elements()
        )));
    }
    Ok(Box::new(Known::Filled { value }))
}

/// Builds Range.
pub fn range(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Known::Range))
}

impl Known {
    fn dims(&self, inputs: &Operands) -> Result<Vec<i64>, OpError> {
        let Self::Shape { start, end } = self else {
            return Ok(Vec::new());
        };
        let dims: Vec<i64> = inputs.dims(0)?.iter().map(|&dim| dim as i64).collect();
        let rank = dims.len() as i64;
        let clamp = |bound: i64| if bound < 0 { bound.saturating_add(rank) } else { bound }.clamp(0, rank) as usize;
        Ok(dims.get(clamp(*start)..clamp(*end)).unwrap_or_default().to_vec())
    }
}

impl Operator for Known {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![match self {
            Self::Shape { .. } => TensorType::new(DataType::Int64, Shape::vector(self.dims(inputs)?.len())?),
            Self::Size => TensorType::new(DataType::Int64, Shape::scalar()),
            Self::Filled { value } => TensorType::new(value.data_type(), Shape::new(lengths(inputs, 0, "shape")?)?),
            Self::Range => {
                let data_type = inputs.data_type(0)?;
                TensorType::new(data_type, Shape::vector(range_length(inputs)?)?)
            }
        }])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Err(OpError::unsupported("a result that is not known while planning"))
    }

    fn fold(&self, inputs: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        let value = match self {
            Self::Shape { .. } => self.dims(inputs).and_then(|dims| Ok(Tensor::vector(dims)?)),
            Self::Size => inputs.shape(0).map(|shape| Tensor::scalar(shape.elements() as i64)),
            Self::Filled { value } => movement::repeat(value, outputs[0].shape.clone()),
            Self::Range => range_values(inputs, &outputs[0].shape),
        };
        Some(value.map(|value| vec![value]))
    }
}

/// A bound of a range. Double precision holds all that a tensor can count to.
fn bound(inputs: &Operands, index: usize, name: &'static str) -> Result<f64, OpError> {
    let bound = inputs.known(index, name)?;
    if bound.shape().elements() != 1 {
        return Err(OpError::invalid(format!(
            "input {index} ({name}) should be one element, is {}",
            bound.shape()
        )));
    }
    Ok(bound.floats()?(0))
}

fn range_length(inputs: &Operands) -> Result<usize, OpError> {
    let (start, limit, delta) = (
        bound(inputs, 0, "start")?,
        bound(inputs, 1, "limit")?,
        bound(inputs, 2, "delta")?,
    );
    if delta == 0.0 {
        return Err(OpError::invalid("a step of 0"));
    }
    // `as` saturates, and no shape is as long as that.
    Ok(((limit - start) / delta).ceil().max(0.0) as usize)
}

fn range_values(inputs: &Operands, shape: &Shape) -> Result<Tensor, OpError> {
    let (data_type, steps) = (inputs.data_type(0)?, 0..shape.elements());
    if data_type.is_integer() {
        let (start, delta) = (
            inputs.known(0, "start")?.integers()?(0),
            inputs.known(2, "delta")?.integers()?(0),
        );
        let numbers = steps.map(|i| start + delta * i as i128);
        return Ok(Tensor::from_integers(data_type, shape.clone(), numbers)?);
    }
    let (start, delta) = (bound(inputs, 0, "start")?, bound(inputs, 2, "delta")?);
    Ok(Tensor::from_floats(
        data_type,
        shape.clone(),
        steps.map(|i| start + delta * i as f64),
    )?)
}
