//! Running sums and products, and norms along an axis.

use super::host_op::host_op;
use super::indexing::resolve;
use super::operand::axis;
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

/// Builds LpNormalization: elements divided by the norm along an axis; those of norm zero stay zero.
pub fn lp_normalization(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(-1);
    let is_absolute = match spec.attributes.int("p")? {
        None | Some(2) => false,
        Some(1) => true,
        Some(other) => return Err(OpError::invalid(format!("the norm {other}"))),
    };
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let data = inputs.get(0)?;
            let (outer, length, inner) = around(data.shape(), axis(along, data.shape().rank())?);
            let read = data.floats()?;
            let norm = |line: usize| {
                let start = line / inner * length * inner + line % inner;
                let elements = (0..length).map(|i| read(start + i * inner));
                if is_absolute {
                    elements.map(f64::abs).sum::<f64>()
                } else {
                    elements.map(|v| v * v).sum::<f64>().sqrt()
                }
            };
            let norms: Vec<f64> = (0..outer * inner).map(norm).collect();
            let numbers = (0..data.shape().elements()).map(|at| {
                let norm = norms[at / inner / length * inner + at % inner];
                if norm == 0.0 { 0.0 } else { read(at) / norm }
            });
            Ok(vec![Tensor::from_floats(
                data.data_type(),
                data.shape().clone(),
                numbers,
            )?])
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
