//! Operators that compare elements with each other: TopK and Unique.

use std::cmp::Ordering;

use super::host_op::{host_op, only_at_run_time};
use super::movement::pick;
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{DataType, Shape, Tensor, TensorType, Text};

/// Compares two elements of a tensor by their positions.
type Compare<'a> = Box<dyn Fn(usize, usize) -> Ordering + 'a>;

/// The order of a tensor's elements; NaN comes last.
fn order(tensor: &Tensor) -> Result<Compare<'_>, OpError> {
    if tensor.data_type() == DataType::Text {
        let texts = tensor.as_slice::<Text>()?;
        return Ok(Box::new(|one, other| texts[one].cmp(&texts[other])));
    }
    if tensor.data_type().is_integer() {
        let read = tensor.integers()?;
        return Ok(Box::new(move |one, other| read(one).cmp(&read(other))));
    }
    let read = tensor.floats()?;
    Ok(Box::new(move |one, other| {
        let (one, other) = (read(one), read(other));
        one.partial_cmp(&other)
            .unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
    }))
}

/// Builds TopK; the number is an attribute before version 10 and an input since.
pub fn top_k(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(-1);
    let fixed = spec.attributes.int("k")?;
    let largest = spec.attributes.flag("largest", true)?;
    // Sorted results are right where any order is asked for.
    spec.attributes.ignore("sorted");
    let count = |number: Option<i64>, length: usize| {
        let number = number
            .and_then(|number| usize::try_from(number).ok())
            .filter(|&number| number <= length);
        number.ok_or_else(|| OpError::invalid(format!("k is not between 0 and the {length} elements of the axis")))
    };
    host_op(
        spec.kind,
        move |inputs| {
            let mut dims = inputs.dims(0)?.to_vec();
            let along = axis(along, dims.len())?;
            let number = fixed.map_or_else(
                || inputs.integers(1, "K").map(|k| k.and_then(|k| k.first().copied())),
                |k| Ok(Some(k)),
            );
            dims[along] = count(number?, dims[along])?;
            let shape = Shape::new(dims)?;
            Ok(vec![
                TensorType::new(inputs.data_type(0)?, shape.clone()),
                TensorType::new(DataType::Int64, shape),
            ])
        },
        move |inputs| {
            let data = inputs.get(0)?;
            let along = axis(along, data.shape().rank())?;
            let (outer, length, inner) = around(data.shape(), along);
            let number = match fixed {
                Some(number) => Some(number),
                None => inputs.integers(1)?.and_then(|k| k.first().copied()),
            };
            let k = count(number, length)?;
            let mut dims = data.shape().dims().to_vec();
            dims[along] = k;
            let shape = Shape::new(dims)?;
            let order = order(data)?;
            let mut positions = vec![0; shape.elements()];
            let mut indices = vec![0_i64; shape.elements()];
            for row in 0..outer {
                for column in 0..inner {
                    let at = |i: usize| (row * length + i) * inner + column;
                    let mut ranked: Vec<usize> = (0..length).collect();
                    // Sorting is stable, so of equal elements the first wins.
                    ranked.sort_by(|&one, &other| {
                        let ordering = order(at(one), at(other));
                        if largest { ordering.reverse() } else { ordering }
                    });
                    for (rank, &index) in ranked.iter().take(k).enumerate() {
                        let to = (row * k + rank) * inner + column;
                        positions[to] = at(index);
                        indices[to] = index as i64;
                    }
                }
            }
            Ok(vec![
                pick(data, shape.clone(), positions.into_iter())?,
                Tensor::new(shape, indices)?,
            ])
        },
    )
}

/// Builds Unique: distinct elements or slices, where each first is, which one each is, and how often.
pub fn unique(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?;
    let is_sorted = spec.attributes.flag("sorted", true)?;
    host_op(spec.kind, only_at_run_time, move |inputs| {
        let data = inputs.get(0)?;
        let flat = Shape::new([data.shape().elements()])?;
        let (shape, along) = match along {
            Some(along) => (data.shape(), axis(along, data.shape().rank())?),
            None => (&flat, 0),
        };
        let (outer, length, inner) = around(shape, along);
        let order = order(data)?;
        let part = |slice: usize| (0..outer * inner).map(move |at| (at / inner * length + slice) * inner + at % inner);
        let compare = |one: usize, other: usize| {
            let pairs = part(one).zip(part(other));
            pairs
                .map(|(one, other)| order(one, other))
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut ranked: Vec<usize> = (0..length).collect();
        ranked.sort_by(|&one, &other| compare(one, other));
        // The first of each group of equals is the first in the data, because sorting is stable.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for slice in ranked {
            match groups.last_mut().filter(|group| compare(group[0], slice).is_eq()) {
                Some(group) => group.push(slice),
                None => groups.push(vec![slice]),
            }
        }
        if !is_sorted {
            groups.sort_by_key(|group| group[0]);
        }
        let mut inverse = vec![0_i64; length];
        for (number, group) in groups.iter().enumerate() {
            for &slice in group {
                inverse[slice] = number as i64;
            }
        }
        let mut dims = shape.dims().to_vec();
        dims[along] = groups.len();
        let rows = (0..outer).flat_map(|row| groups.iter().map(move |group| (row * length + group[0]) * inner));
        let positions = rows.flat_map(|start| start..start + inner);
        Ok(vec![
            pick(data, Shape::new(dims)?, positions)?,
            Tensor::vector(groups.iter().map(|group| group[0] as i64).collect())?,
            Tensor::vector(inverse)?,
            Tensor::vector(groups.iter().map(|group| group.len() as i64).collect())?,
        ])
    })
}
