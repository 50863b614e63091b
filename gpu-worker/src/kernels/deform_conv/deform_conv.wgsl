// Convolution whose window's elements each lie at an offset of their own, between the input's elements. One thread computes one output.

struct Params {
    batch: u32,
    groups: u32,
    // Channels of one group.
    in_channels: u32,
    out_channels: u32,
    // Channels that share offsets.
    sharing: u32,
    offset_groups: u32,
    in_rows: u32,
    in_columns: u32,
    out_rows: u32,
    out_columns: u32,
    kernel_rows: u32,
    kernel_columns: u32,
    stride_rows: u32,
    stride_columns: u32,
    dilation_rows: u32,
    dilation_columns: u32,
    pad_rows: i32,
    pad_columns: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

// Whether there is a bias to add, and a mask to multiply by.
override ADDS_BIAS: u32;
override MASKS: u32;

fn element(start: u32, row: i32, column: i32) -> f32 {
    if row < 0 || column < 0 || row >= i32(params.in_rows) || column >= i32(params.in_columns) { return 0.0; }
    return x[start + u32(row) * params.in_columns + u32(column)];
}

// Linear between the four elements around; zero outside.
fn between(start: u32, row: f32, column: f32) -> f32 {
    let r = floor(row);
    let c = floor(column);
    let down = row - r;
    let across = column - c;
    let i = i32(r);
    let j = i32(c);
    let above = mix(element(start, i, j), element(start, i, j + 1), across);
    let below = mix(element(start, i + 1, j), element(start, i + 1, j + 1), across);
    return mix(above, below, down);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let pixels = params.out_rows * params.out_columns;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let filters = params.groups * params.out_channels;
    let filter_number = thread / pixels % filters;
    let sample = thread / pixels / filters;
    if sample >= params.batch { return; }
    let group = filter_number / params.out_channels;
    let origin = vec2(
        i32(pixel / params.out_columns * params.stride_rows) - params.pad_rows,
        i32(pixel % params.out_columns * params.stride_columns) - params.pad_columns,
    );
    let window = params.kernel_rows * params.kernel_columns;
    var w_at = filter_number * params.in_channels * window;
    var sum = 0.0;
    for (var c = 0u; c < params.in_channels; c++) {
        let channel = group * params.in_channels + c;
        let start = (sample * params.groups * params.in_channels + channel) * params.in_rows * params.in_columns;
        let first = (sample * params.offset_groups + channel / params.sharing) * window;
        for (var k = 0u; k < window; k++) {
            let at = (first + k) * 2u * pixels + pixel;
            let row = f32(origin.x + i32(k / params.kernel_columns * params.dilation_rows)) + offsets[at];
            let column = f32(origin.y + i32(k % params.kernel_columns * params.dilation_columns)) + offsets[at + pixels];
            var v = between(start, row, column) * weights[w_at + k];
            if MASKS != 0u {
                v *= mask[(first + k) * pixels + pixel];
            }
            sum += v;
        }
        w_at += window;
    }
    if ADDS_BIAS != 0u {
        sum += bias[filter_number];
    }
    y[thread] = sum;
}
