//! Operators that write elements at places that other inputs name. Every index is checked before it is used.

use super::host_op::host_op;
use super::indexing::{element_positions, resolve, slice_starts};
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{Element, Tensor, with_elements};

/// What becomes of an element that an update meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reduction {
    None,
    Add,
    Multiply,
    Maximum,
    Minimum,
}

fn reduction(spec: &mut Spec) -> Result<Reduction, OpError> {
    Ok(match spec.attributes.text("reduction")?.as_deref() {
        None | Some("none") => Reduction::None,
        Some("add") => Reduction::Add,
        Some("mul") => Reduction::Multiply,
        Some("max") => Reduction::Maximum,
        Some("min") => Reduction::Minimum,
        Some(other) => return Err(OpError::invalid(format!("reduction '{other}'"))),
    })
}

/// The data with the updates at their positions, one after another.
fn scatter(data: &Tensor, positions: &[usize], updates: &Tensor, reduction: Reduction) -> Result<Tensor, OpError> {
    if positions.len() != updates.shape().elements() || updates.data_type() != data.data_type() {
        return Err(OpError::invalid(format!(
            "{} updates for {} places",
            updates.tensor_type(),
            positions.len()
        )));
    }
    if reduction == Reduction::None {
        return with_elements!(data.data(), elements => replace(elements, data, positions, updates));
    }
    let (shape, data_type) = (data.shape().clone(), data.data_type());
    let all = 0..shape.elements();
    if data_type.is_integer() {
        let mut numbers: Vec<i128> = all.map(data.integers()?).collect();
        let read = updates.integers()?;
        for (at, &position) in positions.iter().enumerate() {
            let (old, new) = (numbers[position], read(at));
            numbers[position] = match reduction {
                Reduction::Add => old.wrapping_add(new),
                Reduction::Multiply => old.wrapping_mul(new),
                Reduction::Maximum => old.max(new),
                _ => old.min(new),
            };
        }
        return Ok(Tensor::from_integers(data_type, shape, numbers)?);
    }
    let mut numbers: Vec<f64> = all.map(data.floats()?).collect();
    let read = updates.floats()?;
    for (at, &position) in positions.iter().enumerate() {
        let (old, new) = (numbers[position], read(at));
        numbers[position] = match reduction {
            Reduction::Add => old + new,
            Reduction::Multiply => old * new,
            Reduction::Maximum => old.max(new),
            _ => old.min(new),
        };
    }
    Ok(Tensor::from_floats(data_type, shape, numbers)?)
}

fn replace<T: Element>(data: &[T], whole: &Tensor, positions: &[usize], updates: &Tensor) -> Result<Tensor, OpError> {
    let mut elements = data.to_vec();
    for (&position, update) in positions.iter().zip(updates.as_slice::<T>()?) {
        elements[position] = update.clone();
    }
    Ok(Tensor::new(whole.shape().clone(), elements)?)
}

/// Builds ScatterElements, or Scatter, as it was called before version 11.
pub fn elements(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(0);
    let reduction = reduction(spec)?;
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let (data, indices) = (inputs.get(0)?, inputs.get(1)?);
            let along = axis(along, data.shape().rank())?;
            let numbers = inputs.integers(1)?.unwrap_or_default();
            let positions = element_positions(data.shape(), indices.shape(), &numbers, along)?;
            Ok(vec![scatter(data, &positions, inputs.get(2)?, reduction)?])
        },
    )
}

/// Builds ScatterND.
pub fn nd(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let reduction = reduction(spec)?;
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let (data, indices) = (inputs.get(0)?, inputs.get(1)?);
            let numbers = inputs.integers(1)?.unwrap_or_default();
            let (starts, length) = slice_starts(data.shape(), indices.shape(), &numbers, 0)?;
            let positions: Vec<usize> = starts.into_iter().flat_map(|start| start..start + length).collect();
            Ok(vec![scatter(data, &positions, inputs.get(2)?, reduction)?])
        },
    )
}

/// Builds TensorScatter: a cache with new rows written at a place of its own for each batch.
pub fn tensor(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(-2);
    let is_circular = match spec.attributes.text("mode")?.as_deref() {
        None | Some("linear") => false,
        Some("circular") => true,
        Some(other) => return Err(OpError::invalid(format!("mode '{other}'"))),
    };
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let (cache, update) = (inputs.get(0)?, inputs.get(1)?);
            let along = axis(along, cache.shape().rank())?;
            let (dims, new) = (cache.shape().dims(), update.shape().dims());
            let fits = dims.len() == new.len() && (0..dims.len()).all(|at| at == along || dims[at] == new[at]);
            if !fits || along == 0 || new[along] > dims[along] {
                return Err(OpError::invalid(format!(
                    "{} does not fit into {}",
                    update.shape(),
                    cache.shape()
                )));
            }
            let starts = inputs.integers(2)?.unwrap_or_else(|| vec![0; dims[0]]);
            if starts.len() != dims[0] {
                return Err(OpError::invalid(format!(
                    "{} places for {} batches",
                    starts.len(),
                    dims[0]
                )));
            }
            let (outer, length, inner) = around(cache.shape(), along);
            let in_batch = outer.checked_div(dims[0]).unwrap_or(0).max(1);
            let mut positions = Vec::with_capacity(update.shape().elements());
            for row in 0..outer {
                for step in 0..new[along] {
                    let at = starts[row / in_batch].saturating_add(step as i64);
                    let at = if is_circular { at.rem_euclid(length as i64) } else { at };
                    let start = (row * length + resolve(at, length)?) * inner;
                    positions.extend(start..start + inner);
                }
            }
            Ok(vec![scatter(cache, &positions, update, Reduction::None)?])
        },
    )
}
