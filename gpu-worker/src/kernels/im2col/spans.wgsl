// What im2col.wgsl does, for drivers that run a subgroup as one vector of a CPU: there each load and store goes lane by lane, at a price
// that hardly depends on its width, while arithmetic takes all lanes at once. So one thread loads the elements that the windows of
// $(PIXELS) neighbouring pixels have in a row of the input as wholes, moves them to their places, and stores eight columns of
// the matrix at once, for each of the $(WIDTH) columns of the filter. im2col.rs sees to it that those windows do not leave a row but for padding, or that
// what follows in memory belongs to the next pixel's.

struct Params {
    // Rows and columns; the last two numbers are not used.
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
@group(0) @binding(1) var<storage, read> x: array<$WHOLE_x>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u64>>;

@compute @workgroup_size($(THREADS))
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let eight = id.x;
    if eight >= params.eights { return; }
    let start = id.z * params.matrix + eight / params.panel * params.panel * params.rows + eight % params.panel;
    let pixel = vec4(params.first + eight * 8u);
    // Where the windows of eight pixels begin.
//# each h < 2
    let pixel_$h = pixel + vec4($(h * 4)u, $(h * 4 + 1)u, $(h * 4 + 2)u, $(h * 4 + 3)u);
    let line_$h = quotient(pixel_$h, params.out_size.y);
    let row_$h = vec4<i32>(line_$h * params.stride) - vec4(params.pad_rows);
    let column_$h = vec4<i32>((pixel_$h - line_$h * params.out_size.y) * $(STRIDE)u) - vec4(params.pad_columns);
//# end
    let size = vec2<i32>(params.in_size.xy);
    let space = params.in_size.x * params.in_size.y;
    let channel = id.y * params.chunk;
    let end = min(channel + params.chunk, params.channels);
    var x_start = i32(params.x_start + id.z * params.x_sample + channel * space);
    var at = start + channel * (params.kernel_rows * $(WIDTH)u) * params.panel;
    // One loop for the rows of all channels: for each dispatch of a loop whose end is a parameter, Mesa compiles the kernel anew.
    var i = 0u;
    for (var rest = (end - channel) * params.kernel_rows; rest > 0u; rest--) {
        let step = i32(i * params.dilation);
//# each h < 2
        let is_row_$h = (row_$h + vec4(step) >= vec4(0i)) & (row_$h + vec4(step) < vec4(size.x));
//# end
//# each s < SPANS
        let from_$s = x_start + (row_$(s * PIXELS / 4)[$(s * PIXELS % 4)] + step) * size.y + column_$(s * PIXELS / 4)[$(s * PIXELS % 4)];
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
        at += params.panel;
//# end
        i++;
        x_start += select(0, i32(space), i == params.kernel_rows);
        i = select(i, 0u, i == params.kernel_rows);
    }
    if end == params.channels {
        for (; at < start + params.rows * params.panel; at += params.panel) {
            y[at] = vec4<u64>();
        }
    }
}

// The whole part of a quotient of numbers below 2^22. CPUs divide vectors of floats at once, but integers one by one.
fn quotient(dividend: vec4<u32>, divisor: u32) -> vec4<u32> {
    return vec4<u32>((vec4<f32>(dividend) + vec4(0.5)) / f32(divisor));
}
