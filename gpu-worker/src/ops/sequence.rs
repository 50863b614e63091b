//! Operators on sequences and optionals.

use std::sync::Arc;

use super::movement::pick;
use super::operand::axis;
use super::{Lowered, OpError, Operands, Operator, Runner, Spec};
use crate::kernels::around;
use crate::tensor::{Element, Shape, Tensor, TensorType, Value, with_elements};

/// What is done.
#[derive(Debug)]
enum Kind {
    Construct,
    Empty,
    Insert,
    Erase,
    At,
    Length,
    Split { axis: i64, keeps_dims: bool },
    Concat { axis: i64, is_new: bool },
    Optional,
    HasElement,
    GetElement,
}

/// Builds an operator on sequences.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(match spec.kind {
        "SequenceConstruct" => Kind::Construct,
        "SequenceEmpty" => {
            // An empty sequence has no element to be of a type.
            spec.attributes.ignore("dtype");
            Kind::Empty
        }
        "SequenceInsert" => Kind::Insert,
        "SequenceErase" => Kind::Erase,
        "SequenceAt" => Kind::At,
        "SequenceLength" => Kind::Length,
        "SplitToSequence" => Kind::Split {
            axis: spec.attributes.int("axis")?.unwrap_or(0),
            keeps_dims: spec.attributes.flag("keepdims", true)?,
        },
        "ConcatFromSequence" => Kind::Concat {
            axis: spec
                .attributes
                .int("axis")?
                .ok_or_else(|| OpError::invalid("attribute 'axis' is missing"))?,
            is_new: spec.attributes.flag("new_axis", false)?,
        },
        other => return Err(OpError::unsupported(format!("{other} is no operator on sequences"))),
    }))
}

/// Builds an operator on optionals.
pub fn optional(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    spec.attributes.ignore("type");
    Ok(Box::new(match spec.kind {
        "Optional" => Kind::Optional,
        "OptionalHasElement" => Kind::HasElement,
        _ => Kind::GetElement,
    }))
}

impl Operator for Kind {
    fn infer(&self, _: &Operands) -> Result<Vec<TensorType>, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Err(OpError::OnlyAtRunTime)
    }

    fn runs_on_values(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[Option<Value>], _: &mut dyn Runner) -> Option<Result<Vec<Value>, OpError>> {
        Some(self.compute(inputs).map(|value| vec![value]))
    }
}

impl Kind {
    fn compute(&self, inputs: &[Option<Value>]) -> Result<Value, OpError> {
        let get = |index: usize| {
            let input = inputs.get(index).and_then(Option::as_ref);
            input.ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
        };
        let position = |index: usize| inputs.get(index).and_then(Option::as_ref).map(integer).transpose();
        Ok(match self {
            Self::Construct => Value::Sequence(
                (0..inputs.len())
                    .map(|index| get(index).cloned())
                    .collect::<Result<_, _>>()?,
            ),
            Self::Empty => Value::Sequence(Vec::new()),
            Self::Insert => {
                let mut elements = get(0)?.sequence()?.to_vec();
                let at = position(2)?.unwrap_or(elements.len() as i64);
                let at = resolve(at, elements.len(), elements.len() + 1)?;
                elements.insert(at, get(1)?.clone());
                Value::Sequence(elements)
            }
            Self::Erase => {
                let mut elements = get(0)?.sequence()?.to_vec();
                let at = resolve(position(1)?.unwrap_or(-1), elements.len(), elements.len())?;
                elements.remove(at);
                Value::Sequence(elements)
            }
            Self::At => {
                let elements = get(0)?.sequence()?;
                elements[resolve(integer(get(1)?)?, elements.len(), elements.len())?].clone()
            }
            Self::Length => Tensor::scalar(get(0)?.sequence()?.len() as i64).into(),
            Self::Split { axis, keeps_dims } => {
                let lengths = inputs.get(1).and_then(Option::as_ref).map(Value::tensor).transpose()?;
                Value::Sequence(split(get(0)?.tensor()?, *axis, lengths, *keeps_dims)?)
            }
            Self::Concat { axis, is_new } => concat(get(0)?.sequence()?, *axis, *is_new)?.into(),
            Self::Optional => Value::Optional(inputs.first().cloned().flatten().map(Box::new)),
            Self::HasElement => {
                let is_there = !matches!(inputs.first(), None | Some(None | Some(Value::Optional(None))));
                Tensor::scalar(is_there).into()
            }
            Self::GetElement => match get(0)? {
                Value::Optional(None) => return Err(OpError::invalid("the optional is empty")),
                Value::Optional(Some(inner)) => inner.as_ref().clone(),
                other => other.clone(),
            },
        })
    }
}

fn integer(value: &Value) -> Result<i64, OpError> {
    match value.tensor()?.to_integers().as_deref() {
        Some([only]) => Ok(*only),
        _ => Err(OpError::invalid("a position is not one integer")),
    }
}

/// A position that may count from the end of `length` elements, and must be below `bound`.
fn resolve(at: i64, length: usize, bound: usize) -> Result<usize, OpError> {
    let resolved = if at < 0 {
        at.checked_add(length as i64)
    } else {
        Some(at)
    };
    let resolved = resolved
        .and_then(|at| usize::try_from(at).ok())
        .filter(|&at| at < bound);
    resolved.ok_or_else(|| {
        OpError::invalid(format!(
            "position {at} is outside of the {length} elements of the sequence"
        ))
    })
}

fn split(tensor: &Tensor, along: i64, lengths: Option<&Arc<Tensor>>, keeps_dims: bool) -> Result<Vec<Value>, OpError> {
    let along = axis(along, tensor.shape().rank())?;
    let (outer, whole, inner) = around(tensor.shape(), along);
    let given = lengths.map(|lengths| {
        lengths
            .to_integers()
            .ok_or_else(|| OpError::invalid("the lengths are no integers"))
    });
    let given = given.transpose()?;
    let is_single = lengths.is_some_and(|lengths| lengths.shape().rank() == 0);
    let length = |length: i64| {
        let length = usize::try_from(length).ok().filter(|&length| length <= whole);
        length.ok_or_else(|| OpError::invalid(format!("a length that does not fit into {whole}")))
    };
    let parts: Vec<usize> = match given.as_deref() {
        None => vec![1; whole],
        Some(&[each]) if is_single => {
            let each = length(each.min(whole as i64))?.max(1);
            (0..whole).step_by(each).map(|start| each.min(whole - start)).collect()
        }
        Some(all) => all.iter().map(|&one| length(one)).collect::<Result<_, _>>()?,
    };
    if parts.iter().try_fold(0_usize, |sum, &part| sum.checked_add(part)) != Some(whole) {
        return Err(OpError::invalid(format!(
            "{whole} elements do not split into {parts:?}"
        )));
    }
    // Only single elements may lose their axis.
    let drops_axis = given.is_none() && !keeps_dims;
    let mut start = 0;
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        let mut dims = tensor.shape().dims().to_vec();
        dims[along] = part;
        if drops_axis {
            dims.remove(along);
        }
        let positions = (0..outer).flat_map(|row| {
            let first = (row * whole + start) * inner;
            first..first + part * inner
        });
        pieces.push(pick(tensor, Shape::new(dims)?, positions)?.into());
        start += part;
    }
    Ok(pieces)
}

fn concat(elements: &[Value], along: i64, is_new: bool) -> Result<Tensor, OpError> {
    let tensors = elements
        .iter()
        .map(|element| Ok(Arc::clone(element.tensor()?)))
        .collect::<Result<Vec<_>, OpError>>()?;
    let first = tensors
        .first()
        .ok_or_else(|| OpError::invalid("an empty sequence cannot be put together"))?;
    let rank = first.shape().rank();
    if is_new {
        return stacked(&tensors, axis(along, rank + 1)?);
    }
    joined(&tensors, axis(along, rank)?)
}

/// Tensors of one type along a new axis.
pub fn stacked(tensors: &[Arc<Tensor>], along: usize) -> Result<Tensor, OpError> {
    let widened = tensors.iter().map(|tensor| {
        let mut dims = tensor.shape().dims().to_vec();
        if along > dims.len() {
            return Err(OpError::invalid("tensors of different ranks cannot be put together"));
        }
        dims.insert(along, 1);
        Ok(Arc::new(tensor.reshaped(Shape::new(dims)?)?))
    });
    joined(&widened.collect::<Result<Vec<_>, _>>()?, along)
}

/// Tensors one after another along an axis.
fn joined(tensors: &[Arc<Tensor>], along: usize) -> Result<Tensor, OpError> {
    let first = tensors
        .first()
        .ok_or_else(|| OpError::invalid("nothing to put together"))?;
    let mut dims = first.shape().dims().to_vec();
    dims[along] = 0;
    for tensor in tensors {
        let shape = tensor.shape();
        let fits = shape.rank() == dims.len() && (0..dims.len()).all(|at| at == along || shape.dims()[at] == dims[at]);
        if !fits || tensor.data_type() != first.data_type() {
            return Err(OpError::invalid(format!(
                "{} and {} cannot be put together along axis {along}",
                first.tensor_type(),
                tensor.tensor_type()
            )));
        }
        dims[along] += shape.dims()[along];
    }
    let shape = Shape::new(dims)?;
    with_elements!(first.data(), elements => join(elements, tensors, along, shape))
}

fn join<T: Element>(_type_of: &[T], tensors: &[Arc<Tensor>], along: usize, shape: Shape) -> Result<Tensor, OpError> {
    let outer: usize = shape.dims()[..along].iter().product();
    let mut elements = Vec::with_capacity(shape.elements());
    for row in 0..outer {
        for tensor in tensors {
            let (_, length, inner) = around(tensor.shape(), along);
            let start = row * length * inner;
            elements.extend_from_slice(&tensor.as_slice::<T>()?[start..start + length * inner]);
        }
    }
    Ok(Tensor::new(shape, elements)?)
}
