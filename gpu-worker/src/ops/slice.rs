//! Slice and Split: boxes of one input.

use super::movement::{self, Move, Source, whole};
use super::operand::axis;
use super::transpose::{lengths, with_operands};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy::View;
use crate::tensor::{Shape, Tensor, TensorType};

/// Which boxes are cut out.
#[derive(Debug)]
enum Cut {
    /// One box. Its bounds are attributes before version 10 and inputs since.
    Slice { attributes: Option<Bounds> },
    /// Neighbours along an axis.
    Split {
        axis: i64,
        lengths: Option<Vec<i64>>,
        parts: usize,
    },
}

/// Where a slice starts and ends along the axes that it names.
#[derive(Debug, Clone)]
struct Bounds {
    starts: Vec<i64>,
    ends: Vec<i64>,
    axes: Option<Vec<i64>>,
    steps: Option<Vec<i64>>,
}

/// Builds Slice.
pub fn slice(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let starts = spec.attributes.ints("starts")?;
    let ends = spec.attributes.ints("ends")?;
    let axes = spec.attributes.ints("axes")?;
    let attributes = match (starts, ends) {
        (Some(starts), Some(ends)) => Some(Bounds {
            starts,
            ends,
            axes,
            steps: None,
        }),
        (None, None) => None,
        _ => {
            return Err(OpError::invalid(
                "of the attributes 'starts' and 'ends' only one is given",
            ));
        }
    };
    Ok(Box::new(Cut::Slice { attributes }))
}

/// Builds Split; the lengths are an attribute before version 13 and an input since.
pub fn split(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axis = spec.attributes.int("axis")?.unwrap_or(0);
    let lengths = spec.attributes.ints("split")?;
    let parts = spec.outputs.len();
    if let Some(number) = spec.attributes.int("num_outputs")?
        && number != parts as i64
    {
        return Err(OpError::invalid(format!(
            "attribute 'num_outputs' is {number}, but there are {parts} outputs"
        )));
    }
    Ok(Box::new(Cut::Split { axis, lengths, parts }))
}

impl Cut {
    /// One move for each output; its extent is the output's shape.
    fn plan(&self, inputs: &Operands) -> Result<Vec<Move>, OpError> {
        match self {
            Self::Slice {
                attributes: Some(bounds),
            } => Ok(vec![slice_move(inputs.shape(0)?, bounds)?]),
            Self::Slice { attributes: None } => {
                let required = |index, name| {
                    inputs
                        .integers(index, name)?
                        .ok_or_else(|| OpError::invalid(format!("input {index} ({name}) is missing")))
                };
                let bounds = Bounds {
                    starts: required(1, "starts")?,
                    ends: required(2, "ends")?,
                    axes: inputs.integers(3, "axes")?,
                    steps: inputs.integers(4, "steps")?,
                };
                Ok(vec![slice_move(inputs.shape(0)?, &bounds)?])
            }
            Self::Split {
                axis: along,
                lengths: fixed,
                parts,
            } => {
                let shape = inputs.shape(0)?;
                let along = axis(*along, shape.rank())?;
                let lengths = split_lengths(inputs, shape.dims()[along], fixed.as_deref(), *parts)?;
                split_moves(shape, along, &lengths)
            }
        }
    }
}

fn slice_move(shape: &Shape, bounds: &Bounds) -> Result<Move, OpError> {
    let Bounds {
        starts,
        ends,
        axes,
        steps,
    } = bounds;
    let axes = axes.clone().unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps.clone().unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err(OpError::invalid("starts, ends, axes and steps differ in length"));
    }
    let axes = axes
        .iter()
        .map(|&one| axis(one, shape.rank()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut extent = shape.dims().to_vec();
    let mut from = whole(shape);
    for (i, &axis) in axes.iter().enumerate() {
        if axes[..i].contains(&axis) {
            return Err(OpError::invalid(format!("axis {axis} is sliced twice")));
        }
        let (start, length) = range(starts[i], ends[i], steps[i], shape.dims()[axis])?;
        extent[axis] = length;
        from.offset += start * from.strides[axis] as usize;
        // With one element or none the step does not matter, and may be beyond what can be multiplied.
        from.strides[axis] *= if length > 1 { steps[i] } else { 1 };
    }
    let extent = Shape::new(extent)?;
    // An empty box starts nowhere; the offset of one that is not is inside the tensor.
    let offset = if extent.elements() == 0 { 0 } else { from.offset };
    let from = View { offset, ..from };
    Ok(Move {
        source: Source::Input(0),
        to: whole(&extent),
        extent,
        from,
        output: 0,
    })
}

/// First element and number of elements of `start..end` by `step`, each bound clamped as NumPy does.
fn range(start: i64, end: i64, step: i64, dim: usize) -> Result<(usize, usize), OpError> {
    let dim = dim as i64;
    let absolute = |bound: i64| if bound < 0 { bound.saturating_add(dim) } else { bound };
    let (start, end) = (absolute(start), absolute(end));
    let (start, distance) = match step {
        0 => return Err(OpError::invalid("a step of 0")),
        1.. => {
            let start = start.clamp(0, dim);
            (start, end.clamp(0, dim) - start)
        }
        _ => {
            let start = start.clamp(0, (dim - 1).max(0)).min(dim - 1);
            (start, start - end.clamp(-1, dim - 1))
        }
    };
    let length = if distance <= 0 {
        0
    } else {
        (distance as u64).div_ceil(step.unsigned_abs())
    };
    Ok((start.max(0) as usize, length as usize))
}

fn split_lengths(inputs: &Operands, dim: usize, fixed: Option<&[i64]>, parts: usize) -> Result<Vec<usize>, OpError> {
    let lengths = match fixed {
        Some(fixed) => {
            let negative = |_| OpError::invalid(format!("the lengths {fixed:?} have a negative one"));
            fixed
                .iter()
                .map(|&length| usize::try_from(length).map_err(negative))
                .collect::<Result<Vec<_>, _>>()?
        }
        None if inputs.optional(1).is_some() => lengths(inputs, 1, "split")?,
        None => {
            let length = dim.div_ceil(parts.max(1));
            (0..parts)
                .map(|part| length.min(dim.saturating_sub(part * length)))
                .collect()
        }
    };
    let sum = lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length));
    if lengths.len() != parts || sum != Some(dim) {
        return Err(OpError::invalid(format!(
            "a dimension of {dim} does not split into {lengths:?} for {parts} outputs"
        )));
    }
    Ok(lengths)
}

fn split_moves(shape: &Shape, axis: usize, lengths: &[usize]) -> Result<Vec<Move>, OpError> {
    let mut start = 0;
    let mut moves = Vec::with_capacity(lengths.len());
    for (output, &length) in lengths.iter().enumerate() {
        let mut extent = shape.dims().to_vec();
        extent[axis] = length;
        let extent = Shape::new(extent)?;
        let mut from = whole(shape);
        from.offset = start * from.strides[axis] as usize;
        start += length;
        moves.push(Move {
            source: Source::Input(0),
            to: whole(&extent),
            extent,
            from,
            output,
        });
    }
    Ok(moves)
}

impl Operator for Cut {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let data_type = inputs.data_type(0)?;
        Ok(self
            .plan(inputs)?
            .into_iter()
            .map(|step| TensorType::new(data_type, step.extent))
            .collect())
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        movement::lower(&self.plan(inputs)?, inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            movement::evaluate(&self.plan(operands)?, inputs, outputs)
        })
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_clamped_as_numpy_does() {
        assert_eq!(range(1, i64::MAX, 1, 5), Ok((1, 4)));
        assert_eq!(range(-3, -1, 1, 5), Ok((2, 2)));
        assert_eq!(range(-1, i64::MIN, -1, 5), Ok((4, 5)));
        assert_eq!(range(i64::MAX, i64::MIN, -2, 5), Ok((4, 3)));
        assert_eq!(range(3, 1, 1, 5), Ok((3, 0)));
        assert_eq!(range(0, 5, i64::MAX, 5), Ok((0, 1)));
        assert_eq!(range(0, -1, -1, 0), Ok((0, 0)));
        assert!(range(0, 1, 0, 5).is_err());
    }
}
