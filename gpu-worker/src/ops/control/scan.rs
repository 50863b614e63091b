//! Scan: a sub-graph along axes of its inputs.

use std::sync::Arc;

use super::{Control, OnValues, given, required, stack};
use crate::kernels::around;
use crate::ops::movement::pick;
use crate::ops::operand::axis;
use crate::ops::{Body, OpError, Operator, Runner, Spec};
use crate::tensor::{Shape, Tensor, Value};

/// The sub-graph takes what the rounds hand on and a slice of each scanned input; it gives what is handed on and a slice of each
/// scanned output.
#[derive(Debug)]
struct Scan {
    body: Arc<Body>,
    scanned: usize,
    input_axes: Vec<i64>,
    input_reversed: Vec<bool>,
    output_axes: Vec<i64>,
    output_reversed: Vec<bool>,
    /// Before version 9 inputs had a first dimension of independent runs, and their lengths in input 0.
    has_batches: bool,
}

/// Builds Scan.
pub fn scan(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let body = required(spec, "body")?;
    let scanned = spec.attributes.int("num_scan_inputs")?;
    let scanned = scanned
        .and_then(|scanned| usize::try_from(scanned).ok())
        .filter(|&scanned| scanned > 0);
    let has_batches = spec.opset < 9;
    let mut reversed = |name: &str| {
        let flags = spec.attributes.ints(name)?.unwrap_or_default();
        Ok::<_, OpError>(flags.into_iter().map(|flag| flag != 0).collect::<Vec<_>>())
    };
    let input_reversed = reversed(if has_batches {
        "directions"
    } else {
        "scan_input_directions"
    })?;
    let output_reversed = reversed("scan_output_directions")?;
    Ok(Box::new(OnValues(Scan {
        body,
        scanned: scanned.ok_or_else(|| OpError::invalid("attribute 'num_scan_inputs' is missing"))?,
        input_axes: spec.attributes.ints("scan_input_axes")?.unwrap_or_default(),
        input_reversed,
        output_axes: spec.attributes.ints("scan_output_axes")?.unwrap_or_default(),
        output_reversed,
        has_batches,
    })))
}

/// The slice at `index` along an axis, which goes.
fn slice(tensor: &Tensor, along: usize, index: usize) -> Result<Tensor, OpError> {
    let (outer, length, inner) = around(tensor.shape(), along);
    let mut dims = tensor.shape().dims().to_vec();
    dims.remove(along);
    let positions = (0..outer).flat_map(|row| {
        let start = (row * length + index) * inner;
        start..start + inner
    });
    pick(tensor, Shape::new(dims)?, positions)
}

impl Scan {
    fn one(&self, inputs: &[Arc<Tensor>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let handed = inputs.len().checked_sub(self.scanned);
        let handed = handed.ok_or_else(|| OpError::invalid("fewer inputs than it scans"))?;
        let mut state: Vec<Value> = inputs[..handed].iter().cloned().map(Value::Tensor).collect();
        let scanned = &inputs[handed..];
        let mut axes = Vec::with_capacity(scanned.len());
        for (at, tensor) in scanned.iter().enumerate() {
            axes.push(axis(
                self.input_axes.get(at).copied().unwrap_or(0),
                tensor.shape().rank(),
            )?);
        }
        let rounds = scanned[0].shape().dims()[axes[0]];
        if let Some(at) = (0..scanned.len()).find(|&at| scanned[at].shape().dims()[axes[at]] != rounds) {
            return Err(OpError::invalid(format!("scanned input {at} is not {rounds} long")));
        }
        let outputs = self.body.graph.outputs.len();
        let kept = outputs
            .checked_sub(handed)
            .ok_or_else(|| OpError::invalid("its sub-graph gives too few values"))?;
        let mut collected: Vec<Vec<Arc<Tensor>>> = vec![Vec::with_capacity(rounds); kept];
        for round in 0..rounds {
            runner.count_round()?;
            let mut taken = std::mem::take(&mut state);
            for (at, tensor) in scanned.iter().enumerate() {
                let is_reversed = self.input_reversed.get(at).copied().unwrap_or(false);
                let index = if is_reversed { rounds - 1 - round } else { round };
                taken.push(slice(tensor, axes[at], index)?.into());
            }
            let mut made = runner.body(&self.body, taken)?.into_iter();
            state.extend(made.by_ref().take(handed));
            for (all, one) in collected.iter_mut().zip(made) {
                all.push(Arc::clone(one.tensor()?));
            }
        }
        for (at, mut all) in collected.into_iter().enumerate() {
            if self.output_reversed.get(at).copied().unwrap_or(false) {
                all.reverse();
            }
            state.push(stack(&all, self.output_axes.get(at).copied().unwrap_or(0))?.into());
        }
        Ok(state)
    }

    /// Every batch by itself.
    fn batches(&self, inputs: &[Arc<Tensor>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let count = inputs
            .first()
            .and_then(|input| input.shape().dims().first().copied())
            .unwrap_or(0);
        let mut results: Vec<Vec<Arc<Tensor>>> = vec![Vec::with_capacity(count); self.body.graph.outputs.len()];
        for batch in 0..count {
            let mut own = Vec::with_capacity(inputs.len());
            for input in inputs {
                if input.shape().dims().first() != Some(&count) {
                    return Err(OpError::invalid(format!(
                        "an input of {} for {count} batches",
                        input.shape()
                    )));
                }
                own.push(Arc::new(slice(input, 0, batch)?));
            }
            for (all, one) in results.iter_mut().zip(self.one(&own, runner)?) {
                all.push(Arc::clone(one.tensor()?));
            }
        }
        results.iter().map(|all| Ok(stack(all, 0)?.into())).collect()
    }
}

impl Control for Scan {
    fn bodies(&self) -> Vec<&Body> {
        vec![&self.body]
    }

    fn run(&self, inputs: &[Option<Value>], runner: &mut dyn Runner) -> Result<Vec<Value>, OpError> {
        let inputs = match (self.has_batches, inputs) {
            (false, all) => all,
            (true, [None, rest @ ..]) => rest,
            (true, _) => return Err(OpError::unsupported("sequences of different lengths")),
        };
        let tensors = (0..inputs.len()).map(|index| Ok(Arc::clone(given(inputs, index)?.tensor()?)));
        let tensors = tensors.collect::<Result<Vec<_>, OpError>>()?;
        if self.has_batches {
            self.batches(&tensors, runner)
        } else {
            self.one(&tensors, runner)
        }
    }
}
