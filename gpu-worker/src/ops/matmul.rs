//! MatMul and Gemm.

mod parts;
mod sources;

use self::parts::Parts;
use super::compose::lower_as;
use super::host_op::Given;
use super::movement::advance;
use super::operand::{broadcast, broadcast_strides};
use super::transpose::with_operands;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::Role;
use crate::kernels::matmul::{Product, Steps, launch};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// NumPy's product: batches broadcast, and a vector is a matrix of one row or column that goes afterwards.
#[derive(Debug)]
struct MatMul;

/// Builds MatMul.
pub fn matmul(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(MatMul))
}

/// The product of tensors of two shapes, and the shape of the result.
pub(super) fn product(a: &Shape, b: &Shape) -> Result<(Product, Shape), OpError> {
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
        b_is_known: false,
    };
    Ok((product, Shape::new(dims)?))
}

/// Where each product of two matrices in a batch starts in either operand.
pub(super) fn batches(product: &Product) -> Vec<(usize, usize)> {
    let mut index = vec![0; product.batch.rank()];
    let start =
        |index: &[usize], strides: &[usize]| index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
    (0..product.batch.elements())
        .map(|_| {
            let starts = (start(&index, &product.a_batch), start(&index, &product.b_batch));
            advance(&mut index, product.batch.dims());
            starts
        })
        .collect()
}

/// The product on the host: alpha * a . b + beta * c in double precision, or of integers exactly.
fn evaluate(product: &Product, inputs: &[Option<&Tensor>], output: &TensorType) -> Result<Vec<Tensor>, OpError> {
    let given = Given(inputs);
    let (a, b) = (given.get(0)?, given.get(1)?);
    let c = given.optional(2).zip(product.c.as_ref());
    let places: Vec<_> = batches(product)
        .into_iter()
        .flat_map(|starts| (0..product.m).flat_map(move |row| (0..product.n).map(move |column| (starts, row, column))))
        .collect();
    let terms = |((a, b), row, column): ((usize, usize), usize, usize)| {
        let (a, b) = (a + row * product.a.row, b + column * product.b.column);
        (0..product.k).map(move |i| (a + i * product.a.column, b + i * product.b.row))
    };
    let addend = |row: usize, column: usize, steps: &Steps| row * steps.row + column * steps.column;
    let (data_type, shape) = (output.data_type, output.shape.clone());
    let is_plain = product.alpha == 1.0 && (c.is_none() || product.beta == 1.0);
    if data_type.is_integer() && is_plain {
        let (left, right) = (a.integers()?, b.integers()?);
        let added = c
            .map(|(c, steps)| Ok::<_, OpError>((c.integers()?, steps)))
            .transpose()?;
        let numbers = places.into_iter().map(|place| {
            let sum = terms(place).fold(0_i128, |sum, (i, j)| sum.wrapping_add(left(i).wrapping_mul(right(j))));
            sum.wrapping_add(
                added
                    .as_ref()
                    .map_or(0, |(read, steps)| read(addend(place.1, place.2, steps))),
            )
        });
        return Ok(vec![Tensor::from_integers(data_type, shape, numbers)?]);
    }
    let (left, right) = (a.floats()?, b.floats()?);
    let added = c.map(|(c, steps)| Ok::<_, OpError>((c.floats()?, steps))).transpose()?;
    let (alpha, beta) = (f64::from(product.alpha), f64::from(product.beta));
    let numbers = places.into_iter().map(|place| {
        let sum: f64 = terms(place).map(|(i, j)| left(i) * right(j)).sum();
        let added = added
            .as_ref()
            .map_or(0.0, |(read, steps)| beta * read(addend(place.1, place.2, steps)));
        alpha * sum + added
    });
    Ok(vec![Tensor::from_floats(data_type, shape, numbers)?])
}

/// The type of a product: that of both operands, which must be numbers.
fn number_type(inputs: &Operands) -> Result<DataType, OpError> {
    let found = inputs.data_type(0)?;
    for index in 1..inputs.count() {
        if inputs
            .optional(index)
            .is_some_and(|operand| operand.tensor_type.data_type != found)
        {
            return Err(OpError::unsupported(format!(
                "operands of types {found} and {}",
                inputs.data_type(index)?
            )));
        }
    }
    if found.is_float() || found.is_integer() {
        Ok(found)
    } else {
        Err(OpError::unsupported(format!("operands of type {found}")))
    }
}

/// A product of constants. What the device holds it multiplies as well, and faster.
fn fold_on_host(
    operator: &impl Operator,
    inputs: &Operands,
    outputs: &[TensorType],
) -> Option<Result<Vec<Tensor>, OpError>> {
    let values = inputs.known_values()?;
    let is_host_only = !outputs[0].data_type.is_held_on_device();
    is_host_only.then(|| operator.evaluate(&values, outputs))
}

impl Operator for MatMul {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let data_type = number_type(inputs)?;
        Ok(vec![TensorType::new(
            data_type,
            product(inputs.shape(0)?, inputs.shape(1)?)?.1,
        )])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        if let Some(parts) = Parts::of(inputs, None) {
            return lower_as(&parts, inputs, outputs);
        }
        let mut product = product(inputs.shape(0)?, inputs.shape(1)?)?.0;
        product.b_is_known = inputs.get(1)?.value.is_some();
        let sources = product.read_sources(inputs);
        let mut launches = launch(&product, inputs.target(), outputs.len())?;
        for launch in &mut launches.launches {
            sources.iter().for_each(|&index| launch.read_source(index));
        }
        // What takes several launches reads operands that were laid out anew, or gives a part of each sum.
        if let [launch] = &mut launches.launches[..] {
            launch.role = Role::Product(Box::new(product));
        }
        Ok(launches.into())
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        if outputs[0].data_type.is_on_device() {
            return Err(OpError::NoHostForm);
        }
        let given = Given(inputs);
        let (product, _) = product(given.get(0)?.shape(), given.get(1)?.shape())?;
        evaluate(&product, inputs, &outputs[0])
    }

    fn fold(&self, inputs: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        fold_on_host(self, inputs, outputs)
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
    // Before version 7 it said whether input 2 broadcasts; it may anyway.
    spec.attributes.ignore("broadcast");
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
            b_is_known: inputs.get(1)?.value.is_some(),
        })
    }
}

impl Operator for Gemm {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let data_type = number_type(inputs)?;
        let product = self.plan(inputs)?;
        Ok(vec![TensorType::new(data_type, Shape::new([product.m, product.n])?)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        if let Some(parts) = Parts::of(inputs, Some(self)) {
            return lower_as(&parts, inputs, outputs);
        }
        Ok(launch(&self.plan(inputs)?, inputs.target(), outputs.len())?.into())
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        if outputs[0].data_type.is_on_device() {
            return Err(OpError::NoHostForm);
        }
        let product = with_operands(inputs, |operands| self.plan(operands))?;
        evaluate(&product, inputs, &outputs[0])
    }

    fn fold(&self, inputs: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        fold_on_host(self, inputs, outputs)
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let k = self.plan(inputs).map_or(0, |product| product.k);
        (outputs[0].shape.elements() as u64).saturating_mul(2 * k as u64)
    }
}
