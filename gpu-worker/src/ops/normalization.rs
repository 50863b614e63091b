//! Normalisations: over batches (BatchNormalization), over rows (Layer-, Instance-, Group-, RMSNormalization), and those of
//! neighbouring channels, given axes or norms.

mod others;
mod rows;

pub use self::others::{local_response, lp, mean_variance};
pub use self::rows::{group, instance, layer, root_mean_square};
use super::compose::{Composer, Composition, Value, composed};
use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::binary::Binary;
use crate::kernels::element::{Expression, Operation, Walk};
use crate::kernels::{self, Binding, Launch};
use crate::tensor::{DataType, Shape, TensorType};

#[derive(Debug)]
struct BatchNormalization {
    epsilon: f32,
}

/// Builds BatchNormalization.
pub fn batch(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let epsilon = spec.attributes.float("epsilon")?.unwrap_or(1e-5);
    let momentum = spec.attributes.float("momentum")?.unwrap_or(0.9);
    if !spec.attributes.flag("spatial", true)? {
        return Err(OpError::unsupported("statistics for each position"));
    }
    spec.attributes.ignore("consumed_inputs");
    let trains = if spec.opset < 7 {
        !spec.attributes.flag("is_test", false)?
    } else {
        spec.attributes.flag("training_mode", false)?
    };
    if trains && spec.opset >= 14 {
        return Ok(composed(spec, Training { epsilon, momentum }));
    }
    if trains || (1..spec.outputs.len()).any(|index| spec.has_output(index)) {
        return Err(OpError::unsupported("training mode before version 14"));
    }
    Ok(Box::new(BatchNormalization { epsilon }))
}

/// Checks that inputs 1 to 4 are one number for each channel.
fn check_channels(inputs: &Operands) -> Result<usize, OpError> {
    let channels = inputs.dims(0)?.get(1).copied();
    let channels = channels.ok_or_else(|| OpError::invalid("the input has no channels"))?;
    for index in 1..5 {
        if inputs.dims(index)? != [channels] {
            return Err(OpError::invalid(format!(
                "input {index} is {}, not one for each of {channels} channels",
                inputs.shape(index)?
            )));
        }
    }
    Ok(channels)
}

impl Operator for BatchNormalization {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        for index in 0..5 {
            inputs.expect_type(index, &[DataType::Float32])?;
        }
        check_channels(inputs)?;
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let dims = inputs.dims(0)?;
        let inner = dims[2..].iter().product();
        let count = outputs[0].shape.elements();
        if let Some(launch) = self.scaling(inputs, [dims[0], dims[1], inner])? {
            return Ok(Lowered::Device(vec![launch]));
        }
        Ok(Lowered::Device(vec![kernels::normalize::launch(
            count,
            dims[1],
            inner,
            self.epsilon,
        )]))
    }

    fn flops(&self, _: &Operands, outputs: &[TensorType]) -> u64 {
        4 * outputs[0].shape.elements() as u64
    }
}

impl BatchNormalization {
    /// Where the statistics are known, a factor and an addend for each channel of `extent`, samples x channels x inner. Being
    /// element-wise, that can be the epilogue of the convolution before it, whose filters stay as they are.
    fn scaling(&self, inputs: &Operands, extent: [usize; 3]) -> Result<Option<Launch>, OpError> {
        let mut known = Vec::with_capacity(4);
        for index in 1..5 {
            match inputs.get(index)?.value {
                Some(value) => known.push(value.as_slice::<f32>()?),
                None => return Ok(None),
            }
        }
        let [scale, bias, mean, variance] = known[..] else {
            return Ok(None);
        };
        let (mut factors, mut addends) = (Vec::new(), Vec::new());
        for (((&scale, &bias), &mean), &variance) in scale.iter().zip(bias).zip(mean).zip(variance) {
            let factor = f64::from(scale) / (f64::from(variance) + f64::from(self.epsilon)).sqrt();
            factors.push((factor as f32).to_bits());
            addends.push(((f64::from(bias) - f64::from(mean) * factor) as f32).to_bits());
        }
        let channels = factors.len();
        let shape = Shape::new(extent)?;
        let table = |offset| Operation::Read {
            input: 1,
            walk: Walk::new(&shape, &[0, 1, 0], offset),
        };
        let mut expression = Expression::read(Walk::straight(shape.elements()));
        let factor = expression.add(table(0));
        let product = expression.add(Operation::Binary(Binary::Multiply, 0, factor));
        let addend = expression.add(table(channels));
        expression.add(Operation::Binary(Binary::Add, product, addend));
        let mut launch = kernels::element::launch(expression, 2, shape.elements(), inputs.target());
        launch.reads[1] = Binding::Words([factors, addends].concat());
        Ok(Some(launch))
    }
}

/// BatchNormalization by the statistics of the batch, with the running ones as further outputs.
#[derive(Debug)]
struct Training {
    epsilon: f32,
    momentum: f32,
}

impl Composition for Training {
    fn compose<'a>(&self, composer: &mut Composer<'a>) -> Result<Vec<Option<Value<'a>>>, OpError> {
        let channels = check_channels(composer.inputs())?;
        let x = composer.input(0)?;
        let axes: Vec<usize> = (0..x.rank()).filter(|&axis| axis != 1).collect();
        let (centred, mean, variance) = centred(composer, &x, &axes)?;
        let result = standardised(composer, &centred, &variance, self.epsilon)?;
        let mut shape = vec![1; x.rank()];
        shape[1] = channels;
        let (scale, bias) = (composer.input(1)?, composer.input(2)?);
        let (scale, bias) = (composer.reshape(&scale, &shape)?, composer.reshape(&bias, &shape)?);
        let result = composer.call("Mul", &[&result, &scale])?;
        let result = composer.call("Add", &[&result, &bias])?;
        let mut outputs = vec![Some(result)];
        for (index, statistic) in [(3, mean), (4, variance)] {
            let running = composer.input(index)?;
            let statistic = composer.reshape(&statistic, &[channels])?;
            let old = composer.call_number("Mul", &running, self.momentum)?;
            let new = composer.call_number("Mul", &statistic, 1.0 - self.momentum)?;
            outputs.push(Some(composer.call("Add", &[&old, &new])?));
        }
        Ok(outputs)
    }
}

/// The mean along `axes`, one after another, so that no sum is too long for a thread.
fn mean<'a>(composer: &mut Composer<'a>, x: &Value<'a>, axes: &[usize]) -> Result<Value<'a>, OpError> {
    let length: usize = axes.iter().map(|&axis| x.dims()[axis]).product();
    if length < kernels::MAX_ROUNDS / 16 {
        return composer.reduce("ReduceMean", x, axes);
    }
    let mut mean = x.clone();
    for &axis in axes {
        mean = composer.reduce("ReduceMean", &mean, &[axis])?;
    }
    Ok(mean)
}

/// `x` without its mean along `axes`, the mean, and the variance.
fn centred<'a>(
    composer: &mut Composer<'a>,
    x: &Value<'a>,
    axes: &[usize],
) -> Result<(Value<'a>, Value<'a>, Value<'a>), OpError> {
    let average = mean(composer, x, axes)?;
    let centred = composer.call("Sub", &[x, &average])?;
    let squares = composer.call("Mul", &[&centred, &centred])?;
    let variance = mean(composer, &squares, axes)?;
    Ok((centred, average, variance))
}

/// `x / sqrt(variance + epsilon)`.
fn standardised<'a>(
    composer: &mut Composer<'a>,
    x: &Value<'a>,
    variance: &Value<'a>,
    epsilon: f32,
) -> Result<Value<'a>, OpError> {
    let deviation = deviation(composer, variance, epsilon)?;
    composer.call("Div", &[x, &deviation])
}

/// `sqrt(variance + epsilon)`.
fn deviation<'a>(composer: &mut Composer<'a>, variance: &Value<'a>, epsilon: f32) -> Result<Value<'a>, OpError> {
    let variance = composer.call_number("Add", variance, epsilon)?;
    composer.call("Sqrt", &[&variance])
}
