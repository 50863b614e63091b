// Convolution of each channel with filters of its own, over planes. One thread computes eight neighbouring columns of a row of the output, so
// that each element of a row is loaded once for all windows that it lies in. Filters are $(WIDTH) wide and move by $(STRIDE).

struct Params {
    // Samples times output channels, the latter, and how many there are for each input channel.
    planes: u32,
    channels: u32,
    multiplier: u32,
    in_rows: u32,
    in_columns: u32,
    out_rows: u32,
    out_columns: u32,
    // Eights in a row of the output.
    eights: u32,
    kernel_rows: u32,
    row_stride: u32,
    row_dilation: u32,
    // Padding before the first row and column.
    row_pad: i32,
    column_pad: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Below 2^22, see depthwise.rs; CPUs divide vectors of floats at once, but integers one by one.
    let out_row = u32((f32(id.x) + 0.5) / f32(params.eights));
    if out_row >= params.out_rows { return; }
    let out_column = (id.x - out_row * params.eights) * 8u;
    let plane = id.y + id.z * 65535u;
    let channel = plane % params.channels;
    if plane >= params.planes { return; }
    let x_start = plane / params.multiplier * params.in_rows * params.in_columns;
    let first_row = i32(out_row * params.row_stride) - params.row_pad;
    let first_column = i32(out_column * $(STRIDE)u) - params.column_pad;
    let last = i32(params.in_columns) - 1;
//# each j < COLUMNS
    let column_$j = first_column + $j;
    let at_$j = u32(clamp(column_$j, 0, last));
    let is_inside_$j = column_$j >= 0 && column_$j <= last;
//# end
//# each c < 8
    var sum_$c = 0.0;
//# end
    var w_at = channel * params.kernel_rows * $(WIDTH)u;
    for (var i = 0u; i < params.kernel_rows; i++) {
        let row = first_row + i32(i * params.row_dilation);
        let is_row = row >= 0 && row < i32(params.in_rows);
        let start = x_start + u32(select(0, row, is_row)) * params.in_columns;
//# each j < COLUMNS
        let x_$j = select(0.0, x[start + at_$j], is_row && is_inside_$j);
//# end
//# each k < WIDTH
        let w_$k = weights[w_at + $(k)u];
//# end
//# each c < 8
//# each k < WIDTH
        sum_$c += x_$(c * STRIDE + k) * w_$k;
//# end
//# end
        w_at += $(WIDTH)u;
    }
    var added = 0.0;
    if ADDS_BIAS != 0u {
        added = bias[channel];
    }
    let y_start = (plane * params.out_rows + out_row) * params.out_columns;
//# each c < 8
    if out_column + $(c)u < params.out_columns {
        let at = y_start + out_column + $(c)u;
        y[at] = finish(sum_$c + added, at);
    }
//# end
}
