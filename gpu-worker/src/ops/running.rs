//! Running sums and products.

use super::host_op::host_op;
use super::indexing::resolve;
use super::{OpError, Operator, Spec};
use crate::kernels::around;
use crate::tensor::Tensor;

/// Builds CumSum or CumProd.
pub fn cumulative(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let multiplies = spec.kind == "CumProd";
    let (is_exclusive, is_reversed) = (
        spec.attributes.flag("exclusive", false)?,
        spec.attributes.flag("reverse", false)?,
    );
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let data = inputs.get(0)?;
            let axis = inputs
                .integer(1)?
                .ok_or_else(|| OpError::invalid("input 1 (axis) is missing"))?;
            let sizes = around(data.shape(), resolve(axis, data.shape().rank())?);
            let along = Along {
                sizes,
                is_exclusive,
                is_reversed,
            };
            let (data_type, shape) = (data.data_type(), data.shape().clone());
            Ok(vec![if data_type.is_integer() {
                let combine = if multiplies {
                    i128::wrapping_mul
                } else {
                    i128::wrapping_add
                };
                let numbers = along.accumulate(data.integers()?, multiplies.into(), combine);
                Tensor::from_integers(data_type, shape, numbers)?
            } else {
                let combine: fn(f64, f64) -> f64 = if multiplies { |x, y| x * y } else { |x, y| x + y };
                let numbers = along.accumulate(data.floats()?, f64::from(u8::from(multiplies)), combine);
                Tensor::from_floats(data_type, shape, numbers)?
            }])
        },
    )
}

struct Along {
    sizes: (usize, usize, usize),
    is_exclusive: bool,
    is_reversed: bool,
}

impl Along {
    fn accumulate<W: Copy>(&self, read: impl Fn(usize) -> W, neutral: W, combine: fn(W, W) -> W) -> Vec<W> {
        let (outer, length, inner) = self.sizes;
        let mut results = vec![neutral; outer * length * inner];
        for row in 0..outer {
            for column in 0..inner {
                let mut sum = neutral;
                for step in 0..length {
                    let step = if self.is_reversed { length - 1 - step } else { step };
                    let at = (row * length + step) * inner + column;
                    let next = combine(sum, read(at));
                    results[at] = if self.is_exclusive { sum } else { next };
                    sum = next;
                }
            }
        }
        results
    }
}
