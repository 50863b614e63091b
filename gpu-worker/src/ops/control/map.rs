//! SequenceMap: a sub-graph for each element of a sequence.

use std::sync::Arc;

use super::{Control, OnValues, given, required};
use crate::ops::{Body, OpError, Operator, Runner, Spec};
use crate::tensor::Value;

/// The sub-graph takes one element of each input that is a sequence, and inputs that are tensors as they are.
#[derive(Debug)]
struct Map {
    body: Arc<Body>,
}

/// Builds SequenceMap.
pub fn map(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let body = required(spec, "body")?;
    Ok(Box::new(OnValues(Map { body })))
}

impl Control for Map {
    fn bodies(&self) -> Vec<&Body> {
        vec![&self.body]
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let rounds = given(inputs, 0)?.sequence()?.len();
        let mut outputs: Vec<Vec<Value>> = vec![Vec::with_capacity(rounds); self.body.graph.outputs.len()];
        for round in 0..rounds {
            runner.count_round()?;
            let taken = (0..inputs.len()).map(|index| match given(inputs, index)? {
                Value::Sequence(elements) => elements.get(round).cloned().ok_or_else(|| {
                    OpError::invalid(format!("input {index} has {} elements, not {rounds}", elements.len()))
                }),
                other => Ok(other.clone()),
            });
            let made = runner.body(&self.body, taken.collect::<Result<_, _>>()?)?;
            for (all, one) in outputs.iter_mut().zip(made) {
                all.push(one);
            }
        }
        Ok(outputs.into_iter().map(Value::Sequence).collect())
    }
}
