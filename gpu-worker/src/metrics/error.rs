//! What outputs or targets must be for a metric.

use thiserror::Error;

/// Why a metric cannot take in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The model gives nothing that the metric could be of.
    #[error("{metric} needs an output of {expected}; the model gives {}", .found.join(", "))]
    Output {
        /// The metric.
        metric: String,
        /// Types and shapes that would do.
        expected: String,
        /// Outputs of the model: name, type and shape of each.
        found: Vec<String>,
    },
    /// The model has no score for a class that the data has.
    #[error(
        "{metric}: '{targets}' has the class {class}, for which the model's output '{output}' has no column ({columns} columns)"
    )]
    Class {
        /// The metric.
        metric: String,
        /// The array or column of targets.
        targets: String,
        /// The class.
        class: i64,
        /// The output.
        output: String,
        /// Its columns.
        columns: usize,
    },
    /// The model names its columns in another way than the data names classes.
    #[error("{metric}: the classes of the model's output '{output}' are {found}, but {expected} are needed")]
    Names {
        /// The metric.
        metric: String,
        /// The output.
        output: String,
        /// What they are.
        found: String,
        /// What would do.
        expected: String,
    },
    /// The data's targets are not of the kind that the metric is of.
    #[error("{metric} needs targets of {expected}; '{targets}' is {found}")]
    Targets {
        /// The metric.
        metric: String,
        /// The array or column of targets.
        targets: String,
        /// Types and shapes that would do.
        expected: String,
        /// Type and shape.
        found: String,
    },
    /// Meters of different metrics, or of outputs of different widths.
    #[error("a measure of {found} cannot be added to one of {expected}")]
    Merge {
        /// The metric merged into.
        expected: String,
        /// The other.
        found: String,
    },
}

impl MetricError {
    /// Whether the data set is at fault rather than the model.
    pub fn is_fault_of_data(&self) -> bool {
        matches!(self, Self::Targets { .. })
    }
}
