//! Transpose, Expand and Tile: the whole input, walked in another order or more than once.

use super::movement::{self, Move, Source, whole};
use super::operand::{LARGE, axes, broadcast};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::copy::View;
use crate::tensor::{Shape, Tensor, TensorType};

/// How the input is walked.
#[derive(Debug)]
enum Walk {
    /// Dimensions in another order; by default reversed.
    Transpose { order: Option<Vec<i64>> },
    /// Broadcast with the shape in input 1.
    Expand,
    /// Repeated along each dimension as input 1 says.
    Tile,
}

/// Builds Transpose.
pub fn transpose(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Walk::Transpose {
        order: spec.attributes.ints("perm")?,
    }))
}

/// Builds Expand.
pub fn expand(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Walk::Expand))
}

/// Builds Tile.
pub fn tile(_: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Walk::Tile))
}

/// Lengths that an input gives.
pub(super) fn lengths(inputs: &Operands, index: usize, name: &'static str) -> Result<Vec<usize>, OpError> {
    let lengths = inputs.integers(index, name)?;
    let lengths = lengths.ok_or_else(|| OpError::invalid(format!("input {index} ({name}) is missing")))?;
    let negative = || OpError::invalid(format!("input {index} ({name}), {lengths:?}, has a negative length"));
    lengths
        .iter()
        .map(|&length| usize::try_from(length).map_err(|_| negative()))
        .collect()
}

impl Walk {
    /// The output's shape, and the one move that makes it from the input.
    fn plan(&self, inputs: &Operands) -> Result<(Shape, Move), OpError> {
        self.plan_from(inputs, &inputs.shape(0)?.strides())
    }

    /// The same where the elements of the input lie at `strides`.
    fn plan_from(&self, inputs: &Operands, strides: &[usize]) -> Result<(Shape, Move), OpError> {
        let shape = inputs.shape(0)?;
        let (output, extent, from, to) = match self {
            Self::Transpose { order } => {
                let reversed = || (0..shape.rank() as i64).rev().collect();
                let order = order.clone().unwrap_or_else(reversed);
                if axes(&order, shape.rank())?.len() != shape.rank() {
                    return Err(OpError::invalid(format!(
                        "perm {order:?} does not order the dimensions of {shape}"
                    )));
                }
                let order = order
                    .iter()
                    .map(|&axis| super::operand::axis(axis, shape.rank()))
                    .collect::<Result<Vec<_>, _>>()?;
                let output = Shape::new(order.iter().map(|&axis| shape.dims()[axis]).collect::<Vec<_>>())?;
                let from = order.iter().map(|&axis| strides[axis] as i64).collect();
                (output.clone(), output.clone(), from, whole(&output).strides)
            }
            Self::Expand => {
                let output = broadcast(shape, &Shape::new(lengths(inputs, 1, "shape")?)?)?;
                let lead = output.rank() - shape.rank();
                let own = shape.dims().iter().zip(strides);
                let own = own.map(|(&dim, &stride)| if dim == 1 { 0 } else { stride as i64 });
                let from = std::iter::repeat_n(0, lead).chain(own).collect();
                (output.clone(), output.clone(), from, whole(&output).strides)
            }
            Self::Tile => tile_walk(shape, strides, &lengths(inputs, 1, "repeats")?)?,
        };
        let view = |strides| View { offset: 0, strides };
        Ok((
            output,
            Move {
                source: Source::Input(0),
                extent,
                from: view(from),
                output: 0,
                to: view(to),
            },
        ))
    }
}

/// Each dimension becomes two: which repetition, and where in it.
fn tile_walk(
    shape: &Shape,
    strides: &[usize],
    repeats: &[usize],
) -> Result<(Shape, Shape, Vec<i64>, Vec<i64>), OpError> {
    if repeats.len() != shape.rank() {
        return Err(OpError::invalid(format!(
            "{} repeats are given for the {} dimensions",
            repeats.len(),
            shape.rank()
        )));
    }
    let overflow = || OpError::invalid(format!("{shape} repeated {repeats:?} times is too large"));
    let dims = shape
        .dims()
        .iter()
        .zip(repeats)
        .map(|(dim, repeat)| dim.checked_mul(*repeat).ok_or_else(overflow));
    let output = Shape::new(dims.collect::<Result<Vec<_>, _>>()?)?;
    let extent = Shape::new(
        repeats
            .iter()
            .zip(shape.dims())
            .flat_map(|(&repeat, &dim)| [repeat, dim])
            .collect::<Vec<_>>(),
    )?;
    let from = strides.iter().flat_map(|&stride| [0, stride as i64]).collect();
    let steps = output.strides().into_iter().zip(shape.dims());
    let to = steps
        .flat_map(|(stride, &dim)| [(stride * dim) as i64, stride as i64])
        .collect();
    Ok((output, extent, from, to))
}

impl Operator for Walk {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![TensorType::new(inputs.data_type(0)?, self.plan(inputs)?.0)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        // A rearrangement of a rearrangement is one of what is beneath both, unless that takes too many dimensions.
        if let Some(strides) = inputs.source_strides(0)
            && let Ok(Lowered::Device(mut launches)) =
                movement::lower(&[self.plan_from(inputs, &strides)?.1], inputs, outputs)
        {
            launches.iter_mut().for_each(|launch| launch.read_source(0));
            return Ok(Lowered::Device(launches));
        }
        movement::lower(&[self.plan(inputs)?.1], inputs, outputs)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        with_operands(inputs, |operands| {
            movement::evaluate(&[self.plan(operands)?.1], inputs, outputs)
        })
    }

    fn fold(&self, inputs: &Operands, outputs: &[TensorType]) -> Option<Result<Vec<Tensor>, OpError>> {
        let values = inputs.known_values()?;
        let later = match (self, &values[..]) {
            (Self::Transpose { .. }, [Some(x)]) => self.plan(inputs).ok().and_then(|(_, step)| later(x, step)),
            _ => None,
        };
        Some(match later {
            Some(tensor) => Ok(vec![tensor]),
            None => self.evaluate(&values, outputs),
        })
    }

    fn flops(&self, _: &Operands, _: &[TensorType]) -> u64 {
        0
    }
}

/// A large constant in the order of a move that fills its output row by row. It is put in that order only if somebody asks for it:
/// products may read it where it lies.
fn later(x: &Tensor, step: Move) -> Option<Tensor> {
    let (bytes, data_type) = (x.stored_bytes()?.clone(), x.data_type());
    let size = data_type.size();
    let shape = step.extent.clone();
    let make = move || {
        let mut moved = Vec::with_capacity(bytes.len());
        for (from, _) in movement::positions(&step) {
            moved.extend_from_slice(bytes.get(from * size..(from + 1) * size).unwrap_or_default());
        }
        moved.into()
    };
    (shape.elements() * size >= LARGE).then(|| Tensor::stored_later(shape, data_type, make))?
}

/// Sees tensors that are there as operands that are known, to plan a movement from them.
pub(super) fn with_operands<R>(
    inputs: &[Option<&Tensor>],
    then: impl FnOnce(&Operands) -> Result<R, OpError>,
) -> Result<R, OpError> {
    let types: Vec<Option<TensorType>> = inputs.iter().map(|input| input.map(Tensor::tensor_type)).collect();
    let operand = |(tensor_type, &value): (_, &Option<_>)| {
        Option::as_ref(tensor_type).map(|tensor_type| super::Operand {
            tensor_type,
            value,
            walk: None,
            columns: None,
        })
    };
    then(&Operands::new(types.iter().zip(inputs).map(operand).collect()))
}
