// Softmax, or its logarithm, of rows whose elements are neighbours. A workgroup computes one row.

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Whether the sum is wanted, or the greatest.
var<private> sums: bool;

fn combined(left: f32, right: f32) -> f32 {
    if sums { return left + right; }
    return max(left, right);
}

fn of_row(row: u32, thread: u32) {
    if row >= params.rows { return; }
    let start = row * params.length;
    // A thread without elements of its own takes part with the first one.
    var part = x[start];
    for (var i = thread; i < params.length; i += 64u) {
        part = max(part, x[start + i]);
    }
    sums = false;
    let greatest = of_all(thread, part);
    part = 0.0;
    for (var i = thread; i < params.length; i += 64u) {
        part += exp(x[start + i] - greatest);
    }
    sums = true;
    let sum = of_all(thread, part);
    let log_sum = log(sum);
    for (var i = thread; i < params.length; i += 64u) {
        let at = start + i;
        if LOG != 0u {
            y[at] = finish(x[at] - greatest - log_sum, at);
        } else {
            y[at] = finish(exp(x[at] - greatest) / sum, at);
        }
    }
}
