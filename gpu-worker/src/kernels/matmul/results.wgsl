    let y_start = params.y_start + group.z * params.y_batch;
    var first_c = vec4(0.0);
    var second_c = vec4(0.0);
    if ADDS_C == 1u {
        first_c = params.beta * of_columns(0u, column);
        second_c = params.beta * of_columns(0u, column + 4u);
    }
//# each r < ROWS
    if row + $(r)u < params.m && column < params.n {
        if ADDS_C == 2u {
            first_c = vec4(params.beta * c[params.c_start + (row + $(r)u) * params.c_row]);
            second_c = first_c;
        } else if ADDS_C == 3u {
            first_c = params.beta * of_columns(row + $(r)u, column);
            second_c = params.beta * of_columns(row + $(r)u, column + 4u);
        }
        let at = y_start + (row + $(r)u) * params.y_row + column;
        let first = finished(params.alpha * first_$r + first_c, at);
        store(at, params.n - column, first, finished(params.alpha * second_$r + second_c, at + 4u));
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && column < params.n && row < params.m {
        let rows = min($(ROWS)u, params.m - row);
        for (var r = 0u; r < rows; r++) {
            finish_stored(y_start + (row + r) * params.y_row + column, params.n - column);
        }
    }
}

fn finished(values: vec4<f32>, at: u32) -> vec4<f32> {
    if FINISHES_AT_ONCE == 0u {
        return values;
    }
    return finish_neighbours(values, at);
}

// The third operand in a row, at four columns.
fn of_columns(row: u32, column: u32) -> vec4<f32> {
    let columns = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u));
    let at = vec4(params.c_start + row * params.c_row) + columns * params.c_column;
    return vec4(c[at.x], c[at.y], c[at.z], c[at.w]);
}

