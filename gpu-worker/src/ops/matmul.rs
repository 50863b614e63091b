//! MatMul and Gemm.

use super::operand::{broadcast, broadcast_strides};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::matmul::{Product, Steps, launch};
use crate::tensor::{DataType, Shape, TensorType};

/// NumPy's product: batches broadcast, and a vector is a matrix of one row or column that goes afterwards.
#[derive(Debug)]
struct MatMul;

/// Builds MatMul.
pub fn matmul(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(MatMul))
}

impl MatMul {
    /// The product, and the shape of the result.
    fn plan(inputs: &Operands) -> Result<(Product, Shape), OpError> {
        let (a, b) = (inputs.shape(0)?, inputs.shape(1)?);
        let wrong = || OpError::invalid(format!("{a} and {b} cannot be multiplied"));
        let (a_batch, m, k) = match a.dims() {
            [] => return Err(wrong()),
            [k] => (Shape::scalar(), 1, *k),
            [batch @ .., m, k] => (Shape::new(batch)?, *m, *k),
        };
        let (b_batch, inner, n) = match b.dims() {
            [] => return Err(wrong()),
            [k] => (Shape::scalar(), *k, 1),
            [batch @ .., k, n] => (Shape::new(batch)?, *k, *n),
        };
        if k != inner {
            return Err(wrong());
        }
        let batch = broadcast(&a_batch, &b_batch)?;
        let mut dims = batch.dims().to_vec();
        if a.rank() > 1 {
            dims.push(m);
        }
        if b.rank() > 1 {
            dims.push(n);
        }
        let scaled = |shape: &Shape, by: usize| {
            broadcast_strides(shape, &batch)
                .into_iter()
                .map(|stride| stride * by)
                .collect()
        };
        let product = Product {
            a_batch: scaled(&a_batch, m * k),
            b_batch: scaled(&b_batch, k * n),
            batch,
            m,
            n,
            k,
            a: Steps { row: k, column: 1 },
            b: Steps { row: n, column: 1 },
            c: None,
            alpha: 1.0,
            beta: 0.0,
        };
        Ok((product, Shape::new(dims)?))
    }
}

impl Operator for MatMul {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        inputs.expect_type(1, &[DataType::Float32])?;
        Ok(vec![TensorType::new(DataType::Float32, Self::plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(launch(&Self::plan(inputs)?.0)))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let k = inputs.dims(0).ok().and_then(|dims| dims.last().copied()).unwrap_or(0);
        (outputs[0].shape.elements() as u64).saturating_mul(2 * k as u64)
    }
}

/// alpha * a . b + beta * c, with either operand transposed.
#[derive(Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
    transposes_a: bool,
    transposes_b: bool,
}

/// Builds Gemm.
pub fn gemm(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Gemm {
        alpha: spec.attributes.float("alpha")?.unwrap_or(1.0),
        beta: spec.attributes.float("beta")?.unwrap_or(1.0),
        transposes_a: spec.attributes.flag("transA", false)?,
        transposes_b: spec.attributes.flag("transB", false)?,
    }))
}

/// Rows, columns and layout of a matrix that may be read transposed.
fn matrix(shape: &Shape, transposed: bool) -> Result<(usize, usize, Steps), OpError> {
    match (shape.dims(), transposed) {
        (&[rows, columns], false) => Ok((
            rows,
            columns,
            Steps {
                row: columns,
                column: 1,
            },
        )),
        (&[rows, columns], true) => Ok((
            columns,
            rows,
            Steps {
                row: 1,
                column: columns,
            },
        )),
        _ => Err(OpError::invalid(format!("{shape} is not a matrix"))),
    }
}

impl Gemm {
    fn plan(&self, inputs: &Operands) -> Result<Product, OpError> {
        let (m, k, a) = matrix(inputs.shape(0)?, self.transposes_a)?;
        let (inner, n, b) = matrix(inputs.shape(1)?, self.transposes_b)?;
        if k != inner {
            return Err(OpError::invalid(format!(
                "{} and {} cannot be multiplied",
                inputs.shape(0)?,
                inputs.shape(1)?
            )));
        }
        let c = match inputs.optional(2) {
            None => None,
            Some(c) => {
                let output = Shape::new([m, n])?;
                let shape = &c.tensor_type.shape;
                if broadcast(shape, &output)? != output {
                    return Err(OpError::invalid(format!(
                        "input 2, {shape}, does not broadcast to {output}"
                    )));
                }
                match broadcast_strides(shape, &output)[..] {
                    [row, column] => Some(Steps { row, column }),
                    _ => return Err(OpError::invalid(format!("input 2, {shape}, is not a matrix"))),
                }
            }
        };
        let (batch, a_batch, b_batch) = (Shape::scalar(), Vec::new(), Vec::new());
        Ok(Product {
            batch,
            a_batch,
            b_batch,
            m,
            n,
            k,
            a,
            b,
            c,
            alpha: self.alpha,
            beta: self.beta,
        })
    }
}

impl Operator for Gemm {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in 0..inputs.count() {
            if inputs.optional(index).is_some() {
                inputs.expect_type(index, &[DataType::Float32])?;
            }
        }
        let product = self.plan(inputs)?;
        Ok(vec![TensorType::new(
            DataType::Float32,
            Shape::new([product.m, product.n])?,
        )])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(launch(&self.plan(inputs)?)))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let k = self.plan(inputs).map_or(0, |product| product.k);
        (outputs[0].shape.elements() as u64).saturating_mul(2 * k as u64)
    }
}
