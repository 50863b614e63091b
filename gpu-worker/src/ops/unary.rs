//! Element-wise operators of one input: activations and elementary functions.

use super::{Lowered, OpError, Operands, Operator, Spacing, Spec, elementary};
use crate::kernels::unary::{self as kernel, Unary};
use crate::tensor::{DataType, Tensor, TensorType};

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
        "BitwiseNot" => (Unary::BitwiseNot, 0.0, 0.0),
        "Acos" => (Unary::Acos, 0.0, 0.0),
        "Acosh" => (Unary::Acosh, 0.0, 0.0),
        "Asin" => (Unary::Asin, 0.0, 0.0),
        "Asinh" => (Unary::Asinh, 0.0, 0.0),
        "Atan" => (Unary::Atan, 0.0, 0.0),
        "Atanh" => (Unary::Atanh, 0.0, 0.0),
        "Cosh" => (Unary::Cosh, 0.0, 0.0),
        "Sinh" => (Unary::Sinh, 0.0, 0.0),
        "Tan" => (Unary::Tan, 0.0, 0.0),
        "Shrink" => (Unary::Shrink, number("lambd", 0.5)?, number("bias", 0.0)?),
        "IsNaN" => (Unary::IsNaN, 0.0, 0.0),
        "IsInf" => {
            let mut counts = |name| Ok::<_, OpError>(f32::from(u8::from(spec.attributes.flag(name, true)?)));
            (Unary::IsInf, counts("detect_negative")?, counts("detect_positive")?)
        }
        "Gelu" => match spec.attributes.text("approximate")?.as_deref() {
            None | Some("none") => (Unary::Gelu, 0.0, 0.0),
            Some("tanh") => (Unary::GeluTanh, 0.0, 0.0),
            Some(other) => return Err(OpError::unsupported(format!("approximation '{other}'"))),
        },
        other => return Err(OpError::unsupported(format!("{other} is no operator of one input"))),
    };
    Ok(Box::new(Elementwise { op, alpha, beta }))
}

impl Elementwise {
    /// Refuses inputs of types that the operator is not defined for.
    fn check(&self, found: DataType) -> Result<(), OpError> {
        let is_defined = match self.op {
            Unary::Not => found == DataType::Bool,
            Unary::BitwiseNot => found.is_integer(),
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Relu | Unary::Shrink => {
                found.is_float() || found.is_integer()
            }
            Unary::IsNaN | Unary::IsInf => found.is_float() || found.is_small_float(),
            _ => found.is_float(),
        };
        if is_defined {
            Ok(())
        } else {
            Err(OpError::unsupported(format!("input 0 is {found}")))
        }
    }
}

impl Operator for Elementwise {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let input = inputs.get(0)?.tensor_type;
        self.check(input.data_type)?;
        let data_type = match self.op {
            Unary::IsNaN | Unary::IsInf => DataType::Bool,
            _ => input.data_type,
        };
        Ok(vec![TensorType::new(data_type, input.shape.clone())])
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

    fn spacing(&self) -> Spacing {
        Spacing::Kept
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(input)] = inputs else {
            return Err(OpError::invalid("one input is needed"));
        };
        let TensorType { data_type, shape } = outputs[0].clone();
        let positions = 0..shape.elements();
        let from = input.data_type();
        let output = if from.is_integer() || from == DataType::Bool {
            let read = input.integers()?;
            let numbers = positions.map(|at| self.integer(read(at)));
            Tensor::from_integers(data_type, shape, numbers)?
        } else {
            let read = input.floats()?;
            let (alpha, beta) = (self.alpha.into(), self.beta.into());
            Tensor::from_floats(
                data_type,
                shape,
                positions.map(|at| elementary::apply(self.op, alpha, beta, read(at))),
            )?
        };
        Ok(vec![output])
    }
}

impl Elementwise {
    fn integer(&self, v: i128) -> i128 {
        match self.op {
            Unary::Neg => -v,
            Unary::Abs => v.abs(),
            Unary::Sign => v.signum(),
            Unary::Relu => v.max(0),
            Unary::Not => (v == 0).into(),
            Unary::BitwiseNot => !v,
            // Only those above pass the check of types, and this one, whose numbers may have fractions.
            _ => elementary::apply(self.op, self.alpha.into(), self.beta.into(), v as f64) as i128,
        }
    }
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

impl Clip {
    fn bound(&self, inputs: &Operands, index: usize, name: &'static str) -> Result<Option<f32>, OpError> {
        let attribute = if index == 1 { self.min } else { self.max };
        Ok(inputs.scalar::<f32>(index, name)?.or(attribute))
    }
}

impl Operator for Clip {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let input = inputs.get(0)?.tensor_type;
        for bound in [inputs.optional(1), inputs.optional(2)].into_iter().flatten() {
            if bound.tensor_type.shape.elements() != 1 || bound.tensor_type.data_type != input.data_type {
                return Err(OpError::invalid(format!(
                    "the bound is {}, not one element of the input's type",
                    bound.tensor_type
                )));
            }
        }
        if !(input.data_type.is_float() || input.data_type.is_integer()) {
            return Err(OpError::invalid(format!("{} elements have no bounds", input.data_type)));
        }
        Ok(vec![input.clone()])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !outputs[0].data_type.is_on_device() {
            return Ok(Lowered::Host);
        }
        let (min, max) = match (self.bound(inputs, 1, "min"), self.bound(inputs, 2, "max")) {
            (Ok(min), Ok(max)) => (min.unwrap_or(f32::NEG_INFINITY), max.unwrap_or(f32::INFINITY)),
            (Err(OpError::DataDependent(..)), _) | (_, Err(OpError::DataDependent(..))) => return Ok(Lowered::Host),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        Ok(Lowered::Device(vec![kernel::launch(
            Unary::Clip,
            min,
            max,
            outputs[0].shape.elements(),
        )]))
    }

    fn spacing(&self) -> Spacing {
        Spacing::Kept
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let given = |index: usize| inputs.get(index).copied().flatten();
        let input = given(0).ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        let TensorType { data_type, shape } = outputs[0].clone();
        let positions = 0..shape.elements();
        let clipped = if data_type.is_integer() {
            let bound = |index| {
                given(index)
                    .map(|bound| Ok::<_, OpError>(bound.integers()?(0)))
                    .transpose()
            };
            let min = bound(1)?.or(self.min.map(|min| min as i128)).unwrap_or(i128::MIN);
            let max = bound(2)?.or(self.max.map(|max| max as i128)).unwrap_or(i128::MAX);
            let read = input.integers()?;
            Tensor::from_integers(data_type, shape, positions.map(|at| read(at).max(min).min(max)))?
        } else {
            let bound = |index| {
                given(index)
                    .map(|bound| Ok::<_, OpError>(bound.floats()?(0)))
                    .transpose()
            };
            let min = bound(1)?.or(self.min.map(f64::from)).unwrap_or(f64::NEG_INFINITY);
            let max = bound(2)?.or(self.max.map(f64::from)).unwrap_or(f64::INFINITY);
            let read = input.floats()?;
            let clip = |v: f64| if v.is_nan() { v } else { v.max(min).min(max) };
            Tensor::from_floats(data_type, shape, positions.map(|at| clip(read(at))))?
        };
        Ok(vec![clipped])
    }
}
