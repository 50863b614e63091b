//! Element-wise functions of one tensor.

use super::element::{Apart, Expression, Operation, Walk};
use super::{Binding, Kernel, Launch, Params, Role};

pub(super) static KERNEL: Kernel = Kernel {
    name: "unary",
    source: concat!(
        include_str!("common.wgsl"),
        include_str!("unary/rounding.wgsl"),
        include_str!("unary/functions.wgsl"),
        include_str!("unary/unary.wgsl")
    ),
    inputs: 1,
};

/// The functions themselves, `element_unary` being all of them.
pub(super) const FUNCTIONS: &str = concat!(
    include_str!("unary/rounding.wgsl"),
    include_str!("unary/functions.wgsl")
);

/// What is computed; the numbers are those of `OP` in unary.wgsl, `a` and `b` the two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
#[allow(
    missing_docs,
    reason = "each is the ONNX operator of that name unless it says otherwise"
)]
pub enum Unary {
    Relu = 0,
    LeakyRelu = 1,
    Sigmoid = 2,
    Tanh = 3,
    Elu = 4,
    Selu = 5,
    Softplus = 6,
    HardSigmoid = 7,
    HardSwish = 8,
    /// By the error function.
    Gelu = 9,
    /// By the hyperbolic tangent.
    GeluTanh = 10,
    Softsign = 11,
    Sqrt = 12,
    Exp = 13,
    Log = 14,
    Neg = 15,
    Abs = 16,
    Reciprocal = 17,
    Erf = 18,
    Floor = 19,
    Ceil = 20,
    /// Halves go to the even neighbour.
    Round = 21,
    Sign = 22,
    Sin = 23,
    Cos = 24,
    ThresholdedRelu = 25,
    Celu = 26,
    Mish = 27,
    Swish = 28,
    /// Between `a` and `b`.
    Clip = 29,
    Acos = 30,
    Acosh = 31,
    Asin = 32,
    Asinh = 33,
    Atan = 34,
    Atanh = 35,
    Cosh = 36,
    Sinh = 37,
    Tan = 38,
    /// Towards zero by `b`, and zero where the magnitude is not above `a`.
    Shrink = 39,
    /// Of truth values.
    Not = 100,
    /// From truth values to 0 and 1.
    FromBool = 101,
    /// To whether a number is not zero.
    ToBool = 102,
    /// To whether it is no number.
    IsNaN = 103,
    /// To whether it is infinite; `a` and `b` say whether negative and positive ones count.
    IsInf = 104,
    /// All bits flipped; of integers, so on the host.
    BitwiseNot = 105,
    /// To the nearest number of IEEE half precision, halfway to the even one, in single precision.
    ToFloat16 = 106,
    /// The same of the upper half of single precision.
    ToBfloat16 = 107,
    /// To the nearest integer, halfway to the even one; zero where it is no number.
    ToWhole = 108,
    /// From a whole number of single precision to a word of 32 bits.
    ToInteger = 109,
    /// From a word of 32 bits to the nearest number of single precision.
    FromInteger = 110,
    /// The scale with which 255 steps are as long as a range.
    ToScale = 111,
}

impl Unary {
    /// Whether the result is a floating-point number.
    pub fn gives_float(self) -> bool {
        !matches!(
            self,
            Self::Not | Self::ToBool | Self::IsNaN | Self::IsInf | Self::BitwiseNot | Self::ToInteger
        )
    }

    /// Whether the result of a number of half precision is one, whichever the attributes are.
    pub(super) fn keeps_precision(self) -> bool {
        matches!(
            self,
            Self::Relu | Self::Neg | Self::Abs | Self::Floor | Self::Ceil | Self::Round | Self::ThresholdedRelu
        )
    }

    /// Whether the result is a truth value, or zero or one but for its sign, or no number.
    pub(super) fn gives_zero_or_one(self) -> bool {
        let is_truth = !self.gives_float() && self != Self::ToInteger;
        is_truth || matches!(self, Self::Sign | Self::FromBool)
    }

    /// The function of WGSL that it is, if that is written apart from all others.
    pub(super) fn apart(self) -> Option<Apart> {
        match self {
            Self::ToFloat16 => Some(Apart::rounding("element_float16")),
            Self::ToBfloat16 => Some(Apart::rounding("element_bfloat16")),
            Self::ToWhole => Some(Apart::whole("element_whole")),
            Self::ToInteger => Some(Apart::whole("element_integer")),
            Self::FromInteger => Some(Apart::whole("element_of_integer")),
            Self::ToScale => Some(Apart::steps("element_scale")),
            _ => None,
        }
    }

    /// Whether it is little code.
    pub(super) fn is_short(self) -> bool {
        matches!(
            self,
            Self::Relu | Self::Clip | Self::ToWhole | Self::ToInteger | Self::FromInteger
        )
    }

    /// Whether it has numbers besides its operand.
    pub(super) fn takes_numbers(self) -> bool {
        matches!(
            self,
            Self::LeakyRelu
                | Self::Elu
                | Self::Selu
                | Self::HardSigmoid
                | Self::ThresholdedRelu
                | Self::Celu
                | Self::Swish
                | Self::Clip
                | Self::Shrink
                | Self::IsInf
        )
    }
}

/// Launches `op` over `count` elements.
pub fn launch(op: Unary, alpha: f32, beta: f32, count: usize) -> Launch {
    let params = Params::new().count(count).float(alpha).float(beta);
    let function = |operands: &[usize]| Operation::Unary(op, alpha, beta, operands[0]);
    let expression = Expression::of_reads([Walk::straight(count)], function);
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], count)
        .with("OP", op as u32)
        .playing(Role::element(expression, count))
}
