//! Arithmetic on the host: for integers always, for floating-point numbers when constants are folded.

use super::OpError;
use super::movement::broadcasted;
use crate::kernels::binary::Binary;
use crate::tensor::{Element, Shape, Tensor, TensorData};

/// Combines two tensors element by element in the shape that both broadcast to.
fn combine<A: Element, B: Element, C: Element>(
    (x, x_shape): (&[A], &Shape),
    (y, y_shape): (&[B], &Shape),
    output: &Shape,
    combine: impl Fn(A, B) -> Result<C, OpError>,
) -> Result<Tensor, OpError> {
    let (x, y) = (broadcasted(x, x_shape, output), broadcasted(y, y_shape, output));
    let elements = x
        .into_iter()
        .zip(y)
        .map(|(x, y)| combine(x, y))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Tensor::new(output.clone(), elements)?)
}

/// `x op y` for operands of the same type, in the shape that both broadcast to.
pub fn binary(op: Binary, x: &Tensor, y: &Tensor, output: &Shape) -> Result<Tensor, OpError> {
    match x.data() {
        TensorData::Float32(elements) => numbers(op, (elements, x.shape()), y, output),
        TensorData::Float64(elements) => numbers(op, (elements, x.shape()), y, output),
        TensorData::Int32(elements) => numbers(op, (elements, x.shape()), y, output),
        TensorData::Int64(elements) => numbers(op, (elements, x.shape()), y, output),
        TensorData::Uint8(elements) => numbers(op, (elements, x.shape()), y, output),
        TensorData::Bool(elements) => truths(op, (elements, x.shape()), y, output),
    }
}

fn numbers<T: Number>(op: Binary, x: (&[T], &Shape), y: &Tensor, output: &Shape) -> Result<Tensor, OpError> {
    let y = (y.as_slice::<T>()?, y.shape());
    let compare = |holds: fn(&T, &T) -> bool| combine(x, y, output, |x, y| Ok(holds(&x, &y)));
    match op {
        Binary::Equal => compare(T::eq),
        Binary::Less => compare(T::lt),
        Binary::LessOrEqual => compare(T::le),
        Binary::Greater => compare(T::gt),
        Binary::GreaterOrEqual => compare(T::ge),
        _ => combine(x, y, output, |x, y| T::apply(op, x, y)),
    }
}

fn truths(op: Binary, x: (&[bool], &Shape), y: &Tensor, output: &Shape) -> Result<Tensor, OpError> {
    let y = (y.as_slice::<bool>()?, y.shape());
    let apply: fn(bool, bool) -> bool = match op {
        Binary::And => |x, y| x && y,
        Binary::Or => |x, y| x || y,
        Binary::Xor => |x, y| x != y,
        Binary::Equal => |x, y| x == y,
        _ => return Err(OpError::invalid("truth values cannot be calculated with")),
    };
    combine(x, y, output, |x, y| Ok(apply(x, y)))
}

/// Numbers that can be calculated with.
pub trait Number: Element + PartialOrd {
    /// `x op y` for an operation whose result is of the same type.
    fn apply(op: Binary, x: Self, y: Self) -> Result<Self, OpError>;
}

macro_rules! float {
    ($type:ty) => {
        impl Number for $type {
            fn apply(op: Binary, x: Self, y: Self) -> Result<Self, OpError> {
                Ok(match op {
                    Binary::Add => x + y,
                    Binary::Subtract => x - y,
                    Binary::Multiply => x * y,
                    Binary::Divide => x / y,
                    Binary::Power => x.powf(y),
                    Binary::Minimum if x.is_nan() || x < y => x,
                    Binary::Maximum if x.is_nan() || x > y => x,
                    Binary::Minimum | Binary::Maximum => y,
                    Binary::PRelu if x < 0.0 => x * y,
                    Binary::PRelu => x,
                    _ => return Err(OpError::NoHostForm),
                })
            }
        }
    };
}
float!(f32);
float!(f64);

macro_rules! integer {
    ($type:ty) => {
        impl Number for $type {
            fn apply(op: Binary, x: Self, y: Self) -> Result<Self, OpError> {
                Ok(match op {
                    Binary::Add => x.wrapping_add(y),
                    Binary::Subtract => x.wrapping_sub(y),
                    Binary::Multiply => x.wrapping_mul(y),
                    Binary::Divide if y == 0 => return Err(OpError::invalid("an integer is divided by zero")),
                    Binary::Divide => x.wrapping_div(y),
                    Binary::Power => {
                        let exponent =
                            u32::try_from(y).map_err(|_| OpError::unsupported(format!("the integer power {y}")))?;
                        x.wrapping_pow(exponent)
                    }
                    Binary::Minimum => x.min(y),
                    Binary::Maximum => x.max(y),
                    _ => return Err(OpError::NoHostForm),
                })
            }
        }
    };
}
integer!(i32);
integer!(i64);
integer!(u8);
