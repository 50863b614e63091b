//! LRN, MeanVarianceNormalization and LpNormalization, composed of others.

use super::centred;
use crate::model::{Attribute, Attributes};
use crate::ops::compose::{Composer, Composition, Value, composed};
use crate::ops::operand::{axes, axis};
use crate::ops::{OpError, Operator, Spec};

/// Division by a power of the sum of squares in neighbouring channels.
#[derive(Debug)]
struct LocalResponse {
    alpha: f32,
    beta: f32,
    bias: f32,
    size: i64,
}

/// Builds LRN.
pub fn local_response(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let size = spec.attributes.int("size")?.unwrap_or(0);
    if !(1..=i64::from(i16::MAX)).contains(&size) {
        return Err(OpError::invalid(format!("attribute 'size' is {size}")));
    }
    let composition = LocalResponse {
        alpha: spec.attributes.float("alpha")?.unwrap_or(1e-4),
        beta: spec.attributes.float("beta")?.unwrap_or(0.75),
        bias: spec.attributes.float("bias")?.unwrap_or(1.0),
        size,
    };
    Ok(composed(spec, composition))
}

impl Composition for LocalResponse {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let &[batch, channels, ref space @ ..] = x.dims() else {
            return Err(OpError::invalid("the input has no channels"));
        };
        let squares = composer.call("Mul", &[&x, &x])?;
        // A mean over a window of channels, in which padding counts: the sum over the size.
        let image = composer.reshape(&squares, &[batch, 1, channels, space.iter().product()])?;
        let before = (self.size - 1) / 2;
        let attributes = Attributes::default()
            .with("kernel_shape", Attribute::Ints(vec![self.size, 1]))
            .with("pads", Attribute::Ints(vec![before, 0, self.size - 1 - before, 0]))
            .with("count_include_pad", Attribute::Int(1));
        let means = composer.apply("AveragePool", &[&image], attributes)?;
        let means = composer.reshape(&means, x.dims())?;
        let scaled = composer.call_number("Mul", &means, self.alpha)?;
        let shifted = composer.call_number("Add", &scaled, self.bias)?;
        let divisor = composer.call_number("Pow", &shifted, self.beta)?;
        Ok(vec![Some(composer.call("Div", &[&x, &divisor])?)])
    }
}

/// Mean 0 and variance 1 along axes.
#[derive(Debug)]
struct MeanVariance {
    axes: Vec<i64>,
}

/// Builds MeanVarianceNormalization.
pub fn mean_variance(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let axes = spec.attributes.ints("axes")?.unwrap_or_else(|| vec![0, 2, 3]);
    Ok(composed(spec, MeanVariance { axes }))
}

impl Composition for MeanVariance {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let (centred, _, variance) = centred(composer, &x, &axes(&self.axes, x.rank())?)?;
        let deviation = composer.call("Sqrt", &[&variance])?;
        // The definition's own guard against a division by zero.
        let deviation = composer.call_number("Add", &deviation, 1e-9)?;
        Ok(vec![Some(composer.call("Div", &[&centred, &deviation])?)])
    }
}

/// Division by a norm along an axis; what has norm zero stays zero.
#[derive(Debug)]
struct LpNormalization {
    kind: &'static str,
    axis: i64,
}

/// Builds LpNormalization.
pub fn lp(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let kind = match spec.attributes.int("p")? {
        Some(1) => "ReduceL1",
        None | Some(2) => "ReduceL2",
        Some(other) => return Err(OpError::invalid(format!("attribute 'p' is {other}, not 1 or 2"))),
    };
    let axis = spec.attributes.int("axis")?.unwrap_or(-1);
    Ok(composed(spec, LpNormalization { kind, axis }))
}

impl Composition for LpNormalization {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let x = composer.input(0)?;
        let norm = composer.reduce(self.kind, &x, &[axis(self.axis, x.rank())?])?;
        let is_zero = composer.call_number("Equal", &norm, 0.0)?;
        let one = composer.scalar(1.0, &x)?;
        let divisor = composer.call("Where", &[&is_zero, &one, &norm])?;
        Ok(vec![Some(composer.call("Div", &[&x, &divisor])?)])
    }
}
