//! Arithmetic on the host: for types that kernels do not hold always, for the others when constants are folded.

use super::OpError;
use super::movement::advance;
use super::operand::broadcast_strides;
use crate::kernels::binary::Binary;
use crate::tensor::{DataType, Shape, Tensor, TensorError, Text};

/// `x op y` for operands of the same type, in the shape that both broadcast to. The result is of the type `to`.
pub fn binary(op: Binary, x: &Tensor, y: &Tensor, to: DataType, output: &Shape) -> Result<Tensor, OpError> {
    let positions = pairs(x.shape(), y.shape(), output);
    if x.data_type() == DataType::Text {
        let (x, y) = (x.as_slice::<Text>()?, y.as_slice::<Text>()?);
        let equal = |(i, j): (usize, usize)| match op {
            Binary::Equal => Ok(x.get(i) == y.get(j)),
            _ => Err(OpError::invalid("text cannot be calculated with")),
        };
        return Ok(Tensor::new(
            output.clone(),
            positions.map(equal).collect::<Result<_, _>>()?,
        )?);
    }
    if x.data_type().is_integer() || x.data_type() == DataType::Bool {
        let (x, y) = (x.integers()?, y.integers()?);
        collect(positions.map(|(i, j)| integer(op, x(i), y(j))), |numbers| {
            Tensor::from_integers(to, output.clone(), numbers)
        })
    } else {
        let (x, y) = (x.floats()?, y.floats()?);
        collect(positions.map(|(i, j)| float(op, x(i), y(j))), |numbers| {
            Tensor::from_floats(to, output.clone(), numbers)
        })
    }
}

/// Makes a tensor of numbers any of which may fail.
fn collect<W: Copy + Default>(
    numbers: impl Iterator<Item = Result<W, OpError>>,
    make: impl FnOnce(&mut dyn Iterator<Item = W>) -> Result<Tensor, TensorError>,
) -> Result<Tensor, OpError> {
    let mut failure = None;
    let mut numbers = numbers.map(|number| {
        number.unwrap_or_else(|error| {
            failure.get_or_insert(error);
            W::default()
        })
    });
    let made = make(&mut numbers);
    match failure {
        Some(error) => Err(error),
        None => Ok(made?),
    }
}

/// Where two operands that broadcast to `output` are read for each of its elements.
pub fn pairs<'a>(x: &Shape, y: &Shape, output: &'a Shape) -> impl Iterator<Item = (usize, usize)> + 'a {
    let strides = (broadcast_strides(x, output), broadcast_strides(y, output));
    let mut index = vec![0; output.rank()];
    (0..output.elements()).map(move |_| {
        let at = |strides: &[usize]| index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
        let pair = (at(&strides.0), at(&strides.1));
        advance(&mut index, output.dims());
        pair
    })
}

fn float(op: Binary, x: f64, y: f64) -> Result<f64, OpError> {
    let truth = |holds: bool| Ok(f64::from(u8::from(holds)));
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
        Binary::Equal => return truth(x == y),
        Binary::Less => return truth(x < y),
        Binary::LessOrEqual => return truth(x <= y),
        Binary::Greater => return truth(x > y),
        Binary::GreaterOrEqual => return truth(x >= y),
        Binary::TruncatedRemainder => x % y,
        Binary::Remainder => {
            let rest = x % y;
            if rest != 0.0 && (rest < 0.0) != (y < 0.0) {
                rest + y
            } else {
                rest
            }
        }
        _ => return Err(OpError::NoHostForm),
    })
}

/// Results may be wider than their type; its lowest bits are right.
fn integer(op: Binary, x: i128, y: i128) -> Result<i128, OpError> {
    let by_zero = || OpError::invalid("an integer is divided by zero");
    let distance = || u32::try_from(y).unwrap_or(u32::MAX);
    Ok(match op {
        Binary::Add => x.wrapping_add(y),
        Binary::Subtract => x.wrapping_sub(y),
        Binary::Multiply => x.wrapping_mul(y),
        Binary::Divide => x.checked_div(y).ok_or_else(by_zero)?,
        Binary::TruncatedRemainder => x.checked_rem(y).ok_or_else(by_zero)?,
        Binary::Remainder => {
            let rest = x.checked_rem(y).ok_or_else(by_zero)?;
            if rest != 0 && (rest < 0) != (y < 0) {
                rest + y
            } else {
                rest
            }
        }
        Binary::Power => power(x, y)?,
        Binary::Minimum => x.min(y),
        Binary::Maximum => x.max(y),
        Binary::PRelu => {
            if x < 0 {
                x.wrapping_mul(y)
            } else {
                x
            }
        }
        Binary::Equal => (x == y).into(),
        Binary::Less => (x < y).into(),
        Binary::LessOrEqual => (x <= y).into(),
        Binary::Greater => (x > y).into(),
        Binary::GreaterOrEqual => (x >= y).into(),
        Binary::And => ((x != 0) && (y != 0)).into(),
        Binary::Or => ((x != 0) || (y != 0)).into(),
        Binary::Xor => ((x != 0) != (y != 0)).into(),
        Binary::BitAnd => x & y,
        Binary::BitOr => x | y,
        Binary::BitXor => x ^ y,
        Binary::ShiftLeft => x.checked_shl(distance()).unwrap_or(0),
        Binary::ShiftRight => x.checked_shr(distance()).unwrap_or(0),
        Binary::Steps | Binary::IntegerSum => return Err(OpError::NoHostForm),
    })
}

fn power(x: i128, y: i128) -> Result<i128, OpError> {
    match u32::try_from(y) {
        Ok(exponent) => Ok(x.wrapping_pow(exponent)),
        Err(_) => match (x, y % 2 == 0) {
            (1, _) => Ok(1),
            (-1, is_even) => Ok(if is_even { 1 } else { -1 }),
            _ if y < 0 && x != 0 => Ok(0),
            _ => Err(OpError::invalid(format!("the integer power {x} to {y}"))),
        },
    }
}
