// Functions of one word, numbered as `Unary` in unary.rs: the bits of a number, or 0 and 1 for truth.

fn element_sigmoid(v: f32) -> f32 {
    // Either branch keeps the argument of exp negative, so that it cannot overflow.
    let e = exp(-abs(v));
    return select(e, 1.0, v >= 0.0) / (1.0 + e);
}

// log(1 + v) without cancellation near zero.
fn element_log_of_one_plus(v: f32) -> f32 {
    if v < 0.01 { return v * (1.0 - v * (0.5 - v * (1.0 / 3.0 - v * 0.25))); }
    return log(1.0 + v);
}

fn element_softplus(v: f32) -> f32 {
    return max(v, 0.0) + element_log_of_one_plus(exp(-abs(v)));
}

// tanh, safe from drivers that compute it as a quotient of exponentials, which overflow far from zero and cancel near it.
fn element_tangent(v: f32) -> f32 {
    if abs(v) < 0.1 {
        let s = v * v;
        return v * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * (17.0 / 315.0))));
    }
    return select(tanh(clamp(v, -20.0, 20.0)), v, is_nan(v));
}

// v tanh(ln(1 + e^v)), without the logarithm, of which little is left for a v far below zero.
fn element_mish(v: f32) -> f32 {
    // Beyond this the tangent is one.
    if v > 20.0 { return v; }
    let e = exp(v);
    let n = e * (e + 2.0);
    return v * n / (n + 2.0);
}

// e^v - 1 without cancellation near zero.
fn element_exp_minus_one(v: f32) -> f32 {
    if abs(v) < 0.01 { return v * (1.0 + v * (0.5 + v * (1.0 / 6.0))); }
    return exp(v) - 1.0;
}

// The error function: Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7; a series near zero keeps the relative error small.
fn element_error_function(v: f32) -> f32 {
    let a = abs(v);
    if a < 0.25 {
        let s = v * v;
        return v * (1.1283792 + s * (-0.37612638 + s * (0.11283792 + s * (-0.026866170 + s * 0.0052239776))));
    }
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let sum = t * (0.2548296 + t * (-0.28449674 + t * (1.4214138 + t * (-1.4531521 + t * 1.0614054))));
    return sign(v) * (1.0 - sum * exp(-a * a));
}

fn element_number(op: u32, v: f32, a: f32, b: f32) -> f32 {
    switch op {
        case 0u: { return select(max(v, 0.0), v, is_nan(v)); }
        case 1u: { return select(v, a * v, v < 0.0); }
        case 2u: { return element_sigmoid(v); }
        case 3u: { return element_tangent(v); }
        case 4u: { return select(v, a * element_exp_minus_one(v), v < 0.0); }
        case 5u: { return b * select(v, a * element_exp_minus_one(v), v <= 0.0); }
        case 6u: { return element_softplus(v); }
        case 7u: { return clamp(a * v + b, 0.0, 1.0); }
        case 8u: { return v * clamp(v / 6.0 + 0.5, 0.0, 1.0); }
        case 9u: { return 0.5 * v * (1.0 + element_error_function(v * 0.70710678)); }
        case 10u: { return 0.5 * v * (1.0 + element_tangent(0.7978846 * (v + 0.044715 * v * v * v))); }
        case 11u: { return v / (1.0 + abs(v)); }
        case 12u: { return sqrt(v); }
        case 13u: { return exp(v); }
        case 14u: { return log(v); }
        case 15u: { return -v; }
        case 16u: { return abs(v); }
        case 17u: { return 1.0 / v; }
        case 18u: { return element_error_function(v); }
        case 19u: { return floor(v); }
        case 20u: { return ceil(v); }
        case 21u: { return round(v); }
        case 22u: { return sign(v); }
        case 23u: { return sin(v); }
        case 24u: { return cos(v); }
        case 25u: { return select(0.0, v, v > a); }
        case 26u: { return select(v, a * element_exp_minus_one(v / a), v < 0.0); }
        case 27u: { return element_mish(v); }
        case 28u: { return v * element_sigmoid(a * v); }
        case 30u: { return acos(v); }
        case 31u: { return log(v + sqrt(v * v - 1.0)); }
        case 32u: { return asin(v); }
        case 33u: { return sign(v) * element_log_of_one_plus(abs(v) + v * v / (1.0 + sqrt(v * v + 1.0))); }
        case 34u: { return atan(v); }
        case 35u: { return 0.5 * sign(v) * element_log_of_one_plus(2.0 * abs(v) / (1.0 - abs(v))); }
        case 36u: { return 0.5 * (exp(v) + exp(-v)); }
        case 37u: { return 0.5 * (element_exp_minus_one(v) - element_exp_minus_one(-v)); }
        case 38u: { return tan(v); }
        case 39u: { return select(select(0.0, v - b, v > a), v + b, v < -a); }
        // Clip, which keeps a NaN and lets the upper bound win, as its definition says.
        default: { return select(min(max(v, a), b), v, is_nan(v)); }
    }
}

// The nearest number of half precision, halfway to the even one. By integers but for numbers below the normal ones, which lie 2^-24
// apart: WGSL's own conversions may drop those, and their direction of rounding is the driver's.
fn element_float16(word: u32) -> u32 {
    let magnitude = word & 0x7fffffffu;
    let near = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
    let small = bitcast<u32>(round(bitcast<f32>(magnitude) * 16777216.0) * 5.9604644775390625e-8);
    let finite = select(near, small, magnitude < 0x38800000u);
    let rounded = select(finite, 0x7f800000u, near >= 0x47800000u);
    return (word & 0x80000000u) | select(rounded, magnitude, magnitude > 0x7f800000u);
}

// The nearest number that has no more than the upper half of the bits, halfway to the even one.
fn element_bfloat16(word: u32) -> u32 {
    let magnitude = word & 0x7fffffffu;
    let near = (magnitude + 0x7fffu + ((magnitude >> 16u) & 1u)) & 0xffff0000u;
    return (word & 0x80000000u) | select(near, magnitude, magnitude > 0x7f800000u);
}

fn element_unary(op: u32, word: u32, a: f32, b: f32) -> u32 {
    let v = bitcast<f32>(word);
    switch op {
        // Functions of truth values, which are words of 0 and 1.
        case 100u: { return 1u - min(word, 1u); }
        case 101u: { return bitcast<u32>(f32(min(word, 1u))); }
        case 102u: { return select(0u, 1u, v != 0.0); }
        case 103u: { return select(0u, 1u, is_nan(v)); }
        case 104u: { return select(0u, 1u, (word == 0xff800000u && a != 0.0) || (word == 0x7f800000u && b != 0.0)); }
        // 105 flips bits of integers, on the host.
        case 106u: { return element_float16(word); }
        case 107u: { return element_bfloat16(word); }
        default: { return bitcast<u32>(element_number(op, v, a, b)); }
    }
}
