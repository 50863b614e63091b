// What im2col.wgsl does, for drivers that run a subgroup as one vector of a CPU: there each load and store goes lane by lane, at a price
// that hardly depends on its width, while arithmetic takes all lanes at once. So one thread loads the elements that the windows of
// $(PIXELS) neighbouring pixels have in a row of the input as wholes, moves them to their places, and stores eight columns of
// the matrix at once, for each of the $(WIDTH) columns of the filter. im2col.rs sees to it that those windows do not leave a row but for padding, or that
// what follows in memory belongs to the next pixel's.

struct Params {
    // Rows, columns, and elements from a row to the next; the last number is not used.
    in_size: vec4<u32>,
    out_size: vec4<u32>,
    // Rows of the filter, distance between rows of a window, distance between windows, and rows that are padded before the first.
    kernel_rows: u32,
    dilation: u32,
    stride: u32,
    pad_rows: i32,
    pad_columns: i32,
    channels: u32,
    // Channels of a thread.
    chunk: u32,
    // Rows of a matrix with those of zeros, and eights of columns of it, of one panel, and of all that is written for a sample.
    rows: u32,
    eights: u32,
    panel: u32,
    matrix: u32,
    // The pixel that the first column is for.
    first: u32,
    // Where the first sample starts, and how far the next is from it.
    x_start: u32,
    x_sample: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u64>>;

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Parameters are read before any branch or loop: outside of them one load serves all lanes.
    let panel = params.panel;
    let rows = params.rows;
    let dilation = params.dilation;
    let kernel_rows = params.kernel_rows;
    let channels = params.channels;
    let size = vec2<i32>(params.in_size.xy);
    let pitch = i32(params.in_size.z);
    let out_columns = params.out_size.y;
    let stride = params.stride;
    let pads = vec2(params.pad_rows, params.pad_columns);
    let channel = id.y * params.chunk;
    let end = min(channel + params.chunk, channels);
    let eight = id.x;
    let start = id.z * params.matrix + eight / panel * panel * rows + eight % panel;
    let pixel = vec4(params.first + eight * 8u);
    let first_channel = params.x_start + id.z * params.x_sample;
    if eight >= params.eights { return; }
    // Where the windows of eight pixels begin.
//# each h < 2
    let pixel_$h = pixel + vec4($(h * 4)u, $(h * 4 + 1)u, $(h * 4 + 2)u, $(h * 4 + 3)u);
    let line_$h = quotient(pixel_$h, out_columns);
    let row_$h = vec4<i32>(line_$h * stride) - vec4(pads.x);
    let column_$h = vec4<i32>((pixel_$h - line_$h * out_columns) * $(STRIDE)u) - vec4(pads.y);
//# end
    let space = size.x * pitch;
    var x_start = i32(first_channel) + i32(channel) * space;
    var at = start + channel * (kernel_rows * $(WIDTH)u) * panel;
    // One loop for the rows of all channels: for each dispatch of a loop whose end is a parameter, Mesa compiles the kernel anew.
    var i = 0u;
    for (var rest = (end - channel) * kernel_rows; rest > 0u; rest--) {
        let step = i32(i * dilation);
//# each h < 2
        let is_row_$h = (row_$h + vec4(step) >= vec4(0i)) & (row_$h + vec4(step) < vec4(size.x));
//# end
//# each s < SPANS
        let from_$s = x_start + (row_$(s * PIXELS / 4)[$(s * PIXELS % 4)] + step) * pitch + column_$(s * PIXELS / 4)[$(s * PIXELS % 4)];
//# span of x
//# end
//# each k < WIDTH
//# each h < 2
        let is_inside_$k_$h = is_row_$h & (column_$h + vec4($(k)i) >= vec4(0i)) & (column_$h + vec4($(k)i) < vec4(size.y));
        let window_$k_$h = select(vec4(0.0), vec4(
            element_$(h * 4 / PIXELS)_$(h * 4 % PIXELS * STRIDE + k),
            element_$(h * 4 + 1 / PIXELS)_$(h * 4 + 1 % PIXELS * STRIDE + k),
            element_$(h * 4 + 2 / PIXELS)_$(h * 4 + 2 % PIXELS * STRIDE + k),
            element_$(h * 4 + 3 / PIXELS)_$(h * 4 + 3 % PIXELS * STRIDE + k),
        ), is_inside_$k_$h);
//# end
        y[at] = eight_of(window_$k_0, window_$k_1);
        at += panel;
//# end
        i++;
        x_start += select(0, space, i == kernel_rows);
        i = select(i, 0u, i == kernel_rows);
    }
    if end == channels {
        for (; at < start + rows * panel; at += panel) {
            y[at] = vec4<u64>();
        }
    }
}

// The whole part of a quotient of numbers below 2^22. CPUs divide vectors of floats at once, but integers one by one.
fn quotient(dividend: vec4<u32>, divisor: u32) -> vec4<u32> {
    return vec4<u32>((vec4<f32>(dividend) + vec4(0.5)) / f32(divisor));
}
