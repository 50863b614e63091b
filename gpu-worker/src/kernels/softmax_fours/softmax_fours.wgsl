// Softmax, or its logarithm, of rows whose elements are neighbours and whole fours, four of them at a time. One thread computes one row.

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = thread_number(id, groups);
    if row >= params.rows { return; }
    let fours = params.length / 4u;
    let start = row * fours;
    var most = x[start];
    for (var i = 1u; i < fours; i++) {
        most = max(most, x[start + i]);
    }
    let greatest = vec4(max(max(most.x, most.y), max(most.z, most.w)));
    var sums = vec4(0.0);
    for (var i = 0u; i < fours; i++) {
        sums += exp(x[start + i] - greatest);
    }
    let sum = (sums.x + sums.y) + (sums.z + sums.w);
    let log_sum = vec4(log(sum));
    for (var i = 0u; i < fours; i++) {
        let shifted = x[start + i] - greatest;
        let at = 4u * (start + i);
        if LOG != 0u {
            y[start + i] = finish_vector(shifted - log_sum, at);
        } else {
            y[start + i] = finish_vector(exp(shifted) / sum, at);
        }
    }
}
