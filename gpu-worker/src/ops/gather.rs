//! Gather and ArrayFeatureExtractor: slices of an input, picked by number.

use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Spec, movement};
use crate::kernels::{self, around};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// How the slices are picked and put together.
#[derive(Debug)]
enum Pick {
    /// The shape of the indices takes the place of the axis.
    Gather { axis: i64 },
    /// The indices take the place of the last axis.
    Features,
}

/// Builds Gather.
pub fn gather(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Pick::Gather {
        axis: spec.attributes.int("axis")?.unwrap_or(0),
    }))
}

/// Builds ArrayFeatureExtractor of ai.onnx.ml.
pub fn features(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Pick::Features))
}

impl Pick {
    fn axis(&self, shape: &Shape) -> Result<usize, OpError> {
        axis(if let Self::Gather { axis } = self { *axis } else { -1 }, shape.rank())
    }

    fn shape(&self, x: &Shape, indices: &Shape) -> Result<Shape, OpError> {
        let axis = self.axis(x)?;
        let dims = match self {
            Self::Gather { .. } => [&x.dims()[..axis], indices.dims(), &x.dims()[axis + 1..]].concat(),
            // A single row of features counts as a matrix of one row.
            Self::Features if x.rank() == 1 => vec![1, indices.elements()],
            Self::Features => [&x.dims()[..axis], &[indices.elements()]].concat(),
        };
        Ok(Shape::new(dims)?)
    }
}

/// Counts negative indices from the end, and refuses what lies outside of the axis.
fn resolve(indices: &Tensor, length: usize) -> Result<Vec<usize>, OpError> {
    let indices = indices
        .to_integers()
        .ok_or_else(|| OpError::invalid("the indices are not integers"))?;
    let resolve = |index: i64| {
        let resolved = if index < 0 {
            index.checked_add(length as i64)
        } else {
            Some(index)
        };
        let resolved = resolved
            .and_then(|index| usize::try_from(index).ok())
            .filter(|&index| index < length);
        resolved
            .ok_or_else(|| OpError::invalid(format!("index {index} is outside of the {length} elements of the axis")))
    };
    indices.into_iter().map(resolve).collect()
}

impl Operator for Pick {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(1, &[DataType::Int32, DataType::Int64])?;
        Ok(vec![TensorType::new(
            inputs.data_type(0)?,
            self.shape(inputs.shape(0)?, inputs.shape(1)?)?,
        )])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let (x, indices) = (inputs.get(0)?, inputs.get(1)?);
        match indices.value {
            Some(indices) if outputs[0].data_type.is_on_device() => {
                let shape = &x.tensor_type.shape;
                let axis = self.axis(shape)?;
                let indices = resolve(indices, shape.dims()[axis])?
                    .into_iter()
                    .map(|index| index as u32)
                    .collect();
                Ok(Lowered::Device(vec![kernels::gather::launch(shape, axis, indices)]))
            }
            _ => Ok(Lowered::Host),
        }
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(x), Some(indices)] = inputs else {
            return Err(OpError::invalid("two inputs are needed"));
        };
        let axis = self.axis(x.shape())?;
        let (outer, length, inner) = around(x.shape(), axis);
        let indices = resolve(indices, length)?;
        let rows = (0..outer).flat_map(|outer| indices.iter().map(move |&index| (outer * length + index) * inner));
        if let Some(bytes) = x.stored_bytes() {
            // Of a large table a batch picks little, so the rest of it is not decoded.
            let size = x.data_type().size();
            let picked = rows.flat_map(|row| bytes.get(row * size..(row + inner) * size).unwrap_or_default());
            let picked = Tensor::stored(outputs[0].shape.clone(), x.data_type(), picked.copied().collect())?;
            return picked
                .map(|picked| vec![picked])
                .ok_or_else(|| OpError::invalid("packed elements cannot be picked"));
        }
        let positions = rows.flat_map(|row| row..row + inner);
        Ok(vec![movement::pick(x, outputs[0].shape.clone(), positions)?])
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}
