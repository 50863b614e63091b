// The greatest or mean element of each window over two axes. One thread computes one output element.

struct Params {
    // Samples times channels.
    planes: u32,
    // 1 when padding counts in the mean.
    counts_pads: u32,
    in_size: vec2<u32>,
    out_size: vec2<u32>,
    kernel_size: vec2<u32>,
    strides: vec2<u32>,
    dilations: vec2<u32>,
    pads_before: vec2<i32>,
    pads_after: vec2<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// 0: the greatest, 1: the mean.
override MEAN: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let pixels = params.out_size.x * params.out_size.y;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let plane = thread / pixels;
    if plane >= params.planes { return; }
    let origin = vec2<i32>(vec2(pixel / params.out_size.y, pixel % params.out_size.y) * params.strides) - params.pads_before;
    let end = vec2<i32>(params.in_size);
    let padded_end = end + params.pads_after;

    var greatest = 0.0;
    var sum = 0.0;
    var seen = 0u;
    var padded = 0u;
    for (var kernel_row = 0u; kernel_row < params.kernel_size.x; kernel_row++) {
        let row = origin.x + i32(kernel_row * params.dilations.x);
        for (var kernel_column = 0u; kernel_column < params.kernel_size.y; kernel_column++) {
            let column = origin.y + i32(kernel_column * params.dilations.y);
            if row >= padded_end.x || column >= padded_end.y { continue; }
            padded += 1u;
            if row < 0 || column < 0 || row >= end.x || column >= end.y { continue; }
            let v = x[(plane * params.in_size.x + u32(row)) * params.in_size.y + u32(column)];
            // A NaN is the greatest, as in the frameworks.
            if seen == 0u || v > greatest || is_nan(v) { greatest = v; }
            sum += v;
            seen += 1u;
        }
    }
    if MEAN == 0u {
        y[thread] = greatest;
    } else {
        y[thread] = sum / f32(max(select(seen, padded, params.counts_pads != 0u), 1u));
    }
}
