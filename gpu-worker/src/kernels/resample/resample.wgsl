// y[outer, j, inner] = start[j] + sum over k of weight[j, k] . x[outer, index[j, k], inner]: resizing along one axis.

struct Params {
    count: u32,
    // Length of x along the axis.
    axis: u32,
    // Length of y along the axis.
    length: u32,
    // Elements after the axis.
    inner: u32,
    // Terms of each sum.
    taps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// For each j: the bits of where the sum starts, then index and the bits of the weight of each term.
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    let inner = i % params.inner;
    let j = i / params.inner % params.length;
    let first = i / params.inner / params.length * params.axis;
    var at = j * (1u + 2u * params.taps);
    var sum = bitcast<f32>(rows[at]);
    at += 1u;
    for (var k = 0u; k < params.taps; k++) {
        let weight = bitcast<f32>(rows[at + 1u]);
        // What has no weight does not count, even where it is infinite.
        if weight != 0.0 {
            sum += weight * x[(first + rows[at]) * params.inner + inner];
        }
        at += 2u;
    }
    y[i] = finish(sum, i);
}
