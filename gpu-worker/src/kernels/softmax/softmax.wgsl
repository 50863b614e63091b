// Softmax, or its logarithm, along one axis. One thread computes one row.

struct Params {
    rows: u32,
    // Elements of a row, which lie `inner` apart.
    length: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// 1: the logarithm.
override LOG: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = thread_number(id, groups);
    if row >= params.rows { return; }
    let start = row / params.inner * params.length * params.inner + row % params.inner;
    var greatest = x[start];
    for (var i = 1u; i < params.length; i++) {
        greatest = max(greatest, x[start + i * params.inner]);
    }
    var sum = 0.0;
    for (var i = 0u; i < params.length; i++) {
        sum += exp(x[start + i * params.inner] - greatest);
    }
    let log_sum = log(sum);
    for (var i = 0u; i < params.length; i++) {
        let at = start + i * params.inner;
        if LOG != 0u {
            y[at] = finish(x[at] - greatest - log_sum, at);
        } else {
            y[at] = finish(exp(x[at] - greatest) / sum, at);
        }
    }
}
