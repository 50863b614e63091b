// y[y_offset + i . y_strides] = x[x_offset + i . x_strides] for every index i of a box: transpositions, slices, concatenation,
// padding with a constant and broadcasting are all this.

struct Params {
    dims: array<vec4<u32>, 2>,
    x_strides: array<vec4<i32>, 2>,
    y_strides: array<vec4<i32>, 2>,
    count: u32,
    rank: u32,
    x_offset: i32,
    y_offset: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    var rest = i;
    var x_at = params.x_offset;
    var y_at = params.y_offset;
    for (var d = i32(params.rank) - 1; d >= 0; d--) {
        let dim = params.dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        x_at += along * params.x_strides[d / 4][d % 4];
        y_at += along * params.y_strides[d / 4][d % 4];
    }
    y[y_at] = x[x_at];
}
