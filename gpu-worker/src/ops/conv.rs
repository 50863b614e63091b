//! Conv over one and two axes.

use super::window::{Axis, Window, planar};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::conv::{Convolution, launch};
use crate::tensor::{DataType, Shape, TensorType};

#[derive(Debug)]
struct Conv {
    window: Window,
    groups: i64,
}

/// Builds Conv.
pub fn conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let groups = spec.attributes.int("group")?.unwrap_or(1);
    Ok(Box::new(Conv {
        window: Window::read(spec)?,
        groups,
    }))
}

impl Conv {
    fn plan(&self, inputs: &Operands) -> Result<(Convolution, Shape), OpError> {
        let (x, w) = (inputs.shape(0)?, inputs.shape(1)?);
        let wrong = || {
            OpError::invalid(format!(
                "filters {w} in {} groups do not fit the input {x}",
                self.groups
            ))
        };
        let (&[batch, channels, ref input @ ..], &[filters, in_channels, ref kernel @ ..]) = (x.dims(), w.dims())
        else {
            return Err(wrong());
        };
        let groups = usize::try_from(self.groups)
            .ok()
            .filter(|&groups| groups > 0)
            .ok_or_else(wrong)?;
        if in_channels.checked_mul(groups) != Some(channels) || !filters.is_multiple_of(groups) {
            return Err(wrong());
        }
        if let Some(stated) = &self.window.kernel_shape
            && !stated.iter().map(|&size| size as usize).eq(kernel.iter().copied())
        {
            return Err(OpError::invalid(format!(
                "attribute 'kernel_shape' is {stated:?}, but the filters are {w}"
            )));
        }
        if inputs.optional(2).is_some() && inputs.dims(2)? != [filters] {
            return Err(OpError::invalid(format!(
                "the bias is {}, not one for each of {filters} filters",
                inputs.shape(2)?
            )));
        }
        let axes = self.window.place(input, kernel)?;
        let dims: Vec<usize> = [batch, filters]
            .into_iter()
            .chain(axes.iter().map(|axis| axis.output))
            .collect();
        let axes = planar(&axes)?;
        let pair = |field: fn(&Axis) -> usize| axes.each_ref().map(field);
        let convolution = Convolution {
            batch,
            groups,
            in_channels,
            out_channels: filters / groups,
            in_size: pair(|axis| axis.input),
            out_size: pair(|axis| axis.output),
            kernel_size: pair(|axis| axis.kernel),
            strides: pair(|axis| axis.stride),
            dilations: pair(|axis| axis.dilation),
            pads: axes.each_ref().map(|axis| axis.before),
            has_bias: inputs.optional(2).is_some(),
        };
        Ok((convolution, Shape::new(dims)?))
    }
}

impl Operator for Conv {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in 0..inputs.count() {
            if inputs.optional(index).is_some() {
                inputs.expect_type(index, &[DataType::Float32])?;
            }
        }
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let filter = inputs.dims(1).map_or(0, |dims| dims[1..].iter().product::<usize>()) as u64;
        (outputs[0].shape.elements() as u64).saturating_mul(filter.saturating_mul(2))
    }
}
