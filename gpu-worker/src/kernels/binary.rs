//! Element-wise functions of two tensors, with broadcasting.

use super::element::{Apart, Expression, Operation, Walk};
use super::strided::signed;
use super::{Binding, Kernel, Launch, Params, Role, Strided, kernel};
use crate::tensor::Shape;

pub(super) static KERNEL: Kernel = kernel!("binary", inputs: 2, after "binary/functions.wgsl");

/// The functions themselves, `element_binary` being all of them.
pub(super) const FUNCTIONS: &str = include_str!("binary/functions.wgsl");

/// What is computed; the numbers are those of `OP` in binary.wgsl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Binary {
    /// x + y
    Add = 0,
    /// x - y
    Subtract = 1,
    /// x * y
    Multiply = 2,
    /// x / y
    Divide = 3,
    /// x to the power of y
    Power = 4,
    /// The lesser
    Minimum = 5,
    /// The greater
    Maximum = 6,
    /// x where it is not negative, else x * y
    PRelu = 7,
    /// x == y
    Equal = 8,
    /// x < y
    Less = 9,
    /// x <= y
    LessOrEqual = 10,
    /// x > y
    Greater = 11,
    /// x >= y
    GreaterOrEqual = 12,
    /// Both are true
    And = 13,
    /// One is true
    Or = 14,
    /// Exactly one is true
    Xor = 15,
    /// What x / y leaves, with the sign of y
    Remainder = 16,
    /// What x / y leaves, with the sign of x
    TruncatedRemainder = 17,
    /// Bits that both have; of integers, so on the host
    BitAnd = 18,
    /// Bits that one has; on the host
    BitOr = 19,
    /// Bits that exactly one has; on the host
    BitXor = 20,
    /// x shifted by y bits to the left; on the host
    ShiftLeft = 21,
    /// x shifted by y bits to the right; on the host
    ShiftRight = 22,
    /// The integer nearest to x / y, as steps.wgsl defines it: the same on every device
    Steps = 23,
    /// x + y of words of 32 bits
    IntegerSum = 24,
}

impl Binary {
    /// The function of WGSL that it is, if that is written apart from all others.
    pub(super) fn apart(self) -> Option<Apart> {
        match self {
            Self::Steps => Some(Apart::steps("element_steps")),
            Self::IntegerSum => Some(Apart::whole("element_integer_sum")),
            _ => None,
        }
    }

    /// Whether the result is a floating-point number.
    pub fn gives_float(self) -> bool {
        matches!(
            self,
            Self::Add
                | Self::Subtract
                | Self::Multiply
                | Self::Divide
                | Self::Power
                | Self::Minimum
                | Self::Maximum
                | Self::PRelu
                | Self::Steps
        )
    }
}

/// Launches `op` over `output`; the strides broadcast each operand to it.
pub fn launch(op: Binary, output: &Shape, x_strides: &[usize], y_strides: &[usize]) -> Launch {
    let strided = Strided::new(output, &[signed(x_strides), signed(y_strides)]);
    let params = strided
        .append(Params::new())
        .count(output.elements())
        .count(strided.rank());
    let params = params.count(f32::NAN.to_bits() as usize);
    let walks = [x_strides, y_strides].map(|strides| Walk::new(output, &signed(strides), 0));
    let function = |operands: &[usize]| Operation::Binary(op, operands[0], operands[1]);
    Launch::new(
        &KERNEL,
        params,
        vec![Binding::Input(0), Binding::Input(1)],
        output.elements(),
    )
    .with("OP", op as u32)
    .playing(Role::element(Expression::of_reads(walks, function), output.elements()))
}
