//! Loop: a sub-graph again and again, while a condition holds.

use std::sync::Arc;

use super::{Control, OnValues, given, required, stack, truth};
use crate::ops::{Body, OpError, Operator, Runner, Spec};
use crate::tensor::{Tensor, Value};

/// The sub-graph takes the round's number, the condition and what the rounds hand on; it gives the condition, what is handed on, and
/// an element of each output that collects one from every round.
#[derive(Debug)]
struct Repeat {
    body: Arc<Body>,
}

/// Builds Loop.
pub fn repeat(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let body = required(spec, "body")?;
    Ok(Box::new(OnValues(Repeat { body })))
}

impl Control for Repeat {
    fn bodies(&self) -> Vec<&Body> {
        vec![&self.body]
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let most = match inputs.first().and_then(Option::as_ref) {
            None => i64::MAX,
            Some(most) => match most.tensor()?.to_integers().as_deref() {
                Some([only]) => *only,
                _ => return Err(OpError::invalid("the number of rounds is not one integer")),
            },
        };
        let mut goes_on = match inputs.get(1).and_then(Option::as_ref) {
            None => true,
            Some(condition) => truth(condition)?,
        };
        let handed = inputs.len().saturating_sub(2);
        let mut state = (0..handed)
            .map(|at| given(inputs, at + 2).cloned())
            .collect::<Result<Vec<_>, _>>()?;
        let outputs = self.body.graph.outputs.len();
        if outputs < 1 + handed {
            return Err(OpError::invalid("its sub-graph gives fewer values than it takes"));
        }
        let mut collected: Vec<Vec<Arc<Tensor>>> = vec![Vec::new(); outputs - 1 - handed];
        let mut bytes = 0_u64;
        let mut round = 0;
        while goes_on && round < most {
            runner.count_round()?;
            let mut taken = vec![Tensor::scalar(round).into(), Tensor::scalar(goes_on).into()];
            taken.append(&mut state);
            let mut made = runner.body(&self.body, taken)?.into_iter();
            goes_on = truth(&made.next().ok_or(OpError::Stopped)?)?;
            state.extend(made.by_ref().take(handed));
            for (all, one) in collected.iter_mut().zip(made) {
                bytes = bytes.saturating_add(one.bytes());
                runner.limits().check_memory_bytes(bytes)?;
                all.push(Arc::clone(one.tensor()?));
            }
            round += 1;
        }
        for all in collected {
            state.push(stack(&all, 0)?.into());
        }
        Ok(state)
    }
}
