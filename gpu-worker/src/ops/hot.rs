//! One where a choice is, zero elsewhere: OneHot and Hardmax.

use super::host_op::host_op;
use super::movement::pick;
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::kernels::around;
use crate::tensor::{Shape, Tensor, TensorType};

/// Builds OneHot.
pub fn one_hot(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let along = spec.attributes.int("axis")?.unwrap_or(-1);
    let shape = move |indices: &Shape, depth: &Tensor| {
        let depth = depth.floats()?(0);
        if !(0.0..=f64::from(i32::MAX)).contains(&depth) {
            return Err(OpError::invalid(format!("a depth of {depth}")));
        }
        let along = axis(along, indices.rank() + 1)?;
        let mut dims = indices.dims().to_vec();
        dims.insert(along, depth as usize);
        Ok((Shape::new(dims)?, along))
    };
    host_op(
        spec.kind,
        move |inputs| {
            let (shape, _) = shape(inputs.shape(0)?, inputs.known(1, "depth")?)?;
            Ok(vec![TensorType::new(inputs.data_type(2)?, shape)])
        },
        move |inputs| {
            let (indices, values) = (inputs.get(0)?, inputs.get(2)?);
            if values.shape().elements() != 2 {
                return Err(OpError::invalid(format!(
                    "values of {}, not of off and on",
                    values.shape()
                )));
            }
            let (shape, along) = shape(indices.shape(), inputs.get(1)?)?;
            let (_, depth, inner) = around(&shape, along);
            let read = indices.floats()?;
            let positions = (0..shape.elements()).map(|at| {
                let (row, choice, column) = (at / inner / depth, at / inner % depth, at % inner);
                let index = read(row * inner + column).trunc();
                let index = if index < 0.0 { index + depth as f64 } else { index };
                usize::from(index == choice as f64)
            });
            Ok(vec![pick(values, shape.clone(), positions)?])
        },
    )
}

/// Builds Hardmax: one at the first greatest element along an axis. Before version 13 everything from the axis on was one row.
pub fn hardmax(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let flattens = spec.opset < 13;
    let along = spec.attributes.int("axis")?.unwrap_or(if flattens { 1 } else { -1 });
    host_op(
        spec.kind,
        |inputs| Ok(vec![inputs.get(0)?.tensor_type.clone()]),
        move |inputs| {
            let data = inputs.get(0)?;
            let (outer, length, inner) = around(data.shape(), axis(along, data.shape().rank())?);
            let (outer, length, inner) = if flattens {
                (outer, length * inner, 1)
            } else {
                (outer, length, inner)
            };
            let read = data.floats()?;
            let mut hot = vec![0.0; data.shape().elements()];
            for row in 0..outer {
                for column in 0..inner {
                    let at = |i: usize| (row * length + i) * inner + column;
                    let best = (0..length).fold(0, |best, i| if read(at(i)) > read(at(best)) { i } else { best });
                    if length > 0 {
                        hot[at(best)] = 1.0;
                    }
                }
            }
            Ok(vec![Tensor::from_floats(data.data_type(), data.shape().clone(), hot)?])
        },
    )
}
