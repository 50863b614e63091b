// z[i] = OP(x[i], y[i]), each operand read through strides of its own, so that any broadcast is one launch.

struct Params {
    dims: array<vec4<u32>, 2>,
    x_strides: array<vec4<i32>, 2>,
    y_strides: array<vec4<i32>, 2>,
    count: u32,
    rank: u32,
    // The bits of a quiet NaN: WGSL has no constant for it.
    nan: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<u32>;
@group(0) @binding(3) var<storage, read_write> z: array<u32>;

// Numbered as `Binary` in binary.rs.
override OP: u32;

// x to the power of y as IEEE defines it; WGSL's own leaves negative bases open.
fn power(x: f32, y: f32) -> f32 {
    if y == 0.0 || x == 1.0 { return 1.0; }
    if y == 1.0 { return x; }
    if y == 2.0 { return x * x; }
    if x > 0.0 { return pow(x, y); }
    let is_integer = floor(y) == y;
    let is_odd = is_integer && abs(y) < 16777216.0 && (i32(y) & 1) != 0;
    if x == 0.0 {
        if y > 0.0 { return select(0.0, x, is_odd); }
        return 1.0 / select(0.0, x, is_odd);
    }
    if x < 0.0 && is_integer {
        let magnitude = pow(-x, y);
        return select(magnitude, -magnitude, is_odd);
    }
    return bitcast<f32>(params.nan);
}

fn truth(value: bool) -> u32 {
    return select(0u, 1u, value);
}

fn apply(x_bits: u32, y_bits: u32) -> u32 {
    let x = bitcast<f32>(x_bits);
    let y = bitcast<f32>(y_bits);
    switch OP {
        case 0u: { return bitcast<u32>(x + y); }
        case 1u: { return bitcast<u32>(x - y); }
        case 2u: { return bitcast<u32>(x * y); }
        case 3u: { return bitcast<u32>(x / y); }
        case 4u: { return bitcast<u32>(power(x, y)); }
        // A NaN on either side is the result.
        case 5u: { return select(y_bits, x_bits, x < y || is_nan(x)); }
        case 6u: { return select(y_bits, x_bits, x > y || is_nan(x)); }
        case 7u: { return bitcast<u32>(select(x, x * y, x < 0.0)); }
        case 8u: { return truth(x == y); }
        case 9u: { return truth(x < y); }
        case 10u: { return truth(x <= y); }
        case 11u: { return truth(x > y); }
        case 12u: { return truth(x >= y); }
        case 13u: { return truth(x_bits != 0u && y_bits != 0u); }
        case 14u: { return truth(x_bits != 0u || y_bits != 0u); }
        default: { return truth((x_bits != 0u) != (y_bits != 0u)); }
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    var rest = i;
    var x_at = 0i;
    var y_at = 0i;
    for (var d = i32(params.rank) - 1; d >= 0; d--) {
        let dim = params.dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        x_at += along * params.x_strides[d / 4][d % 4];
        y_at += along * params.y_strides[d / 4][d % 4];
    }
    z[i] = apply(x[x_at], y[y_at]);
}
