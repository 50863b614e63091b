//! Data sets: labelled samples out of `.npz` archives.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use npyz::npz::NpzArchive;
use npyz::{Deserialize, NpyFile, Order};
use thiserror::Error;

use crate::tensor::{Element, MAX_ELEMENTS, Shape, Tensor, TensorError};

/// Why a data set cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be read.
    #[error("the data file '{path}' cannot be read: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// An array that is needed is not there.
    #[error("the archive has no array '{wanted}'; it has: {}", .found.join(", "))]
    NoArray {
        /// The array.
        wanted: String,
        /// Arrays of the archive.
        found: Vec<String>,
    },
    /// An array cannot be read.
    #[error("array '{name}': {error}")]
    Array {
        /// The array.
        name: String,
        /// What is wrong.
        error: io::Error,
    },
    /// An array of another type than its role needs.
    #[error("array '{name}' has elements of type {found}; {expected} are needed")]
    Type {
        /// The array.
        name: String,
        /// Its type.
        found: String,
        /// Types that would do.
        expected: &'static str,
    },
    /// Samples and labels do not match.
    #[error("there are {samples} samples but {labels} labels")]
    Lengths {
        /// Number of samples.
        samples: usize,
        /// Number of labels.
        labels: usize,
    },
    /// There is nothing to evaluate.
    #[error("the data set has no samples")]
    Empty,
    /// A shape that cannot be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

/// Samples and the class of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    samples: Vec<f32>,
    sample_shape: Shape,
    labels: Vec<i64>,
}

/// The array of samples.
const IMAGES: &str = "images";
/// The array of classes.
const LABELS: &str = "labels";

impl Dataset {
    /// Reads the arrays `images` (numbers, the first dimension counting samples) and `labels` (integers) of an `.npz` archive.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| DataError::File {
            path: path.display().to_string(),
            error,
        })?;
        let mut archive = NpzArchive::new(BufReader::new(file)).map_err(|error| DataError::File {
            path: path.display().to_string(),
            error,
        })?;
        let images = read_array(&mut archive, IMAGES)?;
        let labels = read_array(&mut archive, LABELS)?;
        let dims = images.shape().dims().to_vec();
        let samples = to_floats(IMAGES, &images)?;
        let labels = labels
            .to_integers()
            .ok_or_else(|| wrong_type(LABELS, &labels, "integers"))?;
        let [count, sample @ ..] = dims.as_slice() else {
            return Err(DataError::Empty);
        };
        Self::new(samples, *count, Shape::new(sample)?, labels)
    }

    /// `count` samples of one shape and the class of each.
    pub fn new(samples: Vec<f32>, count: usize, sample_shape: Shape, labels: Vec<i64>) -> Result<Self, DataError> {
        if count != labels.len() {
            return Err(DataError::Lengths {
                samples: count,
                labels: labels.len(),
            });
        }
        if count == 0 || sample_shape.elements() == 0 {
            return Err(DataError::Empty);
        }
        if samples.len() != count * sample_shape.elements() {
            let shape = Shape::new([&[count], sample_shape.dims()].concat())?;
            return Err(TensorError::WrongLength {
                shape,
                found: samples.len(),
            }
            .into());
        }
        Ok(Self {
            samples,
            sample_shape,
            labels,
        })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never true: a data set has samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Shape of one sample.
    pub fn sample_shape(&self) -> &Shape {
        &self.sample_shape
    }

    /// The class of a sample.
    pub fn label(&self, index: usize) -> i64 {
        self.labels[index]
    }

    /// Samples one after another, as one tensor of `dims` each.
    pub fn batch(&self, indices: &[usize], dims: &[usize]) -> Result<Tensor, TensorError> {
        let length = self.sample_shape.elements();
        let samples = indices
            .iter()
            .flat_map(|index| &self.samples[index * length..(index + 1) * length])
            .copied();
        Tensor::new(Shape::new([&[indices.len()], dims].concat())?, samples.collect())
    }
}

fn wrong_type(name: &str, tensor: &Tensor, expected: &'static str) -> DataError {
    DataError::Type {
        name: name.into(),
        found: tensor.data_type().to_string(),
        expected,
    }
}

fn to_floats(name: &str, tensor: &Tensor) -> Result<Vec<f32>, DataError> {
    if let Ok(elements) = tensor.as_slice::<f32>() {
        return Ok(elements.to_vec());
    }
    if let Ok(elements) = tensor.as_slice::<f64>() {
        return Ok(elements.iter().map(|&element| element as f32).collect());
    }
    let bytes = tensor
        .as_slice::<u8>()
        .map_err(|_| wrong_type(name, tensor, "float32, float64 or uint8"))?;
    Ok(bytes.iter().map(|&byte| byte.into()).collect())
}

/// Reads one array of an archive.
pub fn read_array<R: Read + Seek>(archive: &mut NpzArchive<R>, name: &str) -> Result<Tensor, DataError> {
    let found: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let file = archive.by_name(name).map_err(|error| DataError::Array {
        name: name.into(),
        error,
    })?;
    let file = file.ok_or_else(|| DataError::NoArray {
        wanted: name.into(),
        found,
    })?;
    if file.order() == Order::Fortran && file.shape().len() > 1 {
        let error = io::Error::other("it is stored column by column; save it with numpy.ascontiguousarray");
        return Err(DataError::Array {
            name: name.into(),
            error,
        });
    }
    let dims = file
        .shape()
        .iter()
        .map(|&dim| usize::try_from(dim).unwrap_or(usize::MAX))
        .collect::<Vec<_>>();
    let shape = Shape::new(dims)?;
    let descr = file.dtype().descr();
    let file = match try_read::<f32, _>(file, name, &shape)? {
        Ok(tensor) => return Ok(tensor),
        Err(file) => file,
    };
    let file = match try_read::<i64, _>(file, name, &shape)? {
        Ok(tensor) => return Ok(tensor),
        Err(file) => file,
    };
    let file = match try_read::<f64, _>(file, name, &shape)? {
        Ok(tensor) => return Ok(tensor),
        Err(file) => file,
    };
    let file = match try_read::<i32, _>(file, name, &shape)? {
        Ok(tensor) => return Ok(tensor),
        Err(file) => file,
    };
    match try_read::<u8, _>(file, name, &shape)? {
        Ok(tensor) => Ok(tensor),
        Err(_) => {
            let expected = "float32, float64, int32, int64 or uint8";
            Err(DataError::Type {
                name: name.into(),
                found: descr,
                expected,
            })
        }
    }
}

/// Reads the elements if they are of type `T`, else gives the file back. Memory grows with what is read, not with what is promised.
fn try_read<T: Element + Deserialize, R: Read>(
    file: NpyFile<R>,
    name: &str,
    shape: &Shape,
) -> Result<Result<Tensor, NpyFile<R>>, DataError> {
    let reader = match file.try_data::<T>() {
        Ok(reader) => reader,
        Err(file) => return Ok(Err(file)),
    };
    let mut elements = Vec::new();
    for element in reader.take(MAX_ELEMENTS) {
        elements.push(element.map_err(|error| DataError::Array {
            name: name.into(),
            error,
        })?);
    }
    Ok(Ok(Tensor::new(shape.clone(), elements)?))
}
