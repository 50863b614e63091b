    let m = params.m;
    let n = params.n;
    let alpha = params.alpha;
    let y_row = params.y_row;
    let y_first = params.y_start + group.z * params.y_batch + row * y_row + column;
    var first_c = vec4(0.0);
    var second_c = vec4(0.0);
    if ADDS_C == 1u {
        first_c = params.beta * of_columns(0u, column);
        second_c = params.beta * of_columns(0u, column + 4u);
    }
//# each r < ROWS
    if ADDS_C == 2u {
        first_c = vec4(row_c_$r);
        second_c = first_c;
    } else if ADDS_C == 3u {
        first_c = params.beta * of_columns(row + $(r)u, column);
        second_c = params.beta * of_columns(row + $(r)u, column + 4u);
    }
    let at_$r = y_first + $(r)u * y_row;
    let done_first_$r = finished(alpha * first_$r + first_c, at_$r);
    let done_second_$r = finished(alpha * second_$r + second_c, at_$r + 4u);
    if row + $(r)u < m && column < n {
        store(at_$r, n - column, done_first_$r, done_second_$r);
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && column < n && row < m {
        let rows = min($(ROWS)u, m - row);
        for (var r = 0u; r < rows; r++) {
            finish_stored(y_first + r * y_row, n - column);
        }
    }
}

// The third operand in a row, at four columns.
fn of_columns(row: u32, column: u32) -> vec4<f32> {
    let columns = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u));
    let at = vec4(params.c_start + row * params.c_row) + columns * params.c_column;
    return vec4(c[at.x], c[at.y], c[at.z], c[at.w]);
}

