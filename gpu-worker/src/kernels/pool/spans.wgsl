// The greatest element of each window over planes, for drivers that run a subgroup as one vector of a CPU. One thread computes $(ROWS) rows by
// eight columns of the output, from rows of the input that it loads as wholes. Windows are $(WIDTH) by $(WIDTH), move by $(STRIDE), and each
// holds an element.

struct Params {
    // Threads that compute something.
    threads: u32,
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
    // What padding counts as: less than every element.
    least: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Parameters are read before any branch, and threads that are too many compute what the last one does, see depthwise.wgsl.
    let number = thread_number(id, groups);
    let threads = params.threads;
    let size = vec2(i32(params.in_rows), i32(params.in_columns));
    let out_rows = params.out_rows;
    let out_columns = params.out_columns;
    let least = params.least;
    let thread = min(number, threads - 1u);
    let out_column = thread % params.across * 8u;
    let block = thread / params.across;
    let out_row = block % params.down * $(ROWS)u;
    let plane = block / params.down;
    let row = i32(out_row * $(STRIDE)u) - params.row_pad;
    let column = i32(out_column * $(STRIDE)u) - params.column_pad;
//# each j < SPAN
    let is_column_$j = column + $(j)i >= 0i && column + $(j)i < size.y;
//# end
    // The greatest of each row of a window.
//# each s < LINES
    let is_row_$s = row + $(s)i >= 0i && row + $(s)i < size.x;
    let from_$s = (i32(plane) * size.x + row + $(s)i) * size.y + column;
//# span of x
//# each j < SPAN
    let x_$s_$j = select(least, element_$s_$j, is_row_$s && is_column_$j);
//# end
//# each c < 8
    let greatest_$s_$c_0 = x_$s_$(c * STRIDE);
//# each k < OTHERS
    let greatest_$s_$c_$(k + 1) = greater(greatest_$s_$c_$k, x_$s_$(c * STRIDE + k + 1));
//# end
//# end
//# end
    let y_start = (plane * out_rows + out_row) * out_columns + out_column;
    let rows = select(0u, min($(ROWS)u, out_rows - out_row), number < threads);
//# each r < ROWS
//# each c < 8
    var result_$r_$c = greatest_$(r * STRIDE)_$c_$(OTHERS);
//# each i < OTHERS
    result_$r_$c = greater(result_$r_$c, greatest_$(r * STRIDE + i + 1)_$c_$(OTHERS));
//# end
//# end
    let at_$r = y_start + $(r)u * out_columns;
    let first_$r = finished(vec4(result_$r_0, result_$r_1, result_$r_2, result_$r_3), at_$r);
    let second_$r = finished(vec4(result_$r_4, result_$r_5, result_$r_6, result_$r_7), at_$r + 4u);
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

// A NaN is greater than all else.
fn greater(a: f32, b: f32) -> f32 {
    return select(a, b, (b > a) || is_nan(b));
}
