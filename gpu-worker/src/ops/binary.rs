//! Element-wise operators of two inputs: arithmetic, comparison, logic.

use super::operand::{broadcast, broadcast_strides};
use super::{Lowered, OpError, Operands, Operator, Spec, host};
use crate::kernels::binary::{self as kernel, Binary};
use crate::kernels::{Binding, Launch};
use crate::tensor::{DataType, Shape, Tensor, TensorData, TensorType};

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
        other => return Err(OpError::unsupported(format!("{other} is no operator of two inputs"))),
    };
    Ok(Box::new(Elementwise { op }))
}

#[derive(Debug)]
struct Elementwise {
    op: Binary,
}

impl Elementwise {
    fn output_type(&self, input: DataType) -> Result<DataType, OpError> {
        let refuse = || Err(OpError::unsupported(format!("inputs of type {input}")));
        match self.op {
            Binary::And | Binary::Or | Binary::Xor if input != DataType::Bool => refuse(),
            Binary::And | Binary::Or | Binary::Xor | Binary::Equal => Ok(DataType::Bool),
            _ if input == DataType::Bool => refuse(),
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => Ok(DataType::Bool),
            Binary::PRelu if !matches!(input, DataType::Float32 | DataType::Float64) => refuse(),
            _ => Ok(input),
        }
    }

    fn runs_on_device(&self, input: DataType) -> bool {
        match self.op {
            Binary::And | Binary::Or | Binary::Xor => true,
            _ => input == DataType::Float32,
        }
    }

    /// The exponent of a power as a number of the base's type, where it is an integer that is known.
    fn converted_exponent(&self, inputs: &Operands) -> Result<Option<f32>, OpError> {
        let (base, exponent) = (inputs.data_type(0)?, inputs.get(1)?);
        if self.op != Binary::Power || base != DataType::Float32 || exponent.tensor_type.data_type == base {
            return Ok(None);
        }
        match inputs.known(1, "exponent")?.data() {
            TensorData::Int64(elements) if elements.len() == 1 => Ok(Some(elements[0] as f32)),
            TensorData::Int32(elements) if elements.len() == 1 => Ok(Some(elements[0] as f32)),
            TensorData::Float64(elements) if elements.len() == 1 => Ok(Some(elements[0] as f32)),
            _ => Err(OpError::unsupported(format!(
                "a power of {base} with exponents {}",
                exponent.tensor_type
            ))),
        }
    }

    fn shape(&self, inputs: &Operands) -> Result<Shape, OpError> {
        let shape = broadcast(inputs.shape(0)?, inputs.shape(1)?)?;
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
        if left != right && self.converted_exponent(inputs)?.is_none() {
            return Err(OpError::unsupported(format!(
                "inputs of different types, {left} and {right}"
            )));
        }
        Ok(vec![TensorType::new(self.output_type(left)?, self.shape(inputs)?)])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        if !self.runs_on_device(inputs.data_type(0)?) {
            return Ok(Lowered::Host);
        }
        let output = &outputs[0].shape;
        let x = broadcast_strides(inputs.shape(0)?, output);
        let y = broadcast_strides(inputs.shape(1)?, output);
        let mut launch: Launch = kernel::launch(self.op, output, &x, &y);
        if let Some(exponent) = self.converted_exponent(inputs)? {
            launch.reads[1] = Binding::Words(vec![exponent.to_bits()]);
        }
        Ok(Lowered::Device(vec![launch]))
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let [Some(x), Some(y)] = inputs else {
            return Err(OpError::invalid("two inputs are needed"));
        };
        if x.data_type() != y.data_type() {
            return Err(OpError::NoHostForm);
        }
        Ok(vec![host::binary(self.op, x, y, &outputs[0].shape)?])
    }
}
