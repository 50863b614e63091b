// Normalisation of rows of whole fours, four elements at a time: to mean 0 and variance 1, or only to a mean square of 1; then scale and
// bias. One thread computes one row. Scales and biases are read by apart.wgsl or sharing.wgsl.

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

fn total(parts: vec4<f32>) -> f32 {
    return (parts.x + parts.y) + (parts.z + parts.w);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = thread_number(id, groups);
    if row >= params.rows { return; }
    let fours = params.length / 4u;
    let start = row * fours;
    var mean = vec4(0.0);
    if CENTRES != 0u {
        var sums = vec4(0.0);
        for (var i = 0u; i < fours; i++) {
            sums += x[start + i];
        }
        mean = vec4(total(sums) / f32(params.length));
    }
    var squares = vec4(0.0);
    for (var i = 0u; i < fours; i++) {
        let d = x[start + i] - mean;
        squares += d * d;
    }
    let variance = total(squares) / f32(params.length);
    let factor = 1.0 / sqrt(variance + params.epsilon);
    var at = first_scale(row % params.distinct * params.scales);
    for (var i = 0u; i < fours; i++) {
        var result = (x[start + i] - mean) * factor * scale_at(at);
        if ADDS_BIAS != 0u {
            result += bias_at(at);
        }
        y[start + i] = finish_vector(result, 4u * (start + i));
        at = next_scale(at);
    }
}
