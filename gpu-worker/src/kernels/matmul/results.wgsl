    let y_start = params.y_start + group.z * params.y_batch;
    let columns = vec4(column) + vec4(0u, 2u, 4u, 6u);
    var even_c = vec4(0.0);
    var odd_c = vec4(0.0);
    if ADDS_C == 1u {
        even_c = params.beta * of_columns(0u, columns);
        odd_c = params.beta * of_columns(0u, columns + vec4(1u));
    }
//# each r < ROWS
    if row + $(r)u < params.m && column < params.n {
        if ADDS_C == 2u {
            even_c = vec4(params.beta * c[params.c_start + (row + $(r)u) * params.c_row]);
            odd_c = even_c;
        } else if ADDS_C == 3u {
            even_c = params.beta * of_columns(row + $(r)u, columns);
            odd_c = params.beta * of_columns(row + $(r)u, columns + vec4(1u));
        }
        let even = params.alpha * even_$r + even_c;
        let odd = params.alpha * odd_$r + odd_c;
        let at = y_start + (row + $(r)u) * params.y_row + column;
        let first = finished(vec4(even.x, odd.x, even.y, odd.y), at);
        store(at, params.n - column, first, finished(vec4(even.z, odd.z, even.w, odd.w), at + 4u));
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
fn of_columns(row: u32, columns: vec4<u32>) -> vec4<f32> {
    let at = vec4(params.c_start + row * params.c_row) + min(columns, vec4(params.n - 1u)) * params.c_column;
    return vec4(c[at.x], c[at.y], c[at.z], c[at.w]);
}
