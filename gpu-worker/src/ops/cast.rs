//! Cast.

use super::{Lowered, OpError, Operands, Operator, Spec};
use crate::kernels::element::{self, Expression, Operation, Walk};
use crate::kernels::unary::{self as kernel, Unary};
use crate::tensor::{
    DataType, Element, Float8E4M3Fn, Float8E4M3Fnuz, Float8E5M2, Float8E5M2Fnuz, Float8E8M0, Overflow, Shape,
    SmallFloat, Tensor, TensorData, TensorType, Text,
};

/// The same numbers in another type. Fractions are cut off; what does not fit becomes the nearest number that does.
#[derive(Debug)]
struct Cast {
    to: Option<DataType>,
    overflow: Overflow,
}

/// What becomes of numbers beyond a small floating-point format.
fn overflow(spec: &mut Spec) -> Result<Overflow, OpError> {
    match spec.attributes.text("round_mode")?.as_deref() {
        None | Some("up") => {}
        Some(other) => return Err(OpError::unsupported(format!("the rounding mode '{other}'"))),
    }
    let saturates = spec.attributes.flag("saturate", true)?;
    Ok(if saturates {
        Overflow::Saturate
    } else {
        Overflow::Overflow
    })
}

/// Builds Cast.
pub fn cast(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let overflow = overflow(spec)?;
    let code = spec
        .attributes
        .int("to")?
        .ok_or_else(|| OpError::invalid("attribute 'to' is missing"))?;
    let code = i32::try_from(code).unwrap_or(-1);
    let to =
        crate::model::decode_data_type(code).map_err(|error| OpError::unsupported(format!("the target: {error}")))?;
    Ok(Box::new(Cast { to: Some(to), overflow }))
}

/// A Cast to a type.
pub fn to(data_type: DataType) -> Box<dyn Operator> {
    Box::new(Cast {
        to: Some(data_type),
        overflow: Overflow::Saturate,
    })
}

/// Builds CastLike, which takes the type of input 1.
pub fn cast_like(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let overflow = overflow(spec)?;
    Ok(Box::new(Cast { to: None, overflow }))
}

impl Operator for Cast {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        let to = self.to.map_or_else(|| inputs.data_type(1), Ok)?;
        Ok(vec![TensorType::new(to, inputs.shape(0)?.clone())])
    }

    fn lower(&self, inputs: &Operands, outputs: &[TensorType]) -> Result<Lowered, OpError> {
        let count = outputs[0].shape.elements();
        let fits = count > 0 && 4 * count as u64 <= inputs.most_bytes();
        Ok(match (inputs.data_type(0)?, outputs[0].data_type) {
            (from, to) if from == to => Lowered::View,
            (DataType::Float32, DataType::Bool) => {
                Lowered::Device(vec![kernel::launch(Unary::ToBool, 0.0, 0.0, count)])
            }
            (DataType::Bool, DataType::Float32) => {
                Lowered::Device(vec![kernel::launch(Unary::FromBool, 0.0, 0.0, count)])
            }
            // The device has codes as numbers of single precision.
            (code, DataType::Float32) if code.is_code() && self.to == Some(DataType::Float32) && fits => Lowered::View,
            // Half precision would be rounded to twice.
            (DataType::Int32, DataType::Float32) if self.to == Some(DataType::Float32) && fits => {
                let walks = [Walk::straight(count)];
                let expression = Expression::of_reads(walks, |operands| {
                    Operation::Unary(Unary::FromInteger, 0.0, 0.0, operands[0])
                });
                Lowered::Device(vec![element::launch(expression, 1, count, inputs.target())])
            }
            _ => Lowered::Host,
        })
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let input = inputs
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| OpError::invalid("input 0 is missing"))?;
        let to = outputs[0].data_type;
        let is_number = input.data_type() != DataType::Text;
        if to.is_small_float() && is_number && self.overflow == Overflow::Overflow {
            let (shape, read) = (input.shape().clone(), input.floats()?);
            return Ok(vec![from_floats(
                to,
                shape.clone(),
                (0..shape.elements()).map(read),
                self.overflow,
            )?]);
        }
        Ok(vec![convert(input, to)?])
    }
}

/// Numbers in a type known only at run time; `overflow` says what becomes of those beyond a small floating-point format.
pub fn from_floats(
    to: DataType,
    shape: Shape,
    numbers: impl Iterator<Item = f64>,
    overflow: Overflow,
) -> Result<Tensor, OpError> {
    fn encode<T: SmallFloat + Element>(
        shape: Shape,
        numbers: impl Iterator<Item = f64>,
        overflow: Overflow,
    ) -> Result<Tensor, OpError> {
        Ok(Tensor::new(
            shape,
            numbers.map(|number| T::encode(number, overflow)).collect(),
        )?)
    }
    match to {
        DataType::Float8E4M3Fn => encode::<Float8E4M3Fn>(shape, numbers, overflow),
        DataType::Float8E4M3Fnuz => encode::<Float8E4M3Fnuz>(shape, numbers, overflow),
        DataType::Float8E5M2 => encode::<Float8E5M2>(shape, numbers, overflow),
        DataType::Float8E5M2Fnuz => encode::<Float8E5M2Fnuz>(shape, numbers, overflow),
        DataType::Float8E8M0 => encode::<Float8E8M0>(shape, numbers, overflow),
        _ => Ok(Tensor::from_floats(to, shape, numbers)?),
    }
}

/// Text out of every element, and elements out of text.
fn texts(input: &Tensor, to: DataType) -> Result<Tensor, OpError> {
    let shape = input.shape().clone();
    if to != DataType::Text {
        let number = |text: &Text| {
            let trimmed = text.trim();
            trimmed
                .parse::<f64>()
                .map_err(|_| OpError::invalid(format!("'{trimmed}' is no number")))
        };
        let numbers = input
            .as_slice::<Text>()?
            .iter()
            .map(number)
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(Tensor::from_floats(to, shape, numbers)?);
    }
    let text = |number: &str| Text::from(number);
    let texts = match input.data() {
        TensorData::Float32(all) => all.iter().map(|v| text(&plain(v.to_string()))).collect(),
        TensorData::Float64(all) => all.iter().map(|v| text(&plain(v.to_string()))).collect(),
        TensorData::Float16(all) => all.iter().map(|v| text(&plain(v.to_f32().to_string()))).collect(),
        TensorData::Bool(all) => all.iter().map(|v| text(if *v { "True" } else { "False" })).collect(),
        _ if input.data_type().is_integer() => {
            let read = input.integers()?;
            (0..shape.elements()).map(|at| text(&read(at).to_string())).collect()
        }
        _ => return Err(OpError::unsupported(format!("{} as text", input.data_type()))),
    };
    Ok(Tensor::new(shape, texts)?)
}

/// A number as ONNX writes it: whole ones with a fraction of zero, infinities and NaN in capitals.
fn plain(text: String) -> String {
    match text.as_str() {
        "inf" => "INF".into(),
        "-inf" => "-INF".into(),
        "NaN" => text,
        _ if text.contains('.') => text,
        _ => format!("{text}.0"),
    }
}

/// Converts every element. Integers lose their upper bits; fractions are cut off; numbers beyond an integer's range become the nearest
/// in it, and beyond a float's range infinite.
pub fn convert(input: &Tensor, to: DataType) -> Result<Tensor, OpError> {
    let (from, shape) = (input.data_type(), input.shape().clone());
    let positions = 0..shape.elements();
    if from == to {
        Ok(input.clone())
    } else if from == DataType::Text || to == DataType::Text {
        texts(input, to)
    } else if from.is_integer() || from == DataType::Bool {
        Ok(Tensor::from_integers(to, shape, positions.map(input.integers()?))?)
    } else {
        Ok(Tensor::from_floats(to, shape, positions.map(input.floats()?))?)
    }
}
