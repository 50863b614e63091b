//! Data sets: samples and what is right for each, out of files of several kinds.
//!
//! A [`Source`] gives any samples of a file; a [`Dataset`] is one that is open. What a file promises is checked against a bound before
//! memory is taken for it, for evaluation data comes from strangers, too.

mod error;
mod images;
mod npz;
mod options;
mod parquet;
mod prefetch;
mod safetensors;
mod source;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub use self::error::DataError;
pub use self::npz::read_array;
pub use self::options::{DataOptions, Fit, ImageOptions};
pub use self::prefetch::{Loaded, Prefetch};
pub use self::source::Source;
use self::source::{InMemory, Rows};
use crate::tensor::safetensors::is_safetensors;
use crate::tensor::{DataType, Shape, Tensor, TensorError, TensorType};

/// Samples and the target of each. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dataset(Arc<dyn Source>);

impl Dataset {
    /// Opens a file, whichever kind its first bytes tell.
    ///
    /// # Errors
    /// When it is none that can be read, or has no samples and targets of the same number; what does not fit is named.
    pub fn open(path: &Path, options: &DataOptions) -> Result<Self, DataError> {
        if path.is_dir() {
            return Ok(Self(Arc::new(images::open_folder(path, options)?)));
        }
        let mut file = File::open(path).map_err(|error| DataError::file(path, error))?;
        let mut start = Vec::new();
        file.by_ref()
            .take(9)
            .read_to_end(&mut start)
            .map_err(|error| DataError::file(path, error))?;
        let source: Arc<dyn Source> = match start.as_slice() {
            [b'P', b'K', 3, 4, ..] => Arc::new(npz::open(path, options)?),
            [b'P', b'A', b'R', b'1', ..] => parquet::open(path, options)?,
            start if is_safetensors(start) => Arc::new(safetensors::open(path, options)?),
            _ => return Err(DataError::Format(path.display().to_string())),
        };
        Ok(Self(source))
    }

    /// `count` samples of one shape and the class of each.
    pub fn new(samples: Vec<f32>, count: usize, sample_shape: Shape, labels: Vec<i64>) -> Result<Self, DataError> {
        let samples = Tensor::new(Shape::new([&[count], sample_shape.dims()].concat())?, samples)?;
        let targets = Rows::new("labels", Tensor::vector(labels)?)?;
        Ok(Self(Arc::new(InMemory::new(Rows::new("images", samples)?, targets)?)))
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.0.targets().len()
    }

    /// Never true: a data set has samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array, tensor or column of samples.
    pub fn samples_name(&self) -> &str {
        self.0.samples_name()
    }

    /// What is done to images, where samples are made of such.
    pub fn images(&self) -> Option<&ImageOptions> {
        self.0.images()
    }

    /// Type and shape of one sample.
    pub fn sample_type(&self) -> &TensorType {
        self.0.sample_type()
    }

    /// Shape of one sample.
    pub fn sample_shape(&self) -> &Shape {
        &self.0.sample_type().shape
    }

    /// The array, tensor or column of targets.
    pub fn targets_name(&self) -> &str {
        self.0.targets().name()
    }

    /// Type and shape of one target; a label has no dimensions.
    pub fn target_type(&self) -> &TensorType {
        self.0.targets().row_type()
    }

    /// Whether each target is one integer, so that it may be a class.
    pub fn has_labels(&self) -> bool {
        let target = self.target_type();
        target.data_type == DataType::Int64 && target.shape.elements() == 1
    }

    /// Samples one after another, as one tensor of `dims` each.
    pub fn batch(&self, indices: &[usize], dims: &[usize]) -> Result<Tensor, DataError> {
        let shape = Shape::new([&[indices.len()], dims].concat())?;
        Ok(self.0.samples(indices)?.with_shape(shape)?)
    }

    /// Reads batches on a thread of its own, so many ahead of whoever takes them.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn prefetch(&self, batches: Vec<Vec<usize>>, ahead: usize) -> Result<Prefetch, DataError> {
        Prefetch::start(self.clone(), batches, ahead)
    }

    /// The targets of samples, one after another: 64-bit integers or double precision.
    pub fn targets(&self, indices: &[usize]) -> Result<Tensor, DataError> {
        self.0.targets().select(indices)
    }
}

fn checked_size(name: &str, found: u64, limit: u64) -> Result<(), DataError> {
    if found <= limit {
        return Ok(());
    }
    Err(DataError::TooLarge {
        name: name.into(),
        found,
        limit,
    })
}

/// The type that samples of a type get: floating-point numbers and bytes (pixels) single precision, other integers, ids, 64 bits.
fn sample_type(name: &str, stored: DataType) -> Result<DataType, DataError> {
    if stored.is_float() || stored == DataType::Uint8 {
        return Ok(DataType::Float32);
    }
    if stored.is_integer() {
        return Ok(DataType::Int64);
    }
    Err(DataError::Type {
        name: name.into(),
        found: stored.to_string(),
        expected: "floating-point numbers or integers",
    })
}

/// Samples as models take them.
fn to_samples(name: &str, tensor: Tensor) -> Result<Tensor, DataError> {
    let (shape, found) = (tensor.shape().clone(), tensor.data_type());
    match sample_type(name, found)? {
        wanted if wanted == found => Ok(tensor),
        DataType::Float32 => Ok(convert(&tensor, |read: f64| read as f32, shape)?),
        _ => whole(&tensor).ok_or_else(|| DataError::Type {
            name: name.into(),
            found: format!("{found} beyond 64 bits"),
            expected: "integers of 64 bits",
        }),
    }
}

/// Targets as metrics take them: integers in 64 bits, floating-point numbers in double precision.
fn to_targets(name: &str, tensor: &Tensor) -> Result<Tensor, DataError> {
    if tensor.data_type().is_float() {
        return Ok(convert(tensor, |read| read, tensor.shape().clone())?);
    }
    whole(tensor).ok_or_else(|| DataError::Type {
        name: name.into(),
        found: tensor.data_type().to_string(),
        expected: "integers of 64 bits or floating-point numbers",
    })
}

fn convert<T: crate::tensor::Element>(tensor: &Tensor, to: fn(f64) -> T, shape: Shape) -> Result<Tensor, TensorError> {
    let read = tensor.floats()?;
    Tensor::new(shape, (0..tensor.shape().elements()).map(|at| to(read(at))).collect())
}

/// Integers and truth values in 64 bits; none if one does not fit, or they are none.
fn whole(tensor: &Tensor) -> Option<Tensor> {
    if !tensor.data_type().is_integer() && tensor.data_type() != DataType::Bool {
        return None;
    }
    let read = tensor.integers().ok()?;
    let elements: Option<Vec<i64>> = (0..tensor.shape().elements())
        .map(|at| i64::try_from(read(at)).ok())
        .collect();
    Tensor::new(tensor.shape().clone(), elements?).ok()
}
