//! Activations and elementary functions on the host, in double precision.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use half::{bf16, f16};

use crate::kernels::unary::Unary;

/// What the kernel of that name computes for one number; truth values are one and zero.
pub fn apply(op: Unary, a: f64, b: f64, v: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match op {
        Unary::Relu => {
            if v.is_nan() {
                v
            } else {
                v.max(0.0)
            }
        }
        Unary::LeakyRelu => {
            if v < 0.0 {
                a * v
            } else {
                v
            }
        }
        Unary::Sigmoid => sigmoid(v),
        Unary::Tanh => v.tanh(),
        Unary::Elu => {
            if v < 0.0 {
                a * v.exp_m1()
            } else {
                v
            }
        }
        Unary::Selu => b * if v <= 0.0 { a * v.exp_m1() } else { v },
        Unary::Softplus => softplus(v),
        Unary::HardSigmoid => (a * v + b).clamp(0.0, 1.0),
        Unary::HardSwish => v * (v / 6.0 + 0.5).clamp(0.0, 1.0),
        Unary::Gelu => 0.5 * v * (1.0 + erf(v * FRAC_1_SQRT_2)),
        Unary::GeluTanh => 0.5 * v * (1.0 + ((2.0 / PI).sqrt() * (v + 0.044_715 * v * v * v)).tanh()),
        Unary::Softsign => v / (1.0 + v.abs()),
        Unary::Sqrt => v.sqrt(),
        Unary::Exp => v.exp(),
        Unary::Log => v.ln(),
        Unary::Neg => -v,
        Unary::Abs => v.abs(),
        Unary::Reciprocal => v.recip(),
        Unary::Erf => erf(v),
        Unary::Floor => v.floor(),
        Unary::Ceil => v.ceil(),
        Unary::Round => v.round_ties_even(),
        Unary::ToWhole if v.is_nan() => 0.0,
        Unary::ToWhole => v.round_ties_even(),
        Unary::ToInteger | Unary::FromInteger => v,
        Unary::ToScale => f64::from(v as f32 / 255.0),
        Unary::Sign => {
            if v == 0.0 || v.is_nan() {
                v
            } else {
                v.signum()
            }
        }
        Unary::Sin => v.sin(),
        Unary::Cos => v.cos(),
        Unary::ThresholdedRelu => {
            if v > a {
                v
            } else {
                0.0
            }
        }
        Unary::Celu => {
            if v < 0.0 {
                a * (v / a).exp_m1()
            } else {
                v
            }
        }
        Unary::Mish => v * softplus(v).tanh(),
        Unary::Swish => v * sigmoid(a * v),
        Unary::Clip => {
            if v.is_nan() {
                v
            } else {
                v.max(a).min(b)
            }
        }
        Unary::Acos => v.acos(),
        Unary::Acosh => v.acosh(),
        Unary::Asin => v.asin(),
        Unary::Asinh => v.asinh(),
        Unary::Atan => v.atan(),
        Unary::Atanh => v.atanh(),
        Unary::Cosh => v.cosh(),
        Unary::Sinh => v.sinh(),
        Unary::Tan => v.tan(),
        Unary::Shrink => {
            if v < -a {
                v + b
            } else if v > a {
                v - b
            } else {
                0.0
            }
        }
        Unary::Not => truth(v == 0.0),
        Unary::FromBool | Unary::ToBool => truth(v != 0.0),
        Unary::IsNaN => truth(v.is_nan()),
        Unary::IsInf => truth((v == f64::NEG_INFINITY && a != 0.0) || (v == f64::INFINITY && b != 0.0)),
        // Of integers only.
        Unary::ToFloat16 => f16::from_f64(v).to_f64(),
        Unary::ToBfloat16 => bf16::from_f64(v).to_f64(),
        Unary::BitwiseNot => f64::NAN,
    }
}

fn sigmoid(v: f64) -> f64 {
    1.0 / (1.0 + (-v).exp())
}

fn softplus(v: f64) -> f64 {
    v.max(0.0) + (-v.abs()).exp().ln_1p()
}

/// The error function by its series of positive terms (Abramowitz and Stegun 7.1.6), which loses no digits to cancellation.
pub fn erf(v: f64) -> f64 {
    if v.is_nan() || v.abs() > 6.0 {
        return if v.is_nan() { v } else { v.signum() };
    }
    let (mut term, mut sum) = (v, v);
    for n in 1..200 {
        term *= 2.0 * v * v / f64::from(2 * n + 1);
        sum += term;
        if term.abs() < sum.abs() * f64::EPSILON {
            break;
        }
    }
    FRAC_2_SQRT_PI * (-v * v).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::erf;

    #[test]
    fn the_error_function_has_its_known_values() {
        for (v, expected) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (-1.0, -0.842_700_792_949_714_9),
            (7.0, 1.0),
        ] {
            assert!((erf(v) - expected).abs() < 1e-14, "{v}");
        }
    }
}
