// y[i] = OP(x[i]) with up to two numbers from the operator's attributes.

struct Params {
    count: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

// Numbered as `Unary` in unary.rs.
override OP: u32;

fn sigmoid(v: f32) -> f32 {
    // Either branch keeps the argument of exp negative, so that it cannot overflow.
    let e = exp(-abs(v));
    return select(e, 1.0, v >= 0.0) / (1.0 + e);
}

// log(1 + v) without cancellation near zero.
fn log_of_one_plus(v: f32) -> f32 {
    if v < 0.01 { return v * (1.0 - v * (0.5 - v * (1.0 / 3.0 - v * 0.25))); }
    return log(1.0 + v);
}

fn softplus(v: f32) -> f32 {
    return max(v, 0.0) + log_of_one_plus(exp(-abs(v)));
}

// tanh, safe from drivers that compute it as a quotient of exponentials, which overflow far from zero and cancel near it.
fn tangent(v: f32) -> f32 {
    if abs(v) < 0.1 {
        let s = v * v;
        return v * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * (17.0 / 315.0))));
    }
    return select(tanh(clamp(v, -20.0, 20.0)), v, is_nan(v));
}

// v tanh(ln(1 + e^v)), without the logarithm, of which little is left for a v far below zero.
fn mish(v: f32) -> f32 {
    // Beyond this the tangent is one.
    if v > 20.0 { return v; }
    let e = exp(v);
    let n = e * (e + 2.0);
    return v * n / (n + 2.0);
}

// e^v - 1 without cancellation near zero.
fn exp_minus_one(v: f32) -> f32 {
    if abs(v) < 0.01 { return v * (1.0 + v * (0.5 + v * (1.0 / 6.0))); }
    return exp(v) - 1.0;
}

// The error function: Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7; a series near zero keeps the relative error small.
fn error_function(v: f32) -> f32 {
    let a = abs(v);
    if a < 0.25 {
        let s = v * v;
        return v * (1.1283792 + s * (-0.37612638 + s * (0.11283792 + s * (-0.026866170 + s * 0.0052239776))));
    }
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let sum = t * (0.2548296 + t * (-0.28449674 + t * (1.4214138 + t * (-1.4531521 + t * 1.0614054))));
    return sign(v) * (1.0 - sum * exp(-a * a));
}


fn apply(v: f32) -> f32 {
    let a = params.alpha;
    let b = params.beta;
    switch OP {
        case 0u: { return select(max(v, 0.0), v, is_nan(v)); }
        case 1u: { return select(v, a * v, v < 0.0); }
        case 2u: { return sigmoid(v); }
        case 3u: { return tangent(v); }
        case 4u: { return select(v, a * exp_minus_one(v), v < 0.0); }
        case 5u: { return b * select(v, a * exp_minus_one(v), v <= 0.0); }
        case 6u: { return softplus(v); }
        case 7u: { return clamp(a * v + b, 0.0, 1.0); }
        case 8u: { return v * clamp(v / 6.0 + 0.5, 0.0, 1.0); }
        case 9u: { return 0.5 * v * (1.0 + error_function(v * 0.70710678)); }
        case 10u: { return 0.5 * v * (1.0 + tangent(0.7978846 * (v + 0.044715 * v * v * v))); }
        case 11u: { return v / (1.0 + abs(v)); }
        case 12u: { return sqrt(v); }
        case 13u: { return exp(v); }
        case 14u: { return log(v); }
        case 15u: { return -v; }
        case 16u: { return abs(v); }
        case 17u: { return 1.0 / v; }
        case 18u: { return error_function(v); }
        case 19u: { return floor(v); }
        case 20u: { return ceil(v); }
        case 21u: { return round(v); }
        case 22u: { return sign(v); }
        case 23u: { return sin(v); }
        case 24u: { return cos(v); }
        case 25u: { return select(0.0, v, v > a); }
        case 26u: { return select(v, a * exp_minus_one(v / a), v < 0.0); }
        case 27u: { return mish(v); }
        case 28u: { return v * sigmoid(a * v); }
        case 30u: { return acos(v); }
        case 31u: { return log(v + sqrt(v * v - 1.0)); }
        case 32u: { return asin(v); }
        case 33u: { return sign(v) * log_of_one_plus(abs(v) + v * v / (1.0 + sqrt(v * v + 1.0))); }
        case 34u: { return atan(v); }
        case 35u: { return 0.5 * sign(v) * log_of_one_plus(2.0 * abs(v) / (1.0 - abs(v))); }
        case 36u: { return 0.5 * (exp(v) + exp(-v)); }
        case 37u: { return 0.5 * (exp_minus_one(v) - exp_minus_one(-v)); }
        case 38u: { return tan(v); }
        case 39u: { return select(select(0.0, v - b, v > a), v + b, v < -a); }
        // Clip, which keeps a NaN and lets the upper bound win, as its definition says.
        default: { return select(min(max(v, a), b), v, is_nan(v)); }
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    switch OP {
        // Functions of truth values, which are words of 0 and 1.
        case 100u: { y[i] = 1u - min(x[i], 1u); }
        case 101u: { y[i] = bitcast<u32>(f32(min(x[i], 1u))); }
        case 102u: { y[i] = select(0u, 1u, bitcast<f32>(x[i]) != 0.0); }
        case 103u: { y[i] = select(0u, 1u, is_nan(bitcast<f32>(x[i]))); }
        case 104u: {
            let counts = (x[i] == 0xff800000u && params.alpha != 0.0) || (x[i] == 0x7f800000u && params.beta != 0.0);
            y[i] = select(0u, 1u, counts);
        }
        default: { y[i] = bitcast<u32>(apply(bitcast<f32>(x[i]))); }
    }
}
