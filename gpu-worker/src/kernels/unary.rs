//! Element-wise functions of one tensor.

use super::{Binding, Kernel, Launch, Params, kernel};

static KERNEL: Kernel = kernel!("unary", inputs: 1);

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
}

/// Launches `op` over `count` elements.
pub fn launch(op: Unary, alpha: f32, beta: f32, count: usize) -> Launch {
    let params = Params::new().count(count).float(alpha).float(beta);
    Launch::new(&KERNEL, params, vec![Binding::Input(0)], count).with("OP", op as u32)
}
