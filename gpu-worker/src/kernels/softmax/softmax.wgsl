// Softmax, or its logarithm, along one axis. One thread computes one row.

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
