//! LabelEncoder of ai.onnx.ml: a table from keys to values of any types. Labels are few, so the host looks them up.

use std::collections::HashMap;

use super::doubles::{doubles, given};
use super::movement::pick;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::model::Attributes;
use crate::tensor::{DataType, Element, Tensor, TensorType, Text, with_elements};

/// A key that compares for equality. Numbers are compared by their bits, so that a NaN is found, too; -0 is 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Number(u64),
    Text(Text),
}

#[derive(Debug)]
struct LabelEncoder {
    key_type: DataType,
    /// The number of each key's value.
    table: HashMap<Key, usize>,
    /// All values, and then the default.
    values: Tensor,
}

/// Builds LabelEncoder.
pub fn label_encoder(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let keys = list(attributes, "keys")?.ok_or_else(|| OpError::invalid("no keys are given"))?;
    let values = list(attributes, "values")?.ok_or_else(|| OpError::invalid("no values are given"))?;
    let (count, matching) = (keys.shape().elements(), values.shape().elements());
    if count != matching {
        return Err(OpError::invalid(format!(
            "{count} keys are given for {matching} values"
        )));
    }
    let default = default(attributes, values.data_type())?;
    let numbered = elements(&keys)?.into_iter().enumerate();
    Ok(Box::new(LabelEncoder {
        key_type: keys.data_type(),
        table: numbered.map(|(number, key)| (key, number)).collect(),
        values: appended(&values, &default)?,
    }))
}

/// The one of the attributes `…_int64s`, `…_floats`, `…_strings` and `…_tensor` that is given.
fn list(attributes: &mut Attributes, name: &str) -> Result<Option<Tensor>, OpError> {
    let mut found = Vec::new();
    if let Some(integers) = attributes.ints(&format!("{name}_int64s"))? {
        found.push(Tensor::vector(integers)?);
    }
    if let Some(floats) = attributes.floats(&format!("{name}_floats"))? {
        found.push(Tensor::vector(floats)?);
    }
    if let Some(texts) = attributes.texts(&format!("{name}_strings"))? {
        found.push(Tensor::vector(texts.into_iter().map(Text::from).collect())?);
    }
    if let Some(tensor) = attributes.tensor(&format!("{name}_tensor"))? {
        found.push(tensor.as_ref().clone());
    }
    if found.len() > 1 {
        return Err(OpError::invalid(format!("{} lists of {name} are given", found.len())));
    }
    Ok(found.pop())
}

/// What a key that is not in the table becomes.
fn default(attributes: &mut Attributes, data_type: DataType) -> Result<Tensor, OpError> {
    let (integer, float) = (attributes.int("default_int64")?, attributes.float("default_float")?);
    let text = attributes.text("default_string")?;
    let tensor = attributes.tensor("default_tensor")?;
    match (tensor, data_type) {
        (Some(tensor), _) => Ok(tensor.as_ref().clone()),
        (None, DataType::Int64) => Ok(Tensor::scalar(integer.unwrap_or(-1))),
        (None, DataType::Float32) => Ok(Tensor::scalar(float.unwrap_or(-0.0))),
        (None, DataType::Text) => Ok(Tensor::scalar(Text::from(text.as_deref().unwrap_or("_Unused")))),
        (None, other) => super::cast::convert(&Tensor::scalar(-1_i64), other),
    }
}

fn appended(values: &Tensor, default: &Tensor) -> Result<Tensor, OpError> {
    fn of<T: Element>(values: &[T], default: &Tensor) -> Result<Tensor, OpError> {
        let [default] = default.as_slice::<T>()? else {
            return Err(OpError::invalid("the default should be one element"));
        };
        let all = values.iter().chain([default]).cloned().collect();
        Ok(Tensor::vector(all)?)
    }
    with_elements!(values.data(), values => of(values, default))
}

fn elements(tensor: &Tensor) -> Result<Vec<Key>, OpError> {
    if let Ok(texts) = tensor.as_slice::<Text>() {
        return Ok(texts.iter().cloned().map(Key::Text).collect());
    }
    if let Ok(integers) = super::doubles::integers(tensor) {
        return Ok(integers.into_iter().map(Key::Integer).collect());
    }
    let number = |value: f64| Key::Number((value + 0.0).to_bits());
    Ok(doubles(tensor)?.into_iter().map(number).collect())
}

impl Operator for LabelEncoder {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[self.key_type])?;
        let shape = inputs.shape(0)?.clone();
        Ok(vec![TensorType::new(self.values.data_type(), shape)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let keys = elements(given(inputs, 0)?)?;
        let default = self.values.shape().elements() - 1;
        let places = keys.iter().map(|key| self.table.get(key).copied().unwrap_or(default));
        Ok(vec![pick(&self.values, outputs[0].shape.clone(), places)?])
    }
}
