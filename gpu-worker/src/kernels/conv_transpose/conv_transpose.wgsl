// Transposed convolution over two axes. One thread computes one output element: it gathers from every input element whose window
// covers the output, so that no two threads write to one place.

struct Params {
    batch: u32,
    groups: u32,
    // Channels of one group.
    in_channels: u32,
    out_channels: u32,
    in_size: vec2<u32>,
    out_size: vec2<u32>,
    kernel_size: vec2<u32>,
    strides: vec2<u32>,
    dilations: vec2<u32>,
    // Elements cut off before the first row and column.
    pads: vec2<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let pixels = params.out_size.x * params.out_size.y;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let out_channel = thread / pixels % params.out_channels;
    let group = thread / pixels / params.out_channels % params.groups;
    let sample = thread / pixels / params.out_channels / params.groups;
    if sample >= params.batch { return; }

    let target_at = vec2<i32>(vec2(pixel / params.out_size.y, pixel % params.out_size.y)) + params.pads;
    let in_plane = params.in_size.x * params.in_size.y;
    let kernel_plane = params.kernel_size.x * params.kernel_size.y;
    let first_channel = group * params.in_channels;
    let stride = vec2<i32>(params.strides);

    var sum = 0.0;
    for (var kernel_row = 0u; kernel_row < params.kernel_size.x; kernel_row++) {
        let row = target_at.x - i32(kernel_row * params.dilations.x);
        if row < 0 || row % stride.x != 0 || row / stride.x >= i32(params.in_size.x) { continue; }
        for (var kernel_column = 0u; kernel_column < params.kernel_size.y; kernel_column++) {
            let column = target_at.y - i32(kernel_column * params.dilations.y);
            if column < 0 || column % stride.y != 0 || column / stride.y >= i32(params.in_size.y) { continue; }
            var x_at = (sample * params.groups * params.in_channels + first_channel) * in_plane;
            x_at += u32(row / stride.x) * params.in_size.y + u32(column / stride.y);
            var w_at = (first_channel * params.out_channels + out_channel) * kernel_plane;
            w_at += kernel_row * params.kernel_size.y + kernel_column;
            for (var channel = 0u; channel < params.in_channels; channel++) {
                sum += x[x_at] * weights[w_at];
                x_at += in_plane;
                w_at += params.out_channels * kernel_plane;
            }
        }
    }
    if ADDS_BIAS != 0u {
        sum += bias[group * params.out_channels + out_channel];
    }
    y[thread] = sum;
}
