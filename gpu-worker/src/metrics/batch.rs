//! What a metric sees of one batch.

use super::{Metric, MetricError};
use crate::session::Output;
use crate::tensor::Tensor;

/// What is right, of the samples of one batch.
#[derive(Debug, Clone, Copy)]
pub struct Targets<'a> {
    /// The array, tensor or column that they come from.
    pub name: &'a str,
    /// The first dimension counts samples. Integers, or numbers.
    pub tensor: &'a Tensor,
}

/// The outputs of a model for some samples, and what would have been right.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Outputs of `rows` samples.
    pub outputs: &'a [Output],
    /// Samples that the model was given: a model of fixed batch has its last one filled up, and what is beyond the targets does not count.
    pub rows: usize,
    /// Targets of the samples that count.
    pub targets: Targets<'a>,
}

impl Batch<'_> {
    /// Samples that count.
    pub fn samples(&self) -> usize {
        let dims = self.targets.tensor.shape().dims();
        dims.first().copied().unwrap_or(0).min(self.rows)
    }

    /// Says that no output fits.
    pub(super) fn no_output(&self, metric: &Metric, expected: impl Into<String>) -> MetricError {
        let found = self
            .outputs
            .iter()
            .map(|output| format!("'{}' {}", output.name, output.tensor.tensor_type()));
        MetricError::Output {
            metric: metric.to_string(),
            expected: expected.into(),
            found: found.collect(),
        }
    }

    /// Says that the targets do not fit.
    pub(super) fn no_targets(&self, metric: &Metric, expected: impl Into<String>) -> MetricError {
        MetricError::Targets {
            metric: metric.to_string(),
            targets: self.targets.name.into(),
            expected: expected.into(),
            found: self.targets.tensor.tensor_type().to_string(),
        }
    }
}
