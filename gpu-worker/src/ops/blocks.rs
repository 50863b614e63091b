//! Col2Im and CenterCropPad: images put together from blocks, and cut or padded around their centre.

use super::compose::{Composer, Composition, Value, composed};
use super::operand::axis;
use super::transpose::lengths;
use super::window::{Axis, Window, spatial};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::col2im::{Blocks, launch};
use crate::model::Attributes;
use crate::tensor::{DataType, Shape, TensorType};

#[derive(Debug)]
struct Col2Im {
    window: Window,
}

/// Builds Col2Im.
pub fn col2im(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Col2Im {
        window: Window::read(spec)?,
    }))
}

impl Col2Im {
    fn plan(&self, inputs: &Operands) -> Result<(Blocks, Shape), OpError> {
        let x = inputs.shape(0)?;
        let image = lengths(inputs, 1, "image_shape")?;
        let block = lengths(inputs, 2, "block_shape")?;
        let wrong = || OpError::invalid(format!("blocks {block:?} in {x} do not make an image {image:?}"));
        let &[batch, rows, count] = x.dims() else {
            return Err(wrong());
        };
        let area = Shape::new(block.clone())?.elements();
        let axes = self.window.place(&image, &block)?;
        let blocks = axes
            .iter()
            .try_fold(1_usize, |count, axis| count.checked_mul(axis.output));
        if area == 0 || !rows.is_multiple_of(area) || blocks != Some(count) {
            return Err(wrong());
        }
        let channels = rows / area;
        let shape = Shape::new([vec![batch, channels], image].concat())?;
        let axes = spatial(&axes)?;
        let triple = |field: fn(&Axis) -> usize| axes.each_ref().map(field);
        let plan = Blocks {
            planes: batch * channels,
            image: triple(|axis| axis.input),
            block: triple(|axis| axis.kernel),
            blocks: triple(|axis| axis.output),
            strides: triple(|axis| axis.stride),
            dilations: triple(|axis| axis.dilation),
            pads: axes.each_ref().map(|axis| axis.before),
        };
        Ok((plan, shape))
    }
}

impl Operator for Col2Im {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        Ok(vec![TensorType::new(DataType::Float32, self.plan(inputs)?.1)])
    }

    fn lower(&self, inputs: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Device(vec![launch(&self.plan(inputs)?.0)]))
    }

    fn flops(&self, inputs: &Operands, outputs: &[TensorType]) -> u64 {
        let block = self
            .plan(inputs)
            .map_or(0, |(plan, _)| plan.block.iter().product::<usize>());
        (outputs[0].shape.elements() as u64).saturating_mul(block as u64)
    }
}

#[derive(Debug)]
struct CenterCropPad {
    axes: Option<Vec<i64>>,
}

/// Builds CenterCropPad.
pub fn center_crop_pad(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axes = spec.attributes.ints("axes")?;
    Ok(composed(spec, CenterCropPad { axes }))
}

impl Composition for CenterCropPad {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let mut x = composer.input(0)?;
        let rank = x.rank();
        let shape = lengths(composer.inputs(), 1, "shape")?;
        let named: Vec<i64> = self.axes.clone().unwrap_or_else(|| (0..rank as i64).collect());
        if named.len() != shape.len() {
            return Err(OpError::invalid(format!(
                "{} lengths for {} axes",
                shape.len(),
                named.len()
            )));
        }
        let mut pads = vec![0; 2 * rank];
        for (&named, &length) in named.iter().zip(&shape) {
            let axis = axis(named, rank)?;
            let found = x.dims()[axis];
            if length < found {
                // An odd one is cut off, or added, at the end.
                let before = (found - length) / 2;
                x = composer.slice(&x, axis, (before, before + length, 1))?;
            } else {
                let before = (length - found) / 2;
                pads[axis] = before as i64;
                pads[rank + axis] = (length - found - before) as i64;
            }
        }
        if pads.iter().any(|&pad| pad > 0) {
            let pads = composer.integers(&pads)?;
            x = composer.apply("Pad", &[&x, &pads], Attributes::default())?;
        }
        Ok(vec![Some(x)])
    }
}
