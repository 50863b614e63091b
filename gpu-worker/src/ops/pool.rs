//! MaxPool and AveragePool over one and two axes.

use super::window::{Axis, Window, planar};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::pool::{Pooling, launch};
use crate::tensor::{DataType, Shape, TensorType};

#[derive(Debug)]
struct Pool {
    window: Window,
    mean: bool,
    counts_pads: bool,
}

/// Builds MaxPool or AveragePool.
pub fn pool(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let window = Window::read(spec)?;
    let counts_pads = spec.attributes.flag("count_include_pad", false)?;
    spec.attributes.ignore("storage_order");
    if spec.has_output(1) {
        return Err(OpError::unsupported(
            "the positions of the greatest elements as an output",
        ));
    }
    Ok(Box::new(Pool {
        window,
        mean: spec.kind == "AveragePool",
        counts_pads,
    }))
}

impl Pool {
    fn plan(&self, inputs: &Operands) -> Result<(Pooling, Shape), OpError> {
        let shape = inputs.shape(0)?;
        let &[batch, channels, ref input @ ..] = shape.dims() else {
            return Err(OpError::invalid(format!(
                "{shape} has no axes after samples and channels"
            )));
        };
        let kernel = self
            .window
            .kernel_shape
            .as_ref()
            .ok_or_else(|| OpError::invalid("attribute 'kernel_shape' is missing"))?;
        let wrong = || OpError::invalid(format!("attribute 'kernel_shape' is {kernel:?}"));
        let small = |&size: &i64| usize::try_from(size).ok().filter(|&size| size <= i32::MAX as usize);
        let kernel = kernel
            .iter()
            .map(|size| small(size).ok_or_else(wrong))
            .collect::<Result<Vec<_>, _>>()?;
        let axes = self.window.place(input, &kernel)?;
        let dims: Vec<usize> = [batch, channels]
            .into_iter()
            .chain(axes.iter().map(|axis| axis.output))
            .collect();
        let axes = planar(&axes)?;
        let pair = |field: fn(&Axis) -> usize| axes.each_ref().map(field);
        let pooling = Pooling {
            mean: self.mean,
            counts_pads: self.counts_pads,
            planes: batch * channels,
            in_size: pair(|axis| axis.input),
            out_size: pair(|axis| axis.output),
            kernel_size: pair(|axis| axis.kernel),
            strides: pair(|axis| axis.stride),
            dilations: pair(|axis| axis.dilation),
            pads_before: axes.each_ref().map(|axis| axis.before),
            pads_after: axes.each_ref().map(|axis| axis.after),
        };
        Ok((pooling, Shape::new(dims)?))
    }
}

impl Operator for Pool {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let [rows, columns] = self
            .plan(inputs)
            .map_or([0, 0], |(pooling, _)| pooling.kernel_size.map(|size| size as u64));
        (outputs[0].shape.elements() as u64).saturating_mul(rows.saturating_mul(columns))
    }
}
