//! How the samples of a data set enter a model.

use super::EvaluationError;
use crate::data::Dataset;
use crate::model::{Dim, Model};
use crate::plan::describe_input;
use crate::tensor::{DataType, Tensor, TensorError};

/// The input of a model that takes samples.
pub struct SampleInput {
    /// Type of its elements.
    pub data_type: DataType,
    /// Dimensions of one sample.
    pub dims: Vec<usize>,
    /// The batch that the model fixes, if it does.
    pub fixed_batch: Option<usize>,
}

impl SampleInput {
    /// The model's only input must take one batch of the samples, whose elements may be arranged in other dimensions.
    pub fn of(model: &Model, data: &Dataset) -> Result<Self, EvaluationError> {
        let graph = model.graph();
        let [input] = graph.inputs.as_slice() else {
            let names: Vec<&str> = graph.inputs.iter().map(|input| graph.name(input.id)).collect();
            let message = format!(
                "the model has {} inputs ({}); one, the samples, is needed",
                names.len(),
                names.join(", ")
            );
            return Err(EvaluationError::interface(message));
        };
        let wrong = || {
            let (name, expected) = (graph.name(input.id), describe_input(input));
            EvaluationError::interface(format!(
                "the model's input '{name}' is {expected}, but the samples '{}' are {}",
                data.samples_name(),
                data.sample_type()
            ))
        };
        let data_type = input.data_type;
        // Whole numbers are numbers, but fractions are no ids.
        let are_ids = data_type.is_integer() && data.sample_type().data_type.is_integer();
        if !are_ids && !data_type.is_float() {
            return Err(wrong());
        }
        let Some(dims) = &input.dims else {
            return Ok(Self {
                data_type,
                dims: data.sample_shape().dims().to_vec(),
                fixed_batch: None,
            });
        };
        let [batch, dims @ ..] = dims.as_slice() else {
            return Err(wrong());
        };
        let dims = arrange(dims, data.sample_shape().dims()).ok_or_else(wrong)?;
        let fixed_batch = if let Dim::Fixed(batch) = batch {
            Some(*batch)
        } else {
            None
        };
        if fixed_batch == Some(0) {
            return Err(wrong());
        }
        Ok(Self {
            data_type,
            dims,
            fixed_batch,
        })
    }
}

impl SampleInput {
    /// Samples in the type that the model takes.
    pub fn convert(&self, samples: Tensor) -> Result<Tensor, TensorError> {
        let found = samples.data_type();
        if found == self.data_type {
            return Ok(samples);
        }
        let (shape, positions) = (samples.shape().clone(), 0..samples.shape().elements());
        if self.data_type.is_integer() {
            return Tensor::from_integers(self.data_type, shape, positions.map(samples.integers()?));
        }
        Tensor::from_floats(self.data_type, shape, positions.map(samples.floats()?))
    }
}

/// The dimensions that a sample takes: those of the model where they are fixed, and of as many elements as the sample.
fn arrange(dims: &[Dim], sample: &[usize]) -> Option<Vec<usize>> {
    let fixed: Option<Vec<usize>> = dims
        .iter()
        .map(|dim| {
            if let Dim::Fixed(length) = dim {
                Some(*length)
            } else {
                None
            }
        })
        .collect();
    match fixed {
        Some(fixed) => {
            let elements = fixed.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim));
            (elements == Some(sample.iter().product())).then_some(fixed)
        }
        None => {
            let fits = |(dim, &length): (&Dim, &usize)| !matches!(dim, Dim::Fixed(fixed) if *fixed != length);
            (dims.len() == sample.len() && dims.iter().zip(sample).all(fits)).then(|| sample.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_arranged_as_the_model_wants_them() {
        let fixed = |dims: &[usize]| dims.iter().copied().map(Dim::Fixed).collect::<Vec<_>>();
        assert_eq!(arrange(&fixed(&[64]), &[1, 8, 8]), Some(vec![64]));
        assert_eq!(arrange(&fixed(&[8, 8, 1]), &[1, 8, 8]), Some(vec![8, 8, 1]));
        assert_eq!(arrange(&fixed(&[63]), &[1, 8, 8]), None);
        assert_eq!(
            arrange(&[Dim::Fixed(1), Dim::Unknown, Dim::Unknown], &[1, 8, 8]),
            Some(vec![1, 8, 8])
        );
        assert_eq!(arrange(&[Dim::Unknown], &[1, 8, 8]), None);
        assert_eq!(arrange(&fixed(&[usize::MAX, 2]), &[4]), None);
    }
}
