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
@group(0) @binding(1) var<storage, read> x: array<$WHOLE_x>;
@group(0) @binding(2) var<storage, read> weights: array<$WHOLE_weights>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;
// Whether results are finished after they were stored, or before.
override FINISHES: u32 = 0u;
override FINISHES_AT_ONCE: u32 = 0u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    if thread >= params.threads { return; }
    let out_column = thread % params.across * 8u;
    let block = thread / params.across;
    let out_row = block % params.down * $(ROWS)u;
    let plane = block / params.down;
    let channel = plane % params.channels;
    let x_start = plane / params.multiplier * params.in_rows * params.in_columns;
    let first_row = i32(out_row * $(STRIDE)u) - params.row_pad;
    let first_column = i32(out_column * $(STRIDE)u) - params.column_pad;
    let last = i32(params.in_columns) - 1;
//# each j < SPAN
    let is_inside_$j = first_column + $j >= 0 && first_column + $j <= last;
//# end
//# each s < LINES
    let row_$s = first_row + $s;
    let is_row_$s = row_$s >= 0 && row_$s < i32(params.in_rows);
    let from_$s = i32(x_start) + row_$s * i32(params.in_columns) + first_column;
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
    let y_start = (plane * params.out_rows + out_row) * params.out_columns + out_column;
//# each r < ROWS
    if out_row + $(r)u < params.out_rows {
//# each c < 8
        var sum_$c = 0.0;
//# each i < WIDTH
//# each k < WIDTH
        sum_$c += x_$(r * STRIDE + i)_$(c * STRIDE + k) * element_w_$(i * WIDTH + k);
//# end
//# end
//# end
        let at = y_start + $(r)u * params.out_columns;
        let first = vec4(sum_0, sum_1, sum_2, sum_3) + vec4(added);
        let second = vec4(sum_4, sum_5, sum_6, sum_7) + vec4(added);
        store(at, params.out_columns - out_column, finished(first, at), finished(second, at + 4u));
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u {
        let rows = min($(ROWS)u, params.out_rows - out_row);
        for (var r = 0u; r < rows; r++) {
            finish_stored(y_start + r * params.out_columns, params.out_columns - out_column);
        }
    }
}

fn finished(values: vec4<f32>, at: u32) -> vec4<f32> {
    if FINISHES_AT_ONCE == 0u {
        return values;
    }
    return finish_neighbours(values, at);
}
