//! Where samples and targets come from.

use std::fmt;

use super::{DataError, ImageOptions, checked_size};
use crate::tensor::{Shape, Tensor, TensorType};

/// A data set that gives any of its samples. All samples are of one type and shape, and so are all targets.
pub trait Source: fmt::Debug + Send + Sync {
    /// Type and shape of one sample.
    fn sample_type(&self) -> &TensorType;

    /// The array, tensor or column of samples.
    fn samples_name(&self) -> &str;

    /// The targets, one for each sample; a label has no dimensions.
    fn targets(&self) -> &Rows;

    /// What is done to images, where samples are made of such.
    fn images(&self) -> Option<&ImageOptions> {
        None
    }

    /// Samples, one after another: a tensor of one dimension more than a sample.
    ///
    /// # Errors
    /// When the file or an image in it cannot be read.
    fn samples(&self, indices: &[usize]) -> Result<Tensor, DataError>;
}

/// Rows of a tensor whose first dimension counts them.
#[derive(Debug, Clone)]
pub struct Rows {
    name: String,
    tensor: Tensor,
    row: TensorType,
}

impl Rows {
    /// A tensor by its rows, of which there must be some that are not empty.
    pub fn new(name: &str, tensor: Tensor) -> Result<Self, DataError> {
        let [count, dims @ ..] = tensor.shape().dims() else {
            return Err(DataError::array(
                name,
                "it is a single number; the first dimension counts samples",
            ));
        };
        let row = TensorType::new(tensor.data_type(), Shape::new(dims)?);
        if *count == 0 || row.shape.elements() == 0 {
            return Err(DataError::Empty);
        }
        Ok(Self {
            name: name.into(),
            tensor,
            row,
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.tensor.shape().dims()[0]
    }

    /// Type and shape of one.
    pub fn row_type(&self) -> &TensorType {
        &self.row
    }

    /// What the rows are of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Some of them.
    pub fn select(&self, indices: &[usize]) -> Result<Tensor, DataError> {
        fn of<T: crate::tensor::Element>(
            elements: &[T],
            indices: &[usize],
            row: &TensorType,
        ) -> Result<Tensor, DataError> {
            let each = row.shape.elements();
            let mut selected = Vec::with_capacity(indices.len() * each);
            for index in indices {
                let found = elements.get(index * each..(index + 1) * each);
                selected.extend_from_slice(
                    found.ok_or_else(|| DataError::array("samples", format!("there is no number {index}")))?,
                );
            }
            let shape = Shape::new([&[indices.len()], row.shape.dims()].concat())?;
            Ok(Tensor::new(shape, selected)?)
        }
        crate::tensor::with_elements!(self.tensor.data(), elements => of(elements, indices, &self.row))
    }
}

/// Samples and targets in memory.
#[derive(Debug)]
pub struct InMemory {
    samples: Rows,
    targets: Rows,
}

impl InMemory {
    /// Samples, and as many targets. Targets of one number each are no matter whether in a column.
    pub fn new(samples: Rows, targets: Rows) -> Result<Self, DataError> {
        check_lengths(samples.len(), samples.name(), &targets)?;
        Ok(Self { samples, targets })
    }
}

/// Says if there are not as many targets as samples.
pub fn check_lengths(samples: usize, samples_name: &str, targets: &Rows) -> Result<(), DataError> {
    if samples == targets.len() {
        return Ok(());
    }
    Err(DataError::Lengths {
        samples_name: samples_name.into(),
        samples,
        labels_name: targets.name().into(),
        labels: targets.len(),
    })
}

impl Source for InMemory {
    fn sample_type(&self) -> &TensorType {
        self.samples.row_type()
    }

    fn samples_name(&self) -> &str {
        self.samples.name()
    }

    fn targets(&self) -> &Rows {
        &self.targets
    }

    fn samples(&self, indices: &[usize]) -> Result<Tensor, DataError> {
        self.samples.select(indices)
    }
}

/// The shape of what a file promises, if it is small enough to hold.
pub fn bounded(name: &str, dims: Vec<usize>, element: usize, limit: u64) -> Result<Shape, DataError> {
    let shape = Shape::new(dims).map_err(|error| DataError::array(name, error))?;
    checked_size(name, (shape.elements() as u64).saturating_mul(element as u64), limit)?;
    Ok(shape)
}
