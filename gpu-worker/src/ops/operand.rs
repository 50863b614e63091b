//! What an operator is told of its inputs while a plan is made: types always, values where they are known.

use super::OpError;
use crate::kernels::Target;
use crate::kernels::element::Walk;
use crate::tensor::{DataType, Element, Shape, Tensor, TensorType};

/// Bytes from which on a constant is not copied on the host only to lie in another order.
pub const LARGE: usize = 1 << 20;

/// One input of a node.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a> {
    /// Type and shape.
    pub tensor_type: &'a TensorType,
    /// The elements, when they do not depend on the data.
    pub value: Option<&'a Tensor>,
    /// Where its elements also lie: in a tensor that a launch binds as [`crate::kernels::Binding::Source`]. An operator that reads
    /// through strides needs no copy of a transposed input then.
    pub walk: Option<&'a Walk>,
    /// Where rows lie further apart in memory than they are long: how many elements of each are the tensor's. Its type then counts the others as
    /// well, which may be any numbers. Only operators that say so are given such inputs, see [`super::Operator::spacing`].
    pub columns: Option<usize>,
}

/// The inputs of a node; an optional one that is left out is `None`.
#[derive(Debug)]
pub struct Operands<'a> {
    operands: Vec<Option<Operand<'a>>>,
    target: Target,
    most_bytes: u64,
}

impl<'a> Operands<'a> {
    /// Inputs in the order of the operator's definition.
    pub fn new(operands: Vec<Option<Operand<'a>>>) -> Self {
        Self {
            operands,
            target: Target::default(),
            most_bytes: u64::MAX,
        }
    }

    /// The same inputs where a kernel cannot be given a tensor of more bytes.
    pub fn binding(self, most_bytes: u64) -> Self {
        Self { most_bytes, ..self }
    }

    /// Bytes of the largest tensor that a kernel can be given.
    pub fn most_bytes(&self) -> u64 {
        self.most_bytes
    }

    /// The same inputs of a node that is to run on `target`.
    pub fn on(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// What the node is to run on.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Number of inputs, including those left out in the middle.
    pub fn count(&self) -> usize {
        self.operands.len()
    }

    /// Input `index`, if it is given.
    pub fn optional(&self, index: usize) -> Option<Operand<'a>> {
        self.operands.get(index).copied().flatten()
    }

    /// Input `index`, which the operator requires.
    pub fn get(&self, index: usize) -> Result<Operand<'a>, OpError> {
        self.optional(index)
            .ok_or_else(|| OpError::invalid(format!("input {index} is missing")))
    }

    /// Type of input `index`.
    pub fn data_type(&self, index: usize) -> Result<DataType, OpError> {
        Ok(self.get(index)?.tensor_type.data_type)
    }

    /// Shape of input `index`.
    pub fn shape(&self, index: usize) -> Result<&'a Shape, OpError> {
        Ok(&self.get(index)?.tensor_type.shape)
    }

    /// Dimensions of input `index`.
    pub fn dims(&self, index: usize) -> Result<&'a [usize], OpError> {
        Ok(self.shape(index)?.dims())
    }

    /// The elements of input `index`, called `name` in the operator's definition, which must be known while planning.
    pub fn known(&self, index: usize, name: &'static str) -> Result<&'a Tensor, OpError> {
        self.get(index)?.value.ok_or(OpError::DataDependent(index, name))
    }

    /// The integers of input `index`, if it is given; they must be known while planning.
    pub fn integers(&self, index: usize, name: &'static str) -> Result<Option<Vec<i64>>, OpError> {
        if self.optional(index).is_none() {
            return Ok(None);
        }
        let tensor = self.known(index, name)?;
        let integers = tensor.to_integers();
        let wrong = || {
            OpError::invalid(format!(
                "input {index} ({name}) should be integers, but is {}",
                tensor.data_type()
            ))
        };
        integers.ok_or_else(wrong).map(Some)
    }

    /// The single element of input `index`, if it is given; it must be known while planning.
    pub fn scalar<T: Element>(&self, index: usize, name: &'static str) -> Result<Option<T>, OpError> {
        if self.optional(index).is_none() {
            return Ok(None);
        }
        match self.known(index, name)?.as_slice::<T>()? {
            [element] => Ok(Some(element.clone())),
            elements => Err(OpError::invalid(format!(
                "input {index} ({name}) should be one element, has {}",
                elements.len()
            ))),
        }
    }

    /// Dimensions of input `index`, those elements left out that lie between its rows.
    pub fn own_dims(&self, index: usize) -> Result<Vec<usize>, OpError> {
        let mut dims = self.dims(index)?.to_vec();
        if let (Some(last), Some(columns)) = (dims.last_mut(), self.get(index)?.columns) {
            *last = columns;
        }
        Ok(dims)
    }

    /// Where input `index` lies in the tensor that it is a rearrangement of, if it is one and reads it from its first element on.
    pub fn source_walk(&self, index: usize) -> Option<&'a Walk> {
        self.optional(index)?.walk.filter(|walk| walk.offset == 0)
    }

    /// The strides of input `index` in the tensor that it is a rearrangement of, if it is one and reads it from its first element on.
    pub fn source_strides(&self, index: usize) -> Option<Vec<usize>> {
        let strides = self.source_walk(index)?.strides(self.shape(index).ok()?)?;
        strides.into_iter().map(|stride| usize::try_from(stride).ok()).collect()
    }

    /// All values, when every input that is given is known.
    pub fn known_values(&self) -> Option<Vec<Option<&'a Tensor>>> {
        self.operands
            .iter()
            .map(|operand| operand.map_or(Some(None), |operand| operand.value.map(Some)))
            .collect()
    }

    /// Refuses input `index` unless its elements are of a type in `allowed`.
    pub fn expect_type(&self, index: usize, allowed: &[DataType]) -> Result<DataType, OpError> {
        let found = self.data_type(index)?;
        if allowed.contains(&found) {
            return Ok(found);
        }
        let allowed: Vec<String> = allowed.iter().map(DataType::to_string).collect();
        Err(OpError::unsupported(format!(
            "input {index} is {found}; supported: {}",
            allowed.join(", ")
        )))
    }
}

/// Resolves an axis that may count from the end.
pub fn axis(axis: i64, rank: usize) -> Result<usize, OpError> {
    let resolved = if axis < 0 {
        axis.checked_add(rank as i64)
    } else {
        Some(axis)
    };
    match resolved.and_then(|axis| usize::try_from(axis).ok()) {
        Some(resolved) if resolved < rank => Ok(resolved),
        _ => Err(OpError::invalid(format!(
            "axis {axis} is outside of the {rank} dimensions"
        ))),
    }
}

/// Resolves several axes and refuses the same one twice.
pub fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, OpError> {
    let mut resolved = axes.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
    resolved.sort_unstable();
    if resolved.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(OpError::invalid(format!(
            "the axes {axes:?} name one of the {rank} dimensions twice"
        )));
    }
    Ok(resolved)
}

/// The shape that two shapes broadcast to.
pub fn broadcast(left: &Shape, right: &Shape) -> Result<Shape, OpError> {
    let rank = left.rank().max(right.rank());
    let dim = |shape: &Shape, axis: usize| {
        (axis + shape.rank())
            .checked_sub(rank)
            .map_or(1, |axis| shape.dims()[axis])
    };
    let dims = (0..rank)
        .map(|axis| match (dim(left, axis), dim(right, axis)) {
            (left, right) if left == right => Ok(left),
            (1, other) | (other, 1) => Ok(other),
            _ => Err(OpError::invalid(format!(
                "the shapes {left} and {right} do not broadcast"
            ))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Shape::new(dims)?)
}

/// Strides that read `shape` as if it were `target`, to which it broadcasts: zero along stretched dimensions.
pub fn broadcast_strides(shape: &Shape, target: &Shape) -> Vec<usize> {
    let lead = target.rank().saturating_sub(shape.rank());
    let strides = shape.strides();
    let own = shape
        .dims()
        .iter()
        .zip(strides)
        .map(|(&dim, stride)| if dim == 1 { 0 } else { stride });
    std::iter::repeat_n(0, lead).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape<const N: usize>(dims: [usize; N]) -> Shape {
        Shape::new(dims).expect("small")
    }

    #[test]
    fn shapes_broadcast_from_the_right() {
        assert_eq!(broadcast(&shape([4, 1, 3]), &shape([2, 1])), Ok(shape([4, 2, 3])));
        assert_eq!(broadcast(&shape([0]), &shape([1])), Ok(shape([0])));
        assert!(broadcast(&shape([2]), &shape([3])).is_err());
        assert_eq!(broadcast_strides(&shape([1, 3]), &shape([4, 2, 3])), [0, 0, 1]);
    }

    #[test]
    fn axes_count_from_either_end() {
        assert_eq!(axis(-1, 3), Ok(2));
        assert!(axis(3, 3).is_err());
        assert!(axis(i64::MIN, 3).is_err());
        assert!(axes(&[0, -2], 2).is_err());
    }
}
