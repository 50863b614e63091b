//! ArgMax and ArgMin. Their results are labels and indices, which live on the host.

use super::operand::axis;
use super::reduce::reduced_shape;
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{DataType, Tensor, TensorType};

/// Where the greatest or least element along an axis is.
#[derive(Debug)]
struct Arg {
    greatest: bool,
    axis: i64,
    keeps_dims: bool,
    takes_last: bool,
}

/// Builds ArgMax or ArgMin.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Arg {
        greatest: spec.kind == "ArgMax",
        axis: spec.attributes.int("axis")?.unwrap_or(0),
        keeps_dims: spec.attributes.flag("keepdims", true)?,
        takes_last: spec.attributes.flag("select_last_index", false)?,
    }))
}

impl Operator for Arg {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let shape = inputs.shape(0)?;
        let axis = axis(self.axis, shape.rank())?;
        if shape.dims()[axis] == 0 {
            return Err(OpError::invalid(format!(
                "axis {axis} of {shape} has no elements to choose from"
            )));
        }
        Ok(vec![TensorType::new(
            DataType::Int64,
            reduced_shape(shape, &[axis], self.keeps_dims)?,
        )])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let input = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        let sizes = around(input.shape(), axis(self.axis, input.shape().rank())?);
        let indices = if input.data_type().is_integer() {
            self.search(input.integers()?, sizes)
        } else {
            self.search(input.floats()?, sizes)
        };
        Ok(vec![Tensor::new(outputs[0].shape.clone(), indices)?])
    }
}

impl Arg {
    fn search<T: PartialOrd>(
        &self,
        read: impl Fn(usize) -> T,
        (outer, length, inner): (usize, usize, usize),
    ) -> Vec<i64> {
        let mut indices = Vec::with_capacity(outer * inner);
        for row in 0..outer {
            for column in 0..inner {
                let at = |i: usize| read((row * length + i) * inner + column);
                let best = (1..length).fold(0, |best, i| if self.replaces(&at(i), &at(best)) { i } else { best });
                indices.push(best as i64);
            }
        }
        indices
    }

    /// Whether a later element is chosen over the best so far. The first NaN beats everything, as in NumPy.
    fn replaces<T: PartialOrd>(&self, new: &T, best: &T) -> bool {
        let is_nan = |v: &T| v.partial_cmp(v).is_none();
        if is_nan(best) || is_nan(new) {
            return !is_nan(best);
        }
        let is_better = if self.greatest { new > best } else { new < best };
        is_better || (self.takes_last && new == best)
    }
}
