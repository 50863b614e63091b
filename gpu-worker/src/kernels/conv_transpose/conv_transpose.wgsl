// Transposed convolution over three axes. One thread computes one output element: it gathers from every input element whose window
// covers the output, so that no two threads write to one place. Sizes are depth, rows and columns; the fourth number is not used.

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
    // Elements cut off before the first plane, row and column.
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
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let out_channel = thread / pixels % params.out_channels;
    let group = thread / pixels / params.out_channels % params.groups;
    let sample = thread / pixels / params.out_channels / params.groups;
    if sample >= params.batch { return; }

    let out_at = vec3(pixel / out_size.z / out_size.y, pixel / out_size.z % out_size.y, pixel % out_size.z);
    let target_at = vec3<i32>(out_at) + params.pads.xyz;
    let in_size = vec3<i32>(params.in_size.xyz);
    let in_space = params.in_size.x * params.in_size.y * params.in_size.z;
    let kernel = params.kernel_size.xyz;
    let kernel_space = kernel.x * kernel.y * kernel.z;
    let first_channel = group * params.in_channels;
    let stride = vec3<i32>(params.strides.xyz);

    var sum = 0.0;
    for (var kernel_plane = 0u; kernel_plane < kernel.x; kernel_plane++) {
        let plane = target_at.x - i32(kernel_plane * params.dilations.x);
        if plane < 0 || plane % stride.x != 0 || plane / stride.x >= in_size.x { continue; }
        for (var kernel_row = 0u; kernel_row < kernel.y; kernel_row++) {
            let row = target_at.y - i32(kernel_row * params.dilations.y);
            if row < 0 || row % stride.y != 0 || row / stride.y >= in_size.y { continue; }
            for (var kernel_column = 0u; kernel_column < kernel.z; kernel_column++) {
                let column = target_at.z - i32(kernel_column * params.dilations.z);
                if column < 0 || column % stride.z != 0 || column / stride.z >= in_size.z { continue; }
                var x_at = (sample * params.groups * params.in_channels + first_channel) * in_space;
                x_at += u32((plane / stride.x * in_size.y + row / stride.y) * in_size.z + column / stride.z);
                var w_at = (first_channel * params.out_channels + out_channel) * kernel_space;
                w_at += (kernel_plane * kernel.y + kernel_row) * kernel.z + kernel_column;
                for (var channel = 0u; channel < params.in_channels; channel++) {
                    sum += x[x_at] * weights[w_at];
                    x_at += in_space;
                    w_at += params.out_channels * kernel_space;
                }
            }
        }
    }
    if ADDS_BIAS != 0u {
        sum += bias[group * params.out_channels + out_channel];
    }
    y[thread] = finish(sum, thread);
}
