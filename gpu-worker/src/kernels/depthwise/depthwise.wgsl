// Convolution of each channel with filters of its own, over planes. One thread computes $(ROWS) rows by eight columns of the output, so that
// each element of the input is loaded once for all windows of the thread that it lies in. Filters are $(WIDTH) by $(WIDTH) and move by $(STRIDE).
// No loop surrounds that: what is loaded in one, drivers for CPUs keep in memory from round to round.

struct Params {
    // Threads that compute something.
    threads: u32,
    // Output channels, and how many there are for each input channel.
    channels: u32,
    multiplier: u32,
    in_rows: u32,
    in_columns: u32,
    // Elements from a row of the input to the next.
    in_pitch: u32,
    out_rows: u32,
    out_columns: u32,
    // Threads along the rows and the columns of a plane of the output.
    down: u32,
    across: u32,
    // Padding before the first row and column.
    row_pad: i32,
    column_pad: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;
@group(0) @binding(2) $VAR_weights;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Parameters are read before any branch: outside of branches one load serves all lanes of a CPU. Threads that are too many compute what
    // the last one does, and store nothing.
    let number = thread_number(id, groups);
    let threads = params.threads;
    let in_rows = i32(params.in_rows);
    let in_columns = i32(params.in_columns);
    let in_pitch = i32(params.in_pitch);
    let out_rows = params.out_rows;
    let out_columns = params.out_columns;
    let thread = min(number, threads - 1u);
    let out_column = thread % params.across * 8u;
    let block = thread / params.across;
    let out_row = block % params.down * $(ROWS)u;
    let plane = block / params.down;
    let channel = plane % params.channels;
    let x_start = i32(plane / params.multiplier) * in_rows * in_pitch;
    let first_row = i32(out_row * $(STRIDE)u) - params.row_pad;
    let first_column = i32(out_column * $(STRIDE)u) - params.column_pad;
//# each j < SPAN
    let is_inside_$j = first_column + $j >= 0 && first_column + $j < in_columns;
//# end
//# each s < LINES
    let row_$s = first_row + $s;
    let is_row_$s = row_$s >= 0 && row_$s < in_rows;
    let from_$s = x_start + row_$s * in_pitch + first_column;
//# span of x
//# each j < SPAN
    let x_$s_$j = select(0.0, element_$s_$j, is_row_$s && is_inside_$j);
//# end
//# end
    let from_w = i32(channel * $(WIDTH * WIDTH)u);
//# span of weights
    var added = 0.0;
    if ADDS_BIAS != 0u {
        added = bias[channel];
    }
    let y_start = (plane * out_rows + out_row) * out_columns + out_column;
    let rows = select(0u, min($(ROWS)u, out_rows - out_row), number < threads);
//# each r < ROWS
//# each c < 8
    var sum_$r_$c = 0.0;
//# each i < WIDTH
//# each k < WIDTH
    sum_$r_$c += x_$(r * STRIDE + i)_$(c * STRIDE + k) * element_w_$(i * WIDTH + k);
//# end
//# end
//# end
    let at_$r = y_start + $(r)u * out_columns;
    let first_$r = finished(vec4(sum_$r_0, sum_$r_1, sum_$r_2, sum_$r_3) + vec4(added), at_$r);
    let second_$r = finished(vec4(sum_$r_4, sum_$r_5, sum_$r_6, sum_$r_7) + vec4(added), at_$r + 4u);
    if $(r)u < rows {
        store(at_$r, out_columns - out_column, first_$r, second_$r);
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u {
        for (var r = 0u; r < rows; r++) {
            finish_stored(y_start + r * out_columns, out_columns - out_column);
        }
    }
}
