//! CenterCropPad.

use super::host_op::host_op;
use super::movement::{advance, pick_or_zero};
use super::operand::axis;
use super::{OpError, Operator, Spec};
use crate::tensor::{Shape, TensorType};

/// Builds CenterCropPad: the middle of some axes, cut off or filled with zeros on both sides.
pub fn center_crop_pad(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axes = spec.attributes.ints("axes")?;
    let target = move |shape: &Shape, lengths: &[i64]| {
        let rank = shape.rank();
        let axes = axes.clone().unwrap_or_else(|| (0..rank as i64).collect());
        if axes.len() != lengths.len() {
            return Err(OpError::invalid(format!(
                "{} lengths for {} axes",
                lengths.len(),
                axes.len()
            )));
        }
        let mut dims = shape.dims().to_vec();
        for (&one, &length) in axes.iter().zip(lengths) {
            dims[axis(one, rank)?] =
                usize::try_from(length).map_err(|_| OpError::invalid(format!("the negative length {length}")))?;
        }
        Ok(Shape::new(dims)?)
    };
    let inferred = target.clone();
    host_op(
        spec.kind,
        move |inputs| {
            let lengths = inputs.integers(1, "shape")?.unwrap_or_default();
            Ok(vec![TensorType::new(
                inputs.data_type(0)?,
                inferred(inputs.shape(0)?, &lengths)?,
            )])
        },
        move |inputs| {
            let data = inputs.get(0)?;
            let from = data.shape();
            let to = target(from, &inputs.integers(1)?.unwrap_or_default())?;
            let strides = from.strides();
            // Of an odd difference the smaller half goes, or comes, first.
            let shift = |axis: usize| {
                let (from, to) = (from.dims()[axis] as i64, to.dims()[axis] as i64);
                if from > to { (from - to) / 2 } else { -((to - from) / 2) }
            };
            let mut index = vec![0; to.rank()];
            let positions: Vec<Option<usize>> = (0..to.elements())
                .map(|_| {
                    let place = |axis: usize| {
                        let at = usize::try_from(index[axis] as i64 + shift(axis)).ok();
                        at.filter(|&at| at < from.dims()[axis]).map(|at| at * strides[axis])
                    };
                    let position = (0..index.len()).map(place).sum();
                    advance(&mut index, to.dims());
                    position
                })
                .collect();
            Ok(vec![pick_or_zero(data, to.clone(), positions.into_iter())?])
        },
    )
}
