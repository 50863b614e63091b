//! Det and EyeLike.

use super::doubles::{from_doubles, given, input_doubles};
use super::signal::output_type;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// The determinant of each matrix of a batch, by elimination in double precision on the host.
#[derive(Debug)]
struct Det;

/// Builds Det.
pub fn det(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Det))
}

impl Operator for Det {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let shape = inputs.shape(0)?;
        match shape.dims() {
            [batch @ .., rows, columns] if rows == columns => {
                Ok(vec![TensorType::new(inputs.data_type(0)?, Shape::new(batch)?)])
            }
            _ => Err(OpError::invalid(format!("{shape} is no square matrix"))),
        }
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let size = given(inputs, 0)?.shape().dims().last().copied().unwrap_or(0);
        let mut elements = input_doubles(inputs, 0)?;
        let determinants = match size {
            // Of no element it is one.
            0 => vec![1.0; outputs[0].shape.elements()],
            _ => elements
                .chunks_mut(size * size)
                .map(|matrix| determinant(matrix, size))
                .collect(),
        };
        Ok(vec![from_doubles(&outputs[0], determinants)?])
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let size = inputs.dims(0).ok().and_then(|dims| dims.last().copied()).unwrap_or(0) as u64;
        (outputs[0].shape.elements() as u64).saturating_mul(size.saturating_pow(3))
    }
}

fn determinant(matrix: &mut [f64], size: usize) -> f64 {
    let mut product = 1.0;
    for column in 0..size {
        let magnitude = |row: &usize| matrix[row * size + column].abs();
        let pivot = (column..size).reduce(|best, row| if magnitude(&row) > magnitude(&best) { row } else { best });
        let pivot = pivot.unwrap_or(column);
        if matrix[pivot * size + column] == 0.0 {
            return 0.0;
        }
        if pivot != column {
            for at in 0..size {
                matrix.swap(pivot * size + at, column * size + at);
            }
            product = -product;
        }
        let leading = matrix[column * size + column];
        product *= leading;
        for row in column + 1..size {
            let factor = matrix[row * size + column] / leading;
            for at in column..size {
                matrix[row * size + at] -= factor * matrix[column * size + at];
            }
        }
    }
    product
}

/// Ones on a diagonal of a matrix of the input's shape.
#[derive(Debug)]
struct EyeLike {
    data_type: Option<DataType>,
    diagonal: i64,
}

/// Builds EyeLike.
pub fn eye_like(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(EyeLike {
        data_type: output_type(spec, "dtype")?,
        diagonal: spec.attributes.int("k")?.unwrap_or(0),
    }))
}

impl Operator for EyeLike {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let shape = inputs.shape(0)?;
        if shape.rank() != 2 {
            return Err(OpError::invalid(format!("{shape} is not a matrix")));
        }
        let data_type = self.data_type.unwrap_or(inputs.data_type(0)?);
        Ok(vec![TensorType::new(data_type, shape.clone())])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, _: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let &[rows, columns] = outputs[0].shape.dims() else {
            return Err(OpError::invalid("a matrix is needed"));
        };
        let mut elements = vec![0.0; rows * columns];
        for row in 0..rows {
            let column = (row as i64)
                .checked_add(self.diagonal)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(column) = column.filter(|&column| column < columns) {
                elements[row * columns + column] = 1.0;
            }
        }
        Ok(vec![from_doubles(&outputs[0], elements)?])
    }

    /// Only the input's shape matters.
    fn fold(&self, _: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        Some(self.evaluate(&[], outputs))
    }
}
