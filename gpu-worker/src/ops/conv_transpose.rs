//! ConvTranspose over one and two axes.

use super::window::{Axis, TransposedWindow, planar};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::conv::Convolution;
use crate::kernels::conv_transpose::launch;
use crate::tensor::{DataType, Shape, TensorType};

#[derive(Debug)]
struct ConvTranspose {
    window: TransposedWindow,
    groups: i64,
}

/// Builds ConvTranspose.
pub fn conv_transpose(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let groups = spec.attributes.int("group")?.unwrap_or(1);
    Ok(Box::new(ConvTranspose {
        window: TransposedWindow::read(spec)?,
        groups,
    }))
}

impl ConvTranspose {
    fn plan(&self, inputs: &Operands) -> Result<(Convolution, Shape), OpError> {
        let (x, w) = (inputs.shape(0)?, inputs.shape(1)?);
        let wrong = || {
            OpError::invalid(format!(
                "filters {w} in {} groups do not fit the input {x}",
                self.groups
            ))
        };
        let (&[batch, channels, ref input @ ..], &[in_channels, out_channels, ref kernel @ ..]) = (x.dims(), w.dims())
        else {
            return Err(wrong());
        };
        let groups = usize::try_from(self.groups)
            .ok()
            .filter(|&groups| groups > 0)
            .ok_or_else(wrong)?;
        if in_channels != channels || !channels.is_multiple_of(groups) {
            return Err(wrong());
        }
        let filters = out_channels.checked_mul(groups).ok_or_else(wrong)?;
        if inputs.optional(2).is_some() && inputs.dims(2)? != [filters] {
            let bias = inputs.shape(2)?;
            return Err(OpError::invalid(format!(
                "the bias is {bias}, not one for each of {filters} filters"
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
            in_channels: channels / groups,
            out_channels,
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

impl Operator for ConvTranspose {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in (0..inputs.count()).filter(|&index| inputs.optional(index).is_some()) {
            inputs.expect_type(index, &[DataType::Float32])?;
        }
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        // Every thread looks at the whole window, whether or not an input element lies there.
        let filter = inputs.dims(1).map_or(0, |dims| dims.iter().product::<usize>()) as u64;
        let channels = inputs.dims(1).map_or(1, |dims| dims[1].max(1)) as u64;
        (outputs[0].shape.elements() as u64).saturating_mul(filter.saturating_mul(2) / channels)
    }
}
