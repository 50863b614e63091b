//! Branches and loops: operators that run sub-graphs.

use std::sync::Arc;

use super::{Body, Lowered, OpError, Operands, Operator, Runner, Spec};
use crate::tensor::{Tensor, TensorType, Value};

mod map;
mod repeat;
mod scan;

pub use self::map::map;
pub use self::repeat::repeat;
pub use self::scan::scan;

/// What an operator with sub-graphs does, given values.
trait Control: std::fmt::Debug + Send + Sync {
    fn bodies(&self) -> Vec<&Body>;
    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError>;
}

/// An operator with sub-graphs, which only runs on values.
#[derive(Debug)]
struct OnValues<C>(C);

impl<C: Control> Operator for OnValues<C> {
    fn infer(&self, _: &Operands) -> Result<Vec<TensorType>, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn runs_on_values(&self) -> bool {
        true
    }

    fn bodies(&self) -> Vec<&Body> {
        self.0.bodies()
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        Some(self.0.run(inputs, runner))
    }
}

/// A sub-graph that an operator requires.
fn required(spec: &mut Spec, name: &str) -> Result<Arc<Body>, OpError> {
    let body = spec.attributes.body(name)?;
    body.ok_or_else(|| OpError::invalid(format!("attribute '{name}' is missing")))
}

/// The only truth value of a tensor.
fn truth(value: &Value) -> Result<bool, OpError> {
    match value.tensor()?.as_slice::<bool>()? {
        [only] => Ok(*only),
        all => Err(OpError::invalid(format!("a condition of {} elements", all.len()))),
    }
}

/// Input `index`, which the operator requires.
fn given(inputs: &[Option<Value>], index: usize) -> Result<&Value, OpError> {
    let input = inputs.get(index).and_then(Option::as_ref);
    input.ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
}

/// Tensors of one type as one, along a new axis.
fn stack(tensors: &[Arc<Tensor>], axis: i64) -> Result<Tensor, OpError> {
    let Some(first) = tensors.first() else {
        return Err(OpError::unsupported(
            "an output of a loop without rounds, whose shape nothing tells",
        ));
    };
    let axis = super::operand::axis(axis, first.shape().rank() + 1)?;
    super::sequence::stacked(tensors, axis)
}

/// If: one of two sub-graphs.
#[derive(Debug)]
struct Branch {
    on_true: Arc<Body>,
    on_false: Arc<Body>,
}

/// Builds If.
pub fn branch(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let (on_true, on_false) = (required(spec, "then_branch")?, required(spec, "else_branch")?);
    Ok(Box::new(OnValues(Branch { on_true, on_false })))
}

impl Control for Branch {
    fn bodies(&self) -> Vec<&Body> {
        vec![&self.on_true, &self.on_false]
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let body = if truth(given(inputs, 0)?)? {
            &self.on_true
        } else {
            &self.on_false
        };
        runner.body(body, Vec::new())
    }
}
