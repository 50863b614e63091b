//! Pad, in every mode: each axis is cut into what lies before, inside and after the input, and every combination is one move.

use super::movement::{self, Move, Source, whole};
use super::operand::axis;
use super::transpose::with_operands;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy::View;
use crate::tensor::{Shape, Tensor, TensorType};

/// What is put around the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Constant,
    Reflect,
    Edge,
    Wrap,
}

#[derive(Debug)]
struct Pad {
    mode: Mode,
}

/// Builds Pad with its paddings and value as inputs, as since version 11.
pub fn pad(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let mode = match spec.attributes.text("mode")?.as_deref() {
        None | Some("constant") => Mode::Constant,
        Some("reflect") => Mode::Reflect,
        Some("edge") => Mode::Edge,
        Some("wrap") => Mode::Wrap,
        Some(other) => return Err(OpError::unsupported(format!("mode '{other}'"))),
    };
    Ok(Box::new(Pad { mode }))
}

/// A run of output elements along one axis, and where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    to: usize,
    length: usize,
    from: usize,
    step: i64,
}

impl Pad {
    /// Padding before and after each dimension; negative paddings cut off.
    fn pads(&self, inputs: &Operands) -> Result<Vec<(i64, i64)>, OpError> {
        let rank = inputs.shape(0)?.rank();
        let pads = inputs.integers(1, "pads")?;
        let pads = pads.ok_or_else(|| OpError::invalid("input 1 (pads) is missing"))?;
        let axes = match inputs.integers(3, "axes")? {
            Some(axes) => axes.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?,
            None => (0..rank).collect(),
        };
        if pads.len() != 2 * axes.len() {
            return Err(OpError::invalid(format!(
                "{} paddings are given for {} axes",
                pads.len(),
                axes.len()
            )));
        }
        if let Some(wide) = pads.iter().find(|pad| pad.unsigned_abs() > i32::MAX as u64) {
            return Err(OpError::invalid(format!("a padding of {wide}")));
        }
        let mut all = vec![(0, 0); rank];
        for (i, &axis) in axes.iter().enumerate() {
            all[axis] = (pads[i], pads[axes.len() + i]);
        }
        Ok(all)
    }

    fn plan(&self, inputs: &Operands) -> Result<(Shape, Vec<Move>), OpError> {
        let shape = inputs.shape(0)?;
        let pads = self.pads(inputs)?;
        let dims = shape.dims().iter().zip(&pads).map(|(&dim, (before, after))| {
            let padded = dim as i64 + before + after;
            usize::try_from(padded)
                .map_err(|_| OpError::invalid(format!("the paddings cut more than the {dim} of a dimension")))
        });
        let output = Shape::new(dims.collect::<Result<Vec<_>, _>>()?)?;
        let segments = shape
            .dims()
            .iter()
            .zip(&pads)
            .map(|(&dim, &pads)| self.segments(dim, pads));
        let segments = segments.collect::<Result<Vec<_>, _>>()?;
        let mut moves = Vec::new();
        if self.mode == Mode::Constant {
            moves.push(fill(&output, inputs));
        }
        combine(shape, &output, &segments, &mut moves)?;
        Ok((output, moves))
    }

    fn segments(&self, dim: usize, (before, after): (i64, i64)) -> Result<Vec<Segment>, OpError> {
        let cut = |pad: i64| pad.min(0).unsigned_abs() as usize;
        let add = |pad: i64| pad.max(0) as usize;
        let inside = dim.saturating_sub(cut(before) + cut(after));
        let mut segments = vec![Segment {
            to: add(before),
            length: inside,
            from: cut(before),
            step: 1,
        }];
        if self.mode == Mode::Constant || (add(before) == 0 && add(after) == 0) {
            return Ok(segments);
        }
        // What is repeated must be there: a mirror does not repeat the edge itself.
        let reach = match self.mode {
            Mode::Reflect => inside.saturating_sub(1),
            Mode::Edge if inside > 0 => usize::MAX,
            _ => inside,
        };
        if add(before) > reach || add(after) > reach {
            return Err(OpError::unsupported(format!(
                "padding a dimension of {dim} by {before} and {after} in this mode"
            )));
        }
        let (first, end) = (cut(before), cut(before) + inside);
        let tail = add(before) + inside;
        let (head_from, tail_from, step) = match self.mode {
            Mode::Reflect => (first + add(before), end.saturating_sub(2), -1),
            Mode::Wrap => (end.saturating_sub(add(before)), first, 1),
            _ => (first, end - 1, 0),
        };
        segments.push(Segment {
            to: 0,
            length: add(before),
            from: head_from,
            step,
        });
        segments.push(Segment {
            to: tail,
            length: add(after),
            from: tail_from,
            step,
        });
        Ok(segments)
    }
}

/// Puts the padding value, or zero, everywhere.
fn fill(output: &Shape, inputs: &Operands) -> Move {
    let source = if inputs.optional(2).is_some() {
        Source::Input(2)
    } else {
        Source::Zero
    };
    let from = View {
        offset: 0,
        strides: vec![0; output.rank()],
    };
    Move {
        source,
        extent: output.clone(),
        from,
        output: 0,
        to: whole(output),
    }
}

/// One move for every combination of segments that is not empty.
fn combine(shape: &Shape, output: &Shape, segments: &[Vec<Segment>], moves: &mut Vec<Move>) -> Result<(), OpError> {
    let (from_strides, to_strides) = (whole(shape).strides, whole(output).strides);
    let choices: Vec<usize> = segments.iter().map(Vec::len).collect();
    let mut choice = vec![0; choices.len()];
    for _ in 0..choices.iter().product() {
        let picked: Vec<Segment> = segments
            .iter()
            .zip(&choice)
            .map(|(segments, &choice)| segments[choice])
            .collect();
        movement::advance(&mut choice, &choices);
        let extent = Shape::new(picked.iter().map(|segment| segment.length).collect::<Vec<_>>())?;
        if extent.elements() == 0 {
            continue;
        }
        let offset = |strides: &[i64], at: fn(&Segment) -> usize| {
            picked
                .iter()
                .zip(strides)
                .map(|(segment, &stride)| at(segment) * stride as usize)
                .sum()
        };
        let from = View {
            offset: offset(&from_strides, |segment| segment.from),
            strides: picked
                .iter()
                .zip(&from_strides)
                .map(|(segment, stride)| segment.step * stride)
                .collect(),
        };
        let to = View {
            offset: offset(&to_strides, |segment| segment.to),
            strides: to_strides.clone(),
        };
        moves.push(Move {
            source: Source::Input(0),
            extent,
            from,
            output: 0,
            to,
        });
    }
    Ok(())
}

impl Operator for Pad {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        if let Some(value) = inputs.optional(2)
            && (value.tensor_type.shape.elements() != 1 || value.tensor_type.data_type != inputs.data_type(0)?)
        {
            return Err(OpError::invalid(format!(
                "the padding value is {}, not one element of the input's type",
                value.tensor_type
            )));
        }
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.plan(inputs)?.0)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        movement::lower(&self.plan(inputs)?.1, inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            movement::evaluate(&self.plan(operands)?.1, inputs, outputs)
        })
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}
