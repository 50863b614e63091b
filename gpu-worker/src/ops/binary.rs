//! Element-wise operators of two inputs: arithmetic, comparison, logic.

use super::operand::{axis, broadcast, broadcast_strides};
use super::{Lowered, OpError, Operands, Operator, Spacing, Spec, host};
use crate::kernels::binary::{self as kernel, Binary};
use crate::kernels::{Binding, Launch};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// Builds an operator of two inputs by its ONNX name. Sum, Min and Max of more inputs are written out as several of these.
pub fn build(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let op = match spec.kind {
        "Add" => Binary::Add,
        "Sub" => Binary::Subtract,
        "Mul" => Binary::Multiply,
        "Div" => Binary::Divide,
        "Pow" => Binary::Power,
        "Min" => Binary::Minimum,
        "Max" => Binary::Maximum,
        "PRelu" => Binary::PRelu,
        "Equal" => Binary::Equal,
        "Less" => Binary::Less,
        "LessOrEqual" => Binary::LessOrEqual,
        "Greater" => Binary::Greater,
        "GreaterOrEqual" => Binary::GreaterOrEqual,
        "And" => Binary::And,
        "Or" => Binary::Or,
        "Xor" => Binary::Xor,
        "BitwiseAnd" => Binary::BitAnd,
        "BitwiseOr" => Binary::BitOr,
        "BitwiseXor" => Binary::BitXor,
        "BitShift" => match spec.attributes.text("direction")?.as_deref() {
            Some("LEFT") => Binary::ShiftLeft,
            Some("RIGHT") => Binary::ShiftRight,
            other => return Err(OpError::invalid(format!("direction {other:?}"))),
        },
        "Mod" if spec.attributes.flag("fmod", false)? => Binary::TruncatedRemainder,
        "Mod" => Binary::Remainder,
        other => return Err(OpError::unsupported(format!("{other} is no operator of two inputs"))),
    };
    // Before version 7 the second operand had to broadcast from an axis of the first that the node could name.
    let broadcasts = spec.attributes.flag("broadcast", false)?;
    let stated = spec.attributes.int("axis")?.filter(|_| broadcasts);
    let is_channelwise = op == Binary::PRelu && spec.opset < 7;
    let axis = if is_channelwise { Some(1) } else { stated };
    Ok(Box::new(Elementwise { op, axis }))
}

#[derive(Debug)]
struct Elementwise {
    op: Binary,
    /// Where the dimensions of the second operand lie in the first, if not at its end.
    axis: Option<i64>,
}

impl Elementwise {
    fn output_type(&self, input: DataType) -> Result<DataType, OpError> {
        let refuse = || Err(OpError::unsupported(format!("inputs of type {input}")));
        match self.op {
            Binary::And | Binary::Or | Binary::Xor if input != DataType::Bool => refuse(),
            Binary::And | Binary::Or | Binary::Xor | Binary::Equal => Ok(DataType::Bool),
            Binary::BitAnd | Binary::BitOr | Binary::BitXor | Binary::ShiftLeft | Binary::ShiftRight
                if !input.is_integer() =>
            {
                refuse()
            }
            _ if matches!(input, DataType::Bool | DataType::Text) => refuse(),
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => Ok(DataType::Bool),
            _ => Ok(input),
        }
    }

    fn runs_on_device(&self, input: DataType) -> bool {
        match self.op {
            Binary::And | Binary::Or | Binary::Xor => true,
            // Exact for any quotient on the host; a kernel would lose the low bits of large ones.
            Binary::Remainder | Binary::TruncatedRemainder => false,
            _ => input == DataType::Float32,
        }
    }

    /// The exponent of a power as a number of the base's type, where it is one number of another type that is known.
    fn converted_exponent(&self, inputs: &Operands) -> Option<f32> {
        let exponent = inputs.optional(1).filter(|_| self.op == Binary::Power)?.value?;
        let is_single = exponent.shape().elements() == 1;
        exponent.floats().ok().filter(|_| is_single).map(|read| read(0) as f32)
    }

    /// The shape of the second operand, with as many dimensions of one behind as put it at its axis.
    fn right(&self, left: &Shape, right: &Shape) -> Result<Shape, OpError> {
        let Some(at) = self.axis.filter(|_| right.elements() > 1) else {
            return Ok(right.clone());
        };
        let missing = left.rank().checked_sub(axis(at, left.rank())? + right.rank());
        let missing = missing.ok_or_else(|| OpError::invalid(format!("{right} does not fit {left} from axis {at}")))?;
        Ok(Shape::new([right.dims(), &vec![1; missing]].concat())?)
    }

    fn shape(&self, inputs: &Operands) -> Result<Shape, OpError> {
        let shape = broadcast(inputs.shape(0)?, &self.right(inputs.shape(0)?, inputs.shape(1)?)?)?;
        if self.op == Binary::PRelu && shape != *inputs.shape(0)? {
            return Err(OpError::invalid(format!(
                "the slope's shape {} does not broadcast to {}",
                inputs.shape(1)?,
                inputs.shape(0)?
            )));
        }
        Ok(shape)
    }
}

impl Operator for Elementwise {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let (left, right) = (inputs.data_type(0)?, inputs.data_type(1)?);
        if left != right && self.op != Binary::Power {
            return Err(OpError::unsupported(format!(
                "inputs of different types, {left} and {right}"
            )));
        }
        Ok(vec![TensorType::new(self.output_type(left)?, self.shape(inputs)?)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let exponent = self.converted_exponent(inputs);
        let is_mixed = inputs.data_type(0)? != inputs.data_type(1)?;
        if !self.runs_on_device(inputs.data_type(0)?) || (is_mixed && exponent.is_none()) {
            return Ok(Lowered::Host);
        }
        let output = &outputs[0].shape;
        let x = broadcast_strides(inputs.shape(0)?, output);
        let y = match exponent.filter(|_| is_mixed) {
            Some(_) => vec![0; output.rank()],
            None => broadcast_strides(&self.right(inputs.shape(0)?, inputs.shape(1)?)?, output),
        };
        let mut launch: Launch = kernel::launch(self.op, output, &x, &y);
        if let Some(exponent) = exponent.filter(|_| is_mixed) {
            launch.reads[1] = Binding::Words(vec![exponent.to_bits()]);
        }
        Ok(Lowered::Device(vec![launch]))
    }

    fn spacing(&self) -> Spacing {
        Spacing::Kept
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(x), Some(y)] = inputs else {
            return Err(OpError::invalid("two inputs are needed"));
        };
        let TensorType { data_type, shape } = &outputs[0];
        let place = || Ok::<_, OpError>(y.reshaped(self.right(x.shape(), y.shape())?)?);
        let placed = self.axis.map(|_| place()).transpose()?;
        let y = placed.as_ref().unwrap_or(y);
        if x.data_type() == y.data_type() {
            return Ok(vec![host::binary(self.op, x, y, *data_type, shape)?]);
        }
        // A power may have an exponent of another type. Double precision holds every base and every exponent that matters.
        let wide = |tensor| super::cast::convert(tensor, DataType::Float64);
        Ok(vec![host::binary(self.op, &wide(x)?, &wide(y)?, *data_type, shape)?])
    }
}
