//! Operators that the host runs, each made of two functions: what its outputs are, and what they hold. Some have kernels as well.

use std::fmt;

use super::transpose::with_operands;
use super::{Lowered, OpError, Operands, Operator, Runner};
use crate::tensor::{Tensor, TensorType, Value};

/// The inputs of a run on the host.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a>(pub &'a [Option<&'a Tensor>]);

impl<'a> Given<'a> {
    /// Input `index`, if it is given.
    pub fn optional(&self, index: usize) -> Option<&'a Tensor> {
        self.0.get(index).copied().flatten()
    }

    /// Input `index`, which the operator requires.
    pub fn get(&self, index: usize) -> Result<&'a Tensor, OpError> {
        self.optional(index)
            .ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
    }

    /// The integers of input `index`, if it is given.
    pub fn integers(&self, index: usize) -> Result<Option<Vec<i64>>, OpError> {
        let Some(tensor) = self.optional(index) else {
            return Ok(None);
        };
        let wrong = || {
            OpError::invalid(format!(
                "input {index} should be integers, but is {}",
                tensor.data_type()
            ))
        };
        tensor.to_integers().ok_or_else(wrong).map(Some)
    }

    /// The only element of input `index` as an integer, if it is given.
    pub fn integer(&self, index: usize) -> Result<Option<i64>, OpError> {
        match self.integers(index)?.as_deref() {
            None => Ok(None),
            Some([only]) => Ok(Some(*only)),
            Some(all) => Err(OpError::invalid(format!(
                "input {index} should be one element, has {}",
                all.len()
            ))),
        }
    }
}

/// An operator of two functions.
struct HostOp<I, R> {
    kind: String,
    infer: I,
    run: R,
}

/// Makes an operator. `infer` gives the types of the outputs, or [`OpError::OnlyAtRunTime`] where only their elements tell; `run` gives
/// the outputs, which must then be bounded by the inputs.
pub fn host_op<I, R>(kind: &str, infer: I, run: R) -> Result<Box<dyn Operator>, OpError>
where
    I: Fn(&Operands) -> Result<Vec<TensorType>, OpError> + Send + Sync + 'static,
    R: Fn(Given) -> Result<Vec<Tensor>, OpError> + Send + Sync + 'static,
{
    Ok(Box::new(HostOp {
        kind: kind.into(),
        infer,
        run,
    }))
}

/// An operator that has kernels for some inputs.
struct WithKernels<L, F> {
    host: Box<dyn Operator>,
    lower: L,
    flops: F,
}

/// Gives an operator of the host kernels. `lower` gives [`Lowered::Host`] where they do not do the very same; `flops` counts operations.
pub fn with_kernels<L, F>(host: Box<dyn Operator>, lower: L, flops: F) -> Box<dyn Operator>
where
    L: Fn(&Operands, &[TensorType]) -> Result<Lowered, OpError> + Send + Sync + 'static,
    F: Fn(&Operands, &[TensorType]) -> u64 + Send + Sync + 'static,
{
    Box::new(WithKernels { host, lower, flops })
}

impl<L, F> fmt::Debug for WithKernels<L, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(formatter)
    }
}

impl<L, F> Operator for WithKernels<L, F>
where
    L: Fn(&Operands, &[TensorType]) -> Result<Lowered, OpError> + Send + Sync,
    F: Fn(&Operands, &[TensorType]) -> u64 + Send + Sync,
{
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        self.host.infer(inputs)
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        (self.lower)(inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        self.host.evaluate(inputs, outputs)
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        self.host.run(inputs, runner)
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        (self.flops)(inputs, outputs)
    }
}

/// The `infer` of an operator whose outputs' shapes only a run tells.
pub fn only_at_run_time(_: &Operands) -> Result<Vec<TensorType>, OpError> {
    Err(OpError::OnlyAtRunTime)
}

impl<I, R> fmt::Debug for HostOp<I, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind)
    }
}

impl<I, R> Operator for HostOp<I, R>
where
    I: Fn(&Operands) -> Result<Vec<TensorType>, OpError> + Send + Sync,
    R: Fn(Given) -> Result<Vec<Tensor>, OpError> + Send + Sync,
{
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        (self.infer)(inputs)
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], _: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        (self.run)(Given(inputs))
    }

    fn run(&self, inputs: &[Option<Value>], _: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        let tensors = tensors(inputs).ok()?;
        match with_operands(&tensors, |operands| (self.infer)(operands)) {
            Err(OpError::OnlyAtRunTime) => {
                let made = (self.run)(Given(&tensors));
                Some(made.map(|made| made.into_iter().map(Value::from).collect()))
            }
            _ => None,
        }
    }
}

/// The inputs as tensors.
pub fn tensors(inputs: &[Option<Value>]) -> Result<Vec<Option<&Tensor>>, OpError> {
    inputs
        .iter()
        .map(|input| Ok(input.as_ref().map(Value::tensor).transpose()?.map(AsRef::as_ref)))
        .collect()
}
