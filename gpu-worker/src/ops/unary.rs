//! Element-wise operators of one input: activations and elementary functions.

use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::unary::{self as kernel, Unary};
use crate::tensor::{DataType, Tensor, TensorData, TensorType};

/// A function with its numbers from the attributes.
#[derive(Debug)]
struct Elementwise {
    op: Unary,
    alpha: f32,
    beta: f32,
}

/// Builds an operator of one input by its ONNX name.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let mut number = |name, default| Ok::<_, OpError>(spec.attributes.float(name)?.unwrap_or(default));
    let (op, alpha, beta) = match spec.kind {
        "Relu" => (Unary::Relu, 0.0, 0.0),
        "LeakyRelu" => (Unary::LeakyRelu, number("alpha", 0.01)?, 0.0),
        "Sigmoid" => (Unary::Sigmoid, 0.0, 0.0),
        "Tanh" => (Unary::Tanh, 0.0, 0.0),
        "Elu" => (Unary::Elu, number("alpha", 1.0)?, 0.0),
        "Selu" => (Unary::Selu, number("alpha", 1.673_263_2)?, number("gamma", 1.050_701)?),
        "Softplus" => (Unary::Softplus, 0.0, 0.0),
        "HardSigmoid" => (Unary::HardSigmoid, number("alpha", 0.2)?, number("beta", 0.5)?),
        "HardSwish" => (Unary::HardSwish, 0.0, 0.0),
        "Softsign" => (Unary::Softsign, 0.0, 0.0),
        "Sqrt" => (Unary::Sqrt, 0.0, 0.0),
        "Exp" => (Unary::Exp, 0.0, 0.0),
        "Log" => (Unary::Log, 0.0, 0.0),
        "Neg" => (Unary::Neg, 0.0, 0.0),
        "Abs" => (Unary::Abs, 0.0, 0.0),
        "Reciprocal" => (Unary::Reciprocal, 0.0, 0.0),
        "Erf" => (Unary::Erf, 0.0, 0.0),
        "Floor" => (Unary::Floor, 0.0, 0.0),
        "Ceil" => (Unary::Ceil, 0.0, 0.0),
        "Round" => (Unary::Round, 0.0, 0.0),
        "Sign" => (Unary::Sign, 0.0, 0.0),
        "Sin" => (Unary::Sin, 0.0, 0.0),
        "Cos" => (Unary::Cos, 0.0, 0.0),
        "ThresholdedRelu" => (Unary::ThresholdedRelu, number("alpha", 1.0)?, 0.0),
        "Celu" => (Unary::Celu, number("alpha", 1.0)?, 0.0),
        "Mish" => (Unary::Mish, 0.0, 0.0),
        "Swish" => (Unary::Swish, number("alpha", 1.0)?, 0.0),
        "Not" => (Unary::Not, 0.0, 0.0),
        "Gelu" => match spec.attributes.text("approximate")?.as_deref() {
            None | Some("none") => (Unary::Gelu, 0.0, 0.0),
            Some("tanh") => (Unary::GeluTanh, 0.0, 0.0),
            Some(other) => return Err(OpError::unsupported(format!("approximation '{other}'"))),
        },
        other => return Err(OpError::unsupported(format!("{other} is no operator of one input"))),
    };
    Ok(Box::new(Elementwise { op, alpha, beta }))
}

impl Operator for Elementwise {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        match self.op {
            Unary::Not => inputs.expect_type(0, &[DataType::Bool])?,
            Unary::Neg | Unary::Abs | Unary::Sign => {
                inputs.expect_type(0, &[DataType::Float32, DataType::Int32, DataType::Int64])?
            }
            _ => inputs.expect_type(0, &[DataType::Float32])?,
        };
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !inputs.data_type(0)?.is_on_device() {
            return Ok(Lowered::Host);
        }
        Ok(Lowered::Device(vec![kernel::launch(
            self.op,
            self.alpha,
            self.beta,
            outputs[0].shape.elements(),
        )]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], _: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(input)] = inputs else {
            return Err(OpError::invalid("one input is needed"));
        };
        let shape = input.shape().clone();
        let output = match input.data() {
            TensorData::Bool(elements) if self.op == Unary::Not => {
                Tensor::new(shape, elements.iter().map(|v| !v).collect())?
            }
            TensorData::Int32(elements) => {
                Tensor::new(shape, integers(self.op, elements, i32::wrapping_neg, i32::signum)?)?
            }
            TensorData::Int64(elements) => {
                Tensor::new(shape, integers(self.op, elements, i64::wrapping_neg, i64::signum)?)?
            }
            TensorData::Float32(elements) => Tensor::new(shape, floats(self.op, elements)?)?,
            _ => return Err(OpError::NoHostForm),
        };
        Ok(vec![output])
    }
}

fn integers<T: Copy + PartialOrd + Default>(
    op: Unary,
    elements: &[T],
    negate: fn(T) -> T,
    sign: fn(T) -> T,
) -> Result<Vec<T>, OpError> {
    let apply = |v: T| match op {
        Unary::Neg => Ok(negate(v)),
        Unary::Abs if v < T::default() => Ok(negate(v)),
        Unary::Abs => Ok(v),
        Unary::Sign => Ok(sign(v)),
        _ => Err(OpError::NoHostForm),
    };
    elements.iter().map(|&v| apply(v)).collect()
}

/// The functions that shape arithmetic uses, such as rounding a scaled size.
fn floats(op: Unary, elements: &[f32]) -> Result<Vec<f32>, OpError> {
    let apply: fn(f32) -> f32 = match op {
        Unary::Sqrt => f32::sqrt,
        Unary::Neg => |v| -v,
        Unary::Abs => f32::abs,
        Unary::Reciprocal => f32::recip,
        Unary::Floor => f32::floor,
        Unary::Ceil => f32::ceil,
        Unary::Round => f32::round_ties_even,
        _ => return Err(OpError::NoHostForm),
    };
    Ok(elements.iter().map(|&v| apply(v)).collect())
}

/// Clip: an operator of its own because its bounds are inputs since version 11.
#[derive(Debug)]
struct Clip {
    min: Option<f32>,
    max: Option<f32>,
}

/// Builds Clip.
pub fn clip(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    Ok(Box::new(Clip {
        min: spec.attributes.float("min")?,
        max: spec.attributes.float("max")?,
    }))
}

impl Operator for Clip {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Float32])?;
        Ok(vec![inputs.get(0)?.tensor_type.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let min = inputs.scalar::<f32>(1, "min")?.or(self.min).unwrap_or(f32::MIN);
        let max = inputs.scalar::<f32>(2, "max")?.or(self.max).unwrap_or(f32::MAX);
        Ok(Lowered::Device(vec![kernel::launch(
            Unary::Clip,
            min,
            max,
            outputs[0].shape.elements(),
        )]))
    }
}
