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

/// Runs the moves on the host. Elements that lie in a file as they came are moved as they are, not decoded first: of a large table that
/// would be one more copy, which stays.
pub fn evaluate(moves: &[Move], inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
    let input = |index: usize| {
        let input = inputs.get(index).copied().flatten();
        input.ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
    };
    let evaluate = |(index, output): (usize, &TensorType)| {
        let moves: Vec<&Move> = moves.iter().filter(|step| step.output == index).collect();
        let sample = input(0)?;
        let is_stored = moves.iter().all(|step| match step.source {
            Source::Input(index) => input(index).is_ok_and(|input| input.stored_bytes().is_some()),
            Source::Zero => true,
        });
        if is_stored && sample.stored_bytes().is_some() {
            return match sample.data_type().size() {
                1 => fill_stored::<1>(&moves, input, output),
                2 => fill_stored::<2>(&moves, input, output),
                4 => fill_stored::<4>(&moves, input, output),
                _ => fill_stored::<8>(&moves, input, output),
            };
        }
        with_elements!(sample.data(), elements => fill_decoded(elements, &moves, input, output))
    };
    outputs.iter().enumerate().map(evaluate).collect()
}

fn fill_decoded<'a, T: Element>(
    _type_of: &[T],
    moves: &[&Move],
    input: impl Fn(usize) -> Result<&'a Tensor, OpError>,
    output: &TensorType,
) -> Result<Tensor, OpError> {
    let elements = fill(T::default(), moves, |index| Ok(input(index)?.as_slice()?), output)?;
    Ok(Tensor::new(output.shape.clone(), elements)?)
}

/// The same of elements of N bytes. Zero is all zeros in every type.
fn fill_stored<'a, const N: usize>(
    moves: &[&Move],
    input: impl Fn(usize) -> Result<&'a Tensor, OpError>,
    output: &TensorType,
) -> Result<Tensor, OpError> {
    let elements = |index| {
        let input = input(index)?;
        let bytes = input.stored_bytes().filter(|_| input.data_type() == output.data_type);
        let bytes =
            bytes.ok_or_else(|| OpError::invalid(format!("input {index} has other elements than the output")))?;
        Ok(bytes.as_chunks::<N>().0)
    };
    let bytes = fill([0; N], moves, elements, output)?.into_flattened();
    let moved = Tensor::stored(output.shape.clone(), output.data_type, bytes.into())?;
    moved.ok_or_else(|| OpError::invalid("packed elements cannot be moved as they are"))
}

fn fill<'a, T: Clone + 'a>(
    zero: T,
    moves: &[&Move],
    input: impl Fn(usize) -> Result<&'a [T], OpError>,
    output: &TensorType,
) -> Result<Vec<T>, OpError> {
    let mut elements = vec![zero; output.shape.elements()];
    for step in moves {
        let Source::Input(index) = step.source else { continue };
        let input = input(index)?;
        for (from, to) in positions(step) {
            match (input.get(from), elements.get_mut(to)) {
                (Some(element), Some(place)) => *place = element.clone(),
                _ => return Err(OpError::invalid("elements are moved from or to beyond a tensor")),
            }
        }
    }
    Ok(elements)
}

/// Where each element of a move is read and written.
pub fn positions(step: &Move) -> impl Iterator<Item = (usize, usize)> + '_ {
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
