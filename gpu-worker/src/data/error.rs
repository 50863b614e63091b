//! Why data cannot be used.

use std::fmt::Display;
use std::path::Path;

use thiserror::Error;

use crate::tensor::TensorError;

/// Why a data set cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be read.
    #[error("the data '{path}' cannot be read: {error}")]
    File {
        /// The file or folder.
        path: String,
        /// What is wrong.
        error: String,
    },
    /// The file is of no kind that is known.
    #[error(
        "'{0}' is no data set: expected an .npz archive, a .safetensors or Parquet file, or a folder with a folder of images for each class"
    )]
    Format(String),
    /// An array, tensor or column that is needed is not there.
    #[error("{wanted}; there are: {}", .found.join(", "))]
    Missing {
        /// What is missing, in words, and how to name another.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// An array, tensor or column cannot be read.
    #[error("'{name}': {error}")]
    Array {
        /// The array, tensor, column or image.
        name: String,
        /// What is wrong.
        error: String,
    },
    /// An array, tensor or column of another type than its role needs.
    #[error("'{name}' has elements of type {found}; {expected} are needed")]
    Type {
        /// The array, tensor or column.
        name: String,
        /// Its type.
        found: String,
        /// Types that would do.
        expected: &'static str,
    },
    /// Samples and labels do not match.
    #[error("'{samples_name}' has {samples} samples, but '{labels_name}' has {labels}")]
    Lengths {
        /// The array, tensor or column of samples.
        samples_name: String,
        /// Number of samples.
        samples: usize,
        /// The array, tensor or column of labels.
        labels_name: String,
        /// Number of labels.
        labels: usize,
    },
    /// More than may be held.
    #[error("'{name}' takes {found} bytes, over the limit of {limit} for data; --limit-data-bytes raises it")]
    TooLarge {
        /// The array, tensor, column or image.
        name: String,
        /// Bytes it would take.
        found: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// There is nothing to evaluate.
    #[error("the data set has no samples")]
    Empty,
    /// A thread cannot be started, or died.
    #[error("the thread that reads data: {0}")]
    Thread(String),
    /// A shape that cannot be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

impl DataError {
    /// A file or folder that cannot be read.
    pub(super) fn file(path: &Path, error: impl Display) -> Self {
        Self::File {
            path: path.display().to_string(),
            error: error.to_string(),
        }
    }

    /// An array, tensor or column that cannot be read.
    pub(super) fn array(name: &str, error: impl Display) -> Self {
        Self::Array {
            name: name.into(),
            error: error.to_string(),
        }
    }
}
