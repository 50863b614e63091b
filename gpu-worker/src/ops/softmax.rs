//! Softmax and LogSoftmax: in kernels, and in double precision on the host.

use super::compose::{Composer, Composition, Value, lower_as};
use super::host_op::Given;
use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::{self, MAX_ROUNDS, around};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

#[derive(Debug)]
struct Softmax {
    log: bool,
    axis: i64,
    /// Before version 13 everything from the axis on was one row.
    flattens: bool,
}

/// Builds Softmax or LogSoftmax.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let flattens = spec.opset < 13;
    let axis = spec.attributes.int("axis")?.unwrap_or(if flattens { 1 } else { -1 });
    Ok(Box::new(Softmax {
        log: spec.kind == "LogSoftmax",
        axis,
        flattens,
    }))
}

impl Softmax {
    /// Rows before, elements of a row, and elements between its neighbours.
    fn rows(&self, shape: &Shape) -> Result<(usize, usize, usize), OpError> {
        let (outer, length, inner) = around(shape, axis(self.axis, shape.rank())?);
        Ok(if self.flattens {
            (outer, length * inner, 1)
        } else {
            (outer, length, inner)
        })
    }
}

/// Rows that are too long for a thread, by summaries that are made in stages.
#[derive(Debug)]
struct Long {
    log: bool,
    rows: (usize, usize, usize),
}

impl Composition for Long {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let (outer, length, inner) = self.rows;
        let rows = composer.reshape(&x, &[outer, length, inner])?;
        let most = composer.reduce("ReduceMax", &rows, &[1])?;
        let shifted = composer.call("Sub", &[&rows, &most])?;
        let powers = composer.call("Exp", &[&shifted])?;
        let sum = composer.reduce("ReduceSum", &powers, &[1])?;
        let result = if self.log {
            let logarithm = composer.call("Log", &[&sum])?;
            composer.call("Sub", &[&shifted, &logarithm])?
        } else {
            composer.call("Div", &[&powers, &sum])?
        };
        let dims = x.dims().to_vec();
        Ok(vec![Some(composer.reshape(&result, &dims)?)])
    }
}

impl Operator for Softmax {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32, DataType::Float64])?;
        axis(self.axis, inputs.shape(0)?.rank())?;
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        let rows = self.rows(inputs.shape(0)?)?;
        let launch = kernels::softmax::launch(self.log, rows);
        if launch.rounds > MAX_ROUNDS {
            return lower_as(&Long { log: self.log, rows }, inputs, outputs);
        }
        Ok(Lowered::Device(vec![launch]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        if outputs[0].data_type.is_on_device() {
            return Err(OpError::NoHostForm);
        }
        let x = Given(inputs).get(0)?;
        let (outer, length, inner) = self.rows(x.shape())?;
        let mut numbers = x.as_slice::<f64>()?.to_vec();
        for row in 0..outer * inner {
            let start = row / inner * length * inner + row % inner;
            let places = || (0..length).map(|at| start + at * inner);
            let most = places().map(|at| numbers[at]).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = places().map(|at| (numbers[at] - most).exp()).sum();
            for at in places() {
                let shifted = numbers[at] - most;
                numbers[at] = if self.log {
                    shifted - sum.ln()
                } else {
                    shifted.exp() / sum
                };
            }
        }
        Ok(vec![Tensor::new(x.shape().clone(), numbers)?])
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        4 * outputs[0].shape.elements() as u64
    }
}
