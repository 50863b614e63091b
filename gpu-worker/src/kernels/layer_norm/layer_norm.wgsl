// Normalisation of rows: to mean 0 and variance 1, or only to a mean square of 1; then scale and bias. One thread computes one row.

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = thread_number(id, groups);
    if row >= params.rows { return; }
    let start = row * params.length;
    var mean = 0.0;
    if CENTRES != 0u {
        for (var i = 0u; i < params.length; i++) {
            mean += x[start + i];
        }
        mean /= f32(params.length);
    }
    var variance = 0.0;
    for (var i = 0u; i < params.length; i++) {
        let d = x[start + i] - mean;
        variance += d * d;
    }
    variance /= f32(params.length);
    let factor = 1.0 / sqrt(variance + params.epsilon);
    let first = row % params.distinct * params.scales;
    for (var i = 0u; i < params.length; i++) {
        let at = first + i / params.sharing;
        var result = (x[start + i] - mean) * factor * scale[at];
        if ADDS_BIAS != 0u {
            result += bias[at];
        }
        y[start + i] = finish(result, start + i);
    }
}
