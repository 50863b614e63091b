//! Operators that pick elements by numbers or truth values. Every index is checked before it is used.

use super::host_op::{Given, host_op, only_at_run_time};
use super::movement::{advance, pick, pick_or_zero};
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{Shape, Tensor, TensorType};

/// An index that may count from the end of an axis.
pub fn resolve(index: i64, length: usize) -> Result<usize, OpError> {
    let resolved = if index < 0 {
        index.checked_add(length as i64)
    } else {
        Some(index)
    };
    let resolved = resolved
        .and_then(|index| usize::try_from(index).ok())
        .filter(|&index| index < length);
    resolved.ok_or_else(|| OpError::invalid(format!("index {index} is outside of the {length} elements of the axis")))
}

/// Where the elements named by `indices` along `along` lie, one for each index.
pub fn element_positions(data: &Shape, indices: &Shape, numbers: &[i64], along: usize) -> Result<Vec<usize>, OpError> {
    let fits = |(at, &dim): (usize, &usize)| at == along || dim <= data.dims()[at];
    if indices.rank() != data.rank() || !indices.dims().iter().enumerate().all(fits) {
        return Err(OpError::invalid(format!(
            "the indices' shape {indices} does not fit {data}"
        )));
    }
    let strides = data.strides();
    let mut index = vec![0; indices.rank()];
    let mut positions = Vec::with_capacity(numbers.len());
    for &number in numbers {
        let chosen = resolve(number, data.dims()[along])?;
        let at = |axis: usize| if axis == along { chosen } else { index[axis] };
        positions.push((0..index.len()).map(|axis| at(axis) * strides[axis]).sum());
        advance(&mut index, indices.dims());
    }
    Ok(positions)
}

/// Builds GatherElements.
pub fn gather_elements(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(0);
    host_op(
        spec.kind,
        |inputs| Ok(vec![TensorType::new(inputs.data_type(0)?, inputs.shape(1)?.clone())]),
        move |inputs| {
            let (data, indices) = (inputs.get(0)?, inputs.get(1)?);
            let along = axis(along, data.shape().rank())?;
            let numbers = inputs.integers(1)?.unwrap_or_default();
            let positions = element_positions(data.shape(), indices.shape(), &numbers, along)?;
            Ok(vec![pick(data, indices.shape().clone(), positions.into_iter())?])
        },
    )
}

/// Where the slices named by the last axis of `indices` start, after `batch` shared dimensions, and how long they are.
pub fn slice_starts(
    data: &Shape,
    indices: &Shape,
    numbers: &[i64],
    batch: usize,
) -> Result<(Vec<usize>, usize), OpError> {
    let wrong = || {
        OpError::invalid(format!(
            "the indices' shape {indices} does not fit {data} after {batch} dimensions"
        ))
    };
    let depth = *indices.dims().last().ok_or_else(wrong)?;
    let fits =
        batch < indices.rank() && batch + depth <= data.rank() && data.dims()[..batch] == indices.dims()[..batch];
    if !fits {
        return Err(wrong());
    }
    let strides = data.strides();
    let length = data.dims()[batch + depth..].iter().product();
    let tuples: usize = indices.dims()[..indices.rank() - 1].iter().product();
    let batches: usize = data.dims()[..batch].iter().product();
    let in_batch = tuples.checked_div(batches).unwrap_or(0).max(1);
    let batch_length: usize = data.dims()[batch..].iter().product();
    let mut starts = Vec::with_capacity(tuples);
    for tuple in 0..tuples {
        let mut start = tuple / in_batch * batch_length;
        for (at, &number) in numbers[tuple * depth..(tuple + 1) * depth].iter().enumerate() {
            start += resolve(number, data.dims()[batch + at])? * strides[batch + at];
        }
        starts.push(start);
    }
    Ok((starts, length))
}

/// Builds GatherND.
pub fn gather_nd(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let batch = spec.attributes.int("batch_dims")?.unwrap_or(0);
    let batch = usize::try_from(batch).map_err(|_| OpError::invalid("a negative number of shared dimensions"))?;
    let shape = move |data: &Shape, indices: &Shape| {
        let depth = indices.dims().last().copied().unwrap_or(0);
        let rest = data
            .dims()
            .get(batch.saturating_add(depth)..)
            .filter(|_| indices.rank() > 0);
        let rest = rest.ok_or_else(|| OpError::invalid(format!("the indices' shape {indices} does not fit {data}")))?;
        Ok::<_, OpError>(Shape::new([&indices.dims()[..indices.rank() - 1], rest].concat())?)
    };
    host_op(
        spec.kind,
        move |inputs| {
            let shape = shape(inputs.shape(0)?, inputs.shape(1)?)?;
            Ok(vec![TensorType::new(inputs.data_type(0)?, shape)])
        },
        move |inputs| {
            let (data, indices) = (inputs.get(0)?, inputs.get(1)?);
            let numbers = inputs.integers(1)?.unwrap_or_default();
            let (starts, length) = slice_starts(data.shape(), indices.shape(), &numbers, batch)?;
            let positions = starts.into_iter().flat_map(|start| start..start + length);
            Ok(vec![pick(data, shape(data.shape(), indices.shape())?, positions)?])
        },
    )
}

/// Builds Compress.
pub fn compress(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?;
    host_op(spec.kind, only_at_run_time, move |inputs| {
        let data = inputs.get(0)?;
        let chosen = inputs.get(1)?.as_slice::<bool>()?;
        let flat = Shape::new([data.shape().elements()])?;
        let (shape, along) = match along {
            Some(along) => (data.shape(), axis(along, data.shape().rank())?),
            None => (&flat, 0),
        };
        let (outer, length, inner) = around(shape, along);
        let chosen: Vec<usize> = (0..chosen.len()).filter(|&at| chosen[at]).collect();
        if chosen.last().is_some_and(|&last| last >= length) {
            return Err(OpError::invalid(format!(
                "a choice beyond the {length} elements of the axis"
            )));
        }
        let mut dims = shape.dims().to_vec();
        dims[along] = chosen.len();
        let rows = (0..outer).flat_map(|row| chosen.iter().map(move |&at| (row * length + at) * inner));
        let positions = rows.flat_map(|start| start..start + inner);
        Ok(vec![pick(data, Shape::new(dims)?, positions)?])
    })
}

/// Builds NonZero.
pub fn non_zero(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    host_op(spec.kind, only_at_run_time, |inputs| {
        let data = inputs.get(0)?;
        let read = data.floats()?;
        let found: Vec<usize> = (0..data.shape().elements()).filter(|&at| read(at) != 0.0).collect();
        let strides = data.shape().strides();
        let dims = data.shape().dims();
        let rows = (0..dims.len()).flat_map(|axis| {
            let (stride, dim) = (strides[axis], dims[axis]);
            found.iter().map(move |&at| (at / stride % dim) as i64)
        });
        Ok(vec![Tensor::new(
            Shape::new([dims.len(), found.len()])?,
            rows.collect(),
        )?])
    })
}

/// Builds ReverseSequence.
pub fn reverse_sequence(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let (batch, time) = (
        spec.attributes.int("batch_axis")?.unwrap_or(1),
        spec.attributes.int("time_axis")?.unwrap_or(0),
    );
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let data = inputs.get(0)?;
            let shape = data.shape();
            let (batch, time) = (axis(batch, shape.rank())?, axis(time, shape.rank())?);
            let lengths = inputs.integers(1)?.unwrap_or_default();
            let (batches, times) = (shape.dims()[batch], shape.dims()[time]);
            if lengths.len() != batches || lengths.iter().any(|&length| length < 0 || length > times as i64) {
                return Err(OpError::invalid(format!(
                    "the lengths {lengths:?} for {batches} sequences of {times}"
                )));
            }
            let strides = shape.strides();
            let mut index = vec![0; shape.rank()];
            let positions = (0..shape.elements()).map(|_| {
                let length = lengths[index[batch]] as usize;
                let from = |at: usize| {
                    if at == time && index[time] < length {
                        length - 1 - index[time]
                    } else {
                        index[at]
                    }
                };
                let position = (0..index.len()).map(|at| from(at) * strides[at]).sum();
                advance(&mut index, shape.dims());
                position
            });
            let positions: Vec<usize> = positions.collect();
            Ok(vec![pick(data, shape.clone(), positions.into_iter())?])
        },
    )
}

/// Builds Trilu: the upper or lower triangle of the last two dimensions, zeros elsewhere.
pub fn trilu(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let upper = spec.attributes.flag("upper", true)?;
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs: Given| {
            let data = inputs.get(0)?;
            let shape = data.shape().clone();
            let [.., rows, columns] = *shape.dims() else {
                return Err(OpError::invalid(format!("{shape} is no matrix")));
            };
            let diagonal = inputs.integer(1)?.unwrap_or(0);
            let keeps = |at: usize| {
                let (row, column) = ((at / columns % rows) as i128, (at % columns) as i128);
                let distance = column - row - i128::from(diagonal);
                if upper { distance >= 0 } else { distance <= 0 }
            };
            let positions = (0..shape.elements()).map(|at| keeps(at).then_some(at));
            Ok(vec![pick_or_zero(data, shape.clone(), positions)?])
        },
    )
}
