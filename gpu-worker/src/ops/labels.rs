//! LabelEncoder of ai.onnx.ml: a table from keys to values. Labels are few, so the host looks them up.

use std::collections::HashMap;

use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Tensor, TensorType};

/// Maps integers to integers or numbers.
#[derive(Debug)]
struct LabelEncoder {
    keys: Keys,
    values: Values,
}

#[derive(Debug)]
enum Keys {
    Integers(Vec<i64>),
    Floats(Vec<f32>),
}

#[derive(Debug)]
enum Values {
    Integers(Vec<i64>, i64),
    Floats(Vec<f32>, f32),
}

/// Builds LabelEncoder.
pub fn label_encoder(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let keys = match (attributes.ints("keys_int64s")?, attributes.floats("keys_floats")?) {
        (Some(keys), None) => Keys::Integers(keys),
        (None, Some(keys)) => Keys::Floats(keys),
        _ => return Err(OpError::unsupported("keys other than integers or numbers")),
    };
    let default_integer = attributes.int("default_int64")?.unwrap_or(-1);
    let default_float = attributes.float("default_float")?.unwrap_or(-0.0);
    attributes.ignore("default_string");
    let values = match (attributes.ints("values_int64s")?, attributes.floats("values_floats")?) {
        (Some(values), None) => Values::Integers(values, default_integer),
        (None, Some(values)) => Values::Floats(values, default_float),
        _ => return Err(OpError::unsupported("values other than integers or numbers")),
    };
    let count = match &keys {
        Keys::Integers(keys) => keys.len(),
        Keys::Floats(keys) => keys.len(),
    };
    let matching = match &values {
        Values::Integers(values, _) => values.len(),
        Values::Floats(values, _) => values.len(),
    };
    if count != matching {
        return Err(OpError::invalid(format!(
            "{count} keys are given for {matching} values"
        )));
    }
    Ok(Box::new(LabelEncoder { keys, values }))
}

impl LabelEncoder {
    /// Which key each element is, if any. Numbers are compared by their bits, so that a NaN is found, too; -0 is 0.
    fn find(&self, input: &Tensor) -> Result<Vec<Option<usize>>, OpError> {
        let bits = |value: f32| i64::from((value + 0.0).to_bits());
        let (keys, elements): (Vec<i64>, Vec<i64>) = match &self.keys {
            Keys::Integers(keys) => (keys.clone(), input.as_slice::<i64>()?.to_vec()),
            Keys::Floats(keys) => (
                keys.iter().map(|&key| bits(key)).collect(),
                input.as_slice::<f32>()?.iter().map(|&v| bits(v)).collect(),
            ),
        };
        let table: HashMap<i64, usize> = keys.into_iter().enumerate().map(|(index, key)| (key, index)).collect();
        Ok(elements.iter().map(|element| table.get(element).copied()).collect())
    }
}

impl Operator for LabelEncoder {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        match self.keys {
            Keys::Integers(_) => inputs.expect_type(0, &[DataType::Int64])?,
            Keys::Floats(_) => inputs.expect_type(0, &[DataType::Float32])?,
        };
        let data_type = match self.values {
            Values::Integers(..) => DataType::Int64,
            Values::Floats(..) => DataType::Float32,
        };
        Ok(vec![TensorType::new(data_type, inputs.shape(0)?.clone())])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let input = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        let found = self.find(input)?;
        let shape = outputs[0].shape.clone();
        let values = match &self.values {
            Values::Integers(values, default) => Tensor::new(
                shape,
                found.iter().map(|at| at.map_or(*default, |at| values[at])).collect(),
            )?,
            Values::Floats(values, default) => Tensor::new(
                shape,
                found.iter().map(|at| at.map_or(*default, |at| values[at])).collect(),
            )?,
        };
        Ok(vec![values])
    }
}
