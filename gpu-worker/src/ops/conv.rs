//! Conv and ConvTranspose over one to three axes.

use super::window::{Axis, TransposedWindow, Window, spatial};
use super::{Lowered, OpError, Operands, Operator, Spacing, Spec};
use crate::kernels::conv::Convolution;
use crate::kernels::{conv, conv_transpose};
use crate::tensor::{DataType, Shape, TensorType};

/// Which of the two, and how its windows lie.
#[derive(Debug)]
enum Windows {
    Direct(Window),
    Transposed(TransposedWindow),
}

#[derive(Debug)]
struct Conv {
    windows: Windows,
    groups: i64,
    /// Whether its kernels do no more than to add up products.
    only_sums: bool,
}

/// Builds Conv.
pub fn conv(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let windows = Windows::Direct(Window::read(spec)?);
    build(spec, windows)
}

/// Builds ConvTranspose.
pub fn conv_transpose(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let windows = Windows::Transposed(TransposedWindow::read(spec)?);
    build(spec, windows)
}

fn build(spec: &mut Spec, windows: Windows) -> Result<Box<dyn Operator>, OpError> {
    let groups = spec.attributes.int("group")?.unwrap_or(1);
    Ok(Box::new(Conv {
        windows,
        groups,
        only_sums: false,
    }))
}

/// A Conv of these windows whose kernels do no more than to add up products, see [`conv::launch_summing`].
pub(super) fn summing(window: Window, groups: i64) -> Box<dyn Operator> {
    Box::new(Conv {
        windows: Windows::Direct(window),
        groups,
        only_sums: true,
    })
}

impl Conv {
    fn window(&self) -> &Window {
        match &self.windows {
            Windows::Direct(window) => window,
            Windows::Transposed(window) => window.window(),
        }
    }

    /// The extents, and the shape of the output.
    fn plan(&self, inputs: &Operands) -> Result<(Convolution, Shape), OpError> {
        let (x, w) = (Shape::new(inputs.own_dims(0)?)?, inputs.shape(1)?);
        let wrong = || {
            OpError::invalid(format!(
                "filters {w} in {} groups do not fit the input {x}",
                self.groups
            ))
        };
        let (&[batch, channels, ref input @ ..], &[first, second, ref kernel @ ..]) = (x.dims(), w.dims()) else {
            return Err(wrong());
        };
        let groups = usize::try_from(self.groups).ok().filter(|&groups| groups > 0);
        let groups = groups.ok_or_else(wrong)?;
        // Filters are output by input channels of a group; transposed, all input by output channels of a group.
        let (all_in, filters) = match self.windows {
            Windows::Direct(_) => (second.checked_mul(groups), Some(first)),
            Windows::Transposed(_) => (Some(first), second.checked_mul(groups)),
        };
        let filters = filters.ok_or_else(wrong)?;
        if all_in != Some(channels) || !channels.is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            return Err(wrong());
        }
        if let Some(stated) = &self.window().kernel_shape
            && !stated.iter().map(|&size| size as usize).eq(kernel.iter().copied())
        {
            return Err(OpError::invalid(format!(
                "attribute 'kernel_shape' is {stated:?}, but the filters are {w}"
            )));
        }
        let has_bias = inputs.optional(2).is_some();
        if has_bias && inputs.dims(2)? != [filters] {
            let bias = inputs.shape(2)?;
            return Err(OpError::invalid(format!(
                "the bias is {bias}, not one for each of {filters} filters"
            )));
        }
        let axes = match &self.windows {
            Windows::Direct(window) => window.place(input, kernel)?,
            Windows::Transposed(window) => window.place(input, kernel)?,
        };
        let dims: Vec<usize> = [batch, filters]
            .into_iter()
            .chain(axes.iter().map(|axis| axis.output))
            .collect();
        let axes = spatial(&axes)?;
        let triple = |field: fn(&Axis) -> usize| axes.each_ref().map(field);
        let convolution = Convolution {
            batch,
            groups,
            in_channels: channels / groups,
            out_channels: filters / groups,
            in_size: triple(|axis| axis.input),
            in_pitch: inputs.dims(0)?[2..].last().copied().unwrap_or(1),
            out_size: triple(|axis| axis.output),
            kernel_size: triple(|axis| axis.kernel),
            strides: triple(|axis| axis.stride),
            dilations: triple(|axis| axis.dilation),
            pads: axes.each_ref().map(|axis| axis.before),
            has_bias,
            filters_are_known: inputs.get(1)?.value.is_some(),
        };
        Ok((convolution, Shape::new(dims)?))
    }
}

impl Operator for Conv {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in (0..inputs.count()).filter(|&index| inputs.optional(index).is_some()) {
            inputs.expect_type(index, &[DataType::Float32])?;
        }
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let mut convolution = self.plan(inputs)?.0;
        // What lies between rows of the output is computed like all of it.
        if let [_, _, .., columns] = *outputs[0].shape.dims() {
            convolution.out_size[2] = columns;
        }
        Ok(match self.windows {
            Windows::Direct(_) if self.only_sums => {
                conv::launch_summing(&convolution, inputs.target(), outputs.len())?.into()
            }
            Windows::Direct(_) => conv::launch(&convolution, inputs.target(), outputs.len())?.into(),
            Windows::Transposed(_) => Lowered::Device(vec![conv_transpose::launch(&convolution)]),
        })
    }

    fn spacing(&self) -> Spacing {
        match self.windows {
            Windows::Direct(_) => Spacing::Free,
            Windows::Transposed(_) => Spacing::Tight,
        }
    }

    /// A transposed one looks at its whole window, whether or not an input element lies there.
    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let terms = self.plan(inputs).map_or(0, |(convolution, _)| {
            let window: usize = convolution.kernel_size.iter().product();
            window as u64 * convolution.in_channels as u64
        });
        (outputs[0].shape.elements() as u64).saturating_mul(terms.saturating_mul(2))
    }
}
