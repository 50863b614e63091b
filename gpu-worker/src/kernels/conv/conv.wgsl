// Convolution over two axes, directly from its definition. One thread computes four output channels of one pixel, so that each input
// element is read once for four products.

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
    // Padding before the first row and column.
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
    let blocks = (params.out_channels + 3u) / 4u;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let block = thread / pixels % blocks;
    let group = thread / pixels / blocks % params.groups;
    let sample = thread / pixels / blocks / params.groups;
    if sample >= params.batch { return; }

    let out_at = vec2(pixel / params.out_size.y, pixel % params.out_size.y);
    let origin = vec2<i32>(out_at * params.strides) - params.pads;
    let in_plane = params.in_size.x * params.in_size.y;
    let kernel_plane = params.kernel_size.x * params.kernel_size.y;
    // Beyond the last channel it is computed again, and not stored.
    let first = block * 4u;
    let channels = min(vec4(first) + vec4(0u, 1u, 2u, 3u), vec4(params.out_channels - 1u));
    let filters = (vec4(group * params.out_channels) + channels) * (params.in_channels * kernel_plane);
    let in_start = (sample * params.groups + group) * params.in_channels * in_plane;

    var sum = vec4(0.0);
    for (var kernel_row = 0u; kernel_row < params.kernel_size.x; kernel_row++) {
        let row = origin.x + i32(kernel_row * params.dilations.x);
        if row < 0 || row >= i32(params.in_size.x) { continue; }
        for (var kernel_column = 0u; kernel_column < params.kernel_size.y; kernel_column++) {
            let column = origin.y + i32(kernel_column * params.dilations.y);
            if column < 0 || column >= i32(params.in_size.y) { continue; }
            var x_at = in_start + u32(row) * params.in_size.y + u32(column);
            var w_at = filters + vec4(kernel_row * params.kernel_size.y + kernel_column);
            for (var channel = 0u; channel < params.in_channels; channel++) {
                sum += x[x_at] * vec4(weights[w_at.x], weights[w_at.y], weights[w_at.z], weights[w_at.w]);
                x_at += in_plane;
                w_at += vec4(kernel_plane);
            }
        }
    }

    for (var i = 0u; i < 4u; i++) {
        if first + i >= params.out_channels { return; }
        let channel = group * params.out_channels + first + i;
        var result = sum[i];
        if ADDS_BIAS != 0u {
            result += bias[channel];
        }
        y[(sample * params.groups * params.out_channels + channel) * pixels + pixel] = result;
    }
}
