//! Cast.

use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::unary::{self as kernel, Unary};
use crate::tensor::{DataType, Element, Tensor, TensorData, TensorType};

/// The same numbers in another type. Fractions are cut off; what does not fit becomes the nearest number that does.
#[derive(Debug)]
struct Cast {
    to: Option<DataType>,
}

/// Builds Cast.
pub fn cast(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    spec.attributes.ignore("saturate");
    let code = spec
        .attributes
        .int("to")?
        .ok_or_else(|| OpError::invalid("attribute 'to' is missing"))?;
    let code = i32::try_from(code).unwrap_or(-1);
    let to =
        crate::model::decode_data_type(code).map_err(|error| OpError::unsupported(format!("the target: {error}")))?;
    Ok(Box::new(Cast { to: Some(to) }))
}

/// Builds CastLike, which takes the type of input 1.
pub fn cast_like(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    spec.attributes.ignore("saturate");
    Ok(Box::new(Cast { to: None }))
}

impl Operator for Cast {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let to = self.to.map_or_else(|| inputs.data_type(1), Ok)?;
        Ok(vec![TensorType::new(to, inputs.shape(0)?.clone())])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let count = outputs[0].shape.elements();
        Ok(match (inputs.data_type(0)?, outputs[0].data_type) {
            (from, to) if from == to => Lowered::View,
            (DataType::Float32, DataType::Bool) => {
                Lowered::Device(vec![kernel::launch(Unary::ToBool, 0.0, 0.0, count)])
            }
            (DataType::Bool, DataType::Float32) => {
                Lowered::Device(vec![kernel::launch(Unary::FromBool, 0.0, 0.0, count)])
            }
            _ => Lowered::Host,
        })
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let input = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        Ok(vec![convert(input, outputs[0].data_type)?])
    }
}

/// Converts every element; `as` cuts fractions off and saturates.
pub fn convert(input: &Tensor, to: DataType) -> Result<Tensor, OpError> {
    macro_rules! from {
        ($elements:ident, $from:ty) => {
            match to {
                DataType::Float32 => make(input, $elements, |v: $from| v as f32),
                DataType::Float64 => make(input, $elements, |v: $from| v as f64),
                DataType::Int32 => make(input, $elements, |v: $from| v as i32),
                DataType::Int64 => make(input, $elements, |v: $from| v as i64),
                DataType::Uint8 => make(input, $elements, |v: $from| v as u8),
                DataType::Bool => make(input, $elements, |v: $from| v != <$from>::default()),
            }
        };
    }
    match input.data() {
        TensorData::Float32(elements) => from!(elements, f32),
        TensorData::Float64(elements) => from!(elements, f64),
        TensorData::Int32(elements) => from!(elements, i32),
        TensorData::Int64(elements) => from!(elements, i64),
        TensorData::Uint8(elements) => from!(elements, u8),
        TensorData::Bool(elements) => {
            let numbers: Vec<u8> = elements.iter().map(|&truth| truth.into()).collect();
            match to {
                DataType::Bool => Ok(input.clone()),
                _ => convert(&Tensor::new(input.shape().clone(), numbers)?, to),
            }
        }
    }
}

fn make<F: Copy, T: Element>(input: &Tensor, elements: &[F], convert: fn(F) -> T) -> Result<Tensor, OpError> {
    Ok(Tensor::new(
        input.shape().clone(),
        elements.iter().map(|&element| convert(element)).collect(),
    )?)
}
