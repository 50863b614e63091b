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

fn element_nan() -> f32 {
    return bitcast<f32>(params.nan);
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
    z[i] = element_binary(OP, x[x_at], y[y_at]);
}
