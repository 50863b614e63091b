// Convolution over three axes, directly from its definition. One thread computes four output channels of one pixel, so that each input
// element is read once for four products. Sizes are depth, rows and columns; the fourth number of the input's is what lies
// from a row to the next, and that of others is not used.

struct Params {
    batch: u32,
    groups: u32,
    // Channels of one group.
    in_channels: u32,
    out_channels: u32,
    in_size: vec4<u32>,
    out_size: vec4<u32>,
    kernel_size: vec4<u32>,
    strides: vec4<u32>,
    dilations: vec4<u32>,
    // Padding before the first plane, row and column.
    pads: vec4<i32>,
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
    let out_size = params.out_size.xyz;
    let pixels = out_size.x * out_size.y * out_size.z;
    let blocks = (params.out_channels + 3u) / 4u;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let block = thread / pixels % blocks;
    let group = thread / pixels / blocks % params.groups;
    let sample = thread / pixels / blocks / params.groups;
    if sample >= params.batch { return; }

    let out_at = vec3(pixel / out_size.z / out_size.y, pixel / out_size.z % out_size.y, pixel % out_size.z);
    let origin = vec3<i32>(out_at * params.strides.xyz) - params.pads.xyz;
    let in_size = vec4<i32>(params.in_size);
    let in_space = params.in_size.x * params.in_size.y * params.in_size.w;
    let kernel = params.kernel_size.xyz;
    let kernel_space = kernel.x * kernel.y * kernel.z;
    // Beyond the last channel it is computed again, and not stored.
    let first = block * 4u;
    let channels = min(vec4(first) + vec4(0u, 1u, 2u, 3u), vec4(params.out_channels - 1u));
    let filters = (vec4(group * params.out_channels) + channels) * (params.in_channels * kernel_space);
    let in_start = (sample * params.groups + group) * params.in_channels * in_space;

    var sum = vec4(0.0);
    for (var kernel_plane = 0u; kernel_plane < kernel.x; kernel_plane++) {
        let plane = origin.x + i32(kernel_plane * params.dilations.x);
        if plane < 0 || plane >= in_size.x { continue; }
        for (var kernel_row = 0u; kernel_row < kernel.y; kernel_row++) {
            let row = origin.y + i32(kernel_row * params.dilations.y);
            if row < 0 || row >= in_size.y { continue; }
            for (var kernel_column = 0u; kernel_column < kernel.z; kernel_column++) {
                let column = origin.z + i32(kernel_column * params.dilations.z);
                if column < 0 || column >= in_size.z { continue; }
                var x_at = in_start + u32((plane * in_size.y + row) * in_size.w + column);
                var w_at = filters + vec4((kernel_plane * kernel.y + kernel_row) * kernel.z + kernel_column);
                for (var channel = 0u; channel < params.in_channels; channel++) {
                    sum += x[x_at] * vec4(weights[w_at.x], weights[w_at.y], weights[w_at.z], weights[w_at.w]);
                    x_at += in_space;
                    w_at += vec4(kernel_space);
                }
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
        let at = (sample * params.groups * params.out_channels + channel) * pixels + pixel;
        y[at] = finish(result, at);
    }
}
