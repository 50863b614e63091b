//! Operators that only move elements. Each says which box of an input goes where; the device copies it by a kernel, the host by the
//! same description.

use super::{Lowered, OpError, Operands};
use crate::kernels::copy::View;
use crate::kernels::{self, Binding, Strided};
use crate::model::MAX_RANK;
use crate::tensor::{Element, Shape, Tensor, TensorType, with_elements};

/// Where a move reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An input of the node.
    Input(usize),
    /// Zeros.
    Zero,
}

/// A box of elements that goes from a source to an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where it comes from.
    pub source: Source,
    /// Its dimensions.
    pub extent: Shape,
    /// Its elements in the source.
    pub from: View,
    /// Which output it goes to.
    pub output: usize,
    /// Its elements in the output.
    pub to: View,
}

/// A view of a whole tensor, row by row.
pub fn whole(shape: &Shape) -> View {
    View {
        offset: 0,
        strides: shape.strides().into_iter().map(|stride| stride as i64).collect(),
    }
}

/// Runs the moves where the elements are: by kernels if the device holds their type, else on the host.
pub fn lower(moves: &[Move], inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
    let on_device = outputs.iter().all(|output| output.data_type.is_on_device()) && inputs.data_type(0)?.is_on_device();
    if !on_device {
        return Ok(Lowered::Host);
    }
    let mut launches = Vec::with_capacity(moves.len());
    for step in moves {
        let strided = Strided::new(&step.extent, &[step.from.strides.clone(), step.to.strides.clone()]);
        if strided.rank() as u64 > MAX_RANK {
            return Err(OpError::unsupported(format!(
                "it moves elements along more than {MAX_RANK} dimensions"
            )));
        }
        let read = match step.source {
            Source::Input(index) => Binding::Input(index),
            Source::Zero => Binding::Words(vec![0]),
        };
        launches.push(kernels::copy::launch(read, &step.extent, &step.from, &step.to).writing(step.output));
    }
    Ok(Lowered::Device(launches))
}

/// Runs the moves on the host.
pub fn evaluate(moves: &[Move], inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
    let evaluate = |(index, output): (usize, &TensorType)| {
        let moves = moves.iter().filter(|step| step.output == index);
        let sample = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        with_elements!(sample.data(), elements => fill(elements, moves, inputs, output))
    };
    outputs.iter().enumerate().map(evaluate).collect()
}

fn fill<'a, T: Element>(
    _type_of: &[T],
    moves: impl Iterator<Item = &'a Move>,
    inputs: &[Option<&Tensor>],
    output: &TensorType,
) -> Result<Tensor, OpError> {
    let mut elements = vec![T::default(); output.shape.elements()];
    for step in moves {
        let Source::Input(index) = step.source else { continue };
        let input = inputs.get(index).copied().flatten();
        let input = input
            .ok_or_else(|| OpError::invalid(format!("input {index} is missing")))?
            .as_slice::<T>()?;
        for (from, to) in positions(step) {
            match (input.get(from), elements.get_mut(to)) {
                (Some(element), Some(place)) => *place = element.clone(),
                _ => return Err(OpError::invalid("elements are moved from or to beyond a tensor")),
            }
        }
    }
    Ok(Tensor::new(output.shape.clone(), elements)?)
}

/// Where each element of a move is read and written.
fn positions(step: &Move) -> impl Iterator<Item = (usize, usize)> + '_ {
    let dims = step.extent.dims();
    let mut index = vec![0_usize; dims.len()];
    (0..step.extent.elements()).map(move |_| {
        let at = |view: &View| {
            let along: i64 = index
                .iter()
                .zip(&view.strides)
                .map(|(&index, &stride)| index as i64 * stride)
                .sum();
            // A negative position wraps to one beyond any tensor, and is refused there.
            (view.offset as i64 + along) as usize
        };
        let positions = (at(&step.from), at(&step.to));
        advance(&mut index, dims);
        positions
    })
}

/// Steps an index through a shape, row by row.
pub fn advance(index: &mut [usize], dims: &[usize]) {
    for (index, &dim) in index.iter_mut().zip(dims).rev() {
        *index += 1;
        if *index < dim {
            return;
        }
        *index = 0;
    }
}

/// The elements of `tensor` at `positions`, in `shape`.
pub fn pick(tensor: &Tensor, shape: Shape, positions: impl Iterator<Item = usize>) -> Result<Tensor, OpError> {
    fn of<T: Element>(elements: &[T], shape: Shape, positions: impl Iterator<Item = usize>) -> Result<Tensor, OpError> {
        let beyond = || OpError::invalid("an index lies beyond the tensor");
        let mut picked = Vec::with_capacity(shape.elements());
        for at in positions {
            picked.push(elements.get(at).cloned().ok_or_else(beyond)?);
        }
        Ok(Tensor::new(shape, picked)?)
    }
    with_elements!(tensor.data(), elements => of(elements, shape, positions))
}

/// The elements of `tensor` at `positions`, and its type's zero where there is none, in `shape`.
pub fn pick_or_zero(
    tensor: &Tensor,
    shape: Shape,
    positions: impl Iterator<Item = Option<usize>>,
) -> Result<Tensor, OpError> {
    fn of<T: Element>(
        elements: &[T],
        shape: Shape,
        positions: impl Iterator<Item = Option<usize>>,
    ) -> Result<Tensor, OpError> {
        let element = |at: Option<usize>| at.and_then(|at| elements.get(at)).cloned().unwrap_or_default();
        Ok(Tensor::new(shape, positions.map(element).collect())?)
    }
    with_elements!(tensor.data(), elements => of(elements, shape, positions))
}

/// A tensor of `count` copies of `element`, which has one element.
pub fn repeat(element: &Tensor, shape: Shape) -> Result<Tensor, OpError> {
    fn of<T: Element>(elements: &[T], shape: Shape) -> Result<Tensor, OpError> {
        let empty = || OpError::invalid("nothing to repeat");
        let element = elements.first().cloned().ok_or_else(empty)?;
        // All memory at once, so that too much is noticed before any of it is filled.
        let repeated = vec![element; shape.elements()];
        Ok(Tensor::new(shape, repeated)?)
    }
    with_elements!(element.data(), elements => of(elements, shape))
}

/// The elements of a tensor as it broadcasts to `output`.
pub fn broadcasted<T: Element>(elements: &[T], shape: &Shape, output: &Shape) -> Vec<T> {
    let strides = super::operand::broadcast_strides(shape, output);
    let mut index = vec![0; output.rank()];
    (0..output.elements())
        .map(|_| {
            let at: usize = index.iter().zip(&strides).map(|(index, stride)| index * stride).sum();
            advance(&mut index, output.dims());
            elements[at].clone()
        })
        .collect()
}
