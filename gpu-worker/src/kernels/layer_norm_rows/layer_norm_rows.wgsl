// Normalisation of rows: to mean 0 and variance 1, or only to a mean square of 1; then scale and bias. A workgroup computes one row.

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn combined(left: f32, right: f32) -> f32 {
    return left + right;
}

fn of_row(row: u32, thread: u32) {
    if row >= params.rows { return; }
    let start = row * params.length;
    var mean = 0.0;
    if CENTRES != 0u {
        var part = 0.0;
        for (var i = thread; i < params.length; i += 64u) {
            part += x[start + i];
        }
        mean = of_all(thread, part) / f32(params.length);
    }
    var part = 0.0;
    for (var i = thread; i < params.length; i += 64u) {
        let d = x[start + i] - mean;
        part += d * d;
    }
    let variance = of_all(thread, part) / f32(params.length);
    let factor = 1.0 / sqrt(variance + params.epsilon);
    let first = row % params.distinct * params.scales;
    for (var i = thread; i < params.length; i += 64u) {
        let at = first + i / params.sharing;
        var result = (x[start + i] - mean) * factor * scale[at];
        if ADDS_BIAS != 0u {
            result += bias[at];
        }
        y[start + i] = finish(result, start + i);
    }
}
