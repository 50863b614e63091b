    let alpha = params.alpha;
    let y_first = params.y_start + group.z * params.y_batch + row * y_row + column;
//# each f < FOURS
    var added_$f = vec4(0.0);
    if ADDS_C == 1u {
        added_$f = params.beta * of_columns(0u, column + $(f * 4)u);
    }
//# end
    // What is beyond an edge is the last there is once more.
//# each r < ROWS
    let row_$r = min($(r)u, last_row);
    let at_$r = y_first + row_$r * y_row;
//# each f < FOURS
    if ADDS_C == 2u {
        added_$f = vec4(row_c_$r);
    } else if ADDS_C == 3u {
        added_$f = params.beta * of_columns(row + row_$r, column + $(f * 4)u);
    }
    let done_$r_$f = finished(alpha * sum_$r_$f + added_$f, at_$r + $(f * 4)u);
//# end
    if !stores_straight() && is_within && $(r)u <= last_row {
        store(at_$r, min(n - column, $(FOURS * 4)u), done_$r_0, done_$r_$(FOURS / 2));
    }
//# each straight < STRAIGHT
    if stores_straight() {
        // All lanes store what each of them has, one lane's after the other's, and what is there twice to where it is already.
//# each e < PARTS
        let first_$r_$e = part(done_$r_0, done_$r_$(FOURS / 2), 0u);
        let part_$r_$e = select(first_$r_$e, part(done_$r_0, done_$r_$(FOURS / 2), $(e)u), $(e)u < own_parts);
//# end
//# each l < LANES
//# each e < PARTS
        y[place_of_row_$r + place_of_lane_$l_$e] = subgroupBroadcast(part_$r_$e, $(l)u);
//# end
//# end
    }
//# end
//# end
    // What is long to write out is done in a loop, from where results were stored, by lanes that are within the edges.
    if FINISHES != 0u && is_within {
        for (var r = 0u; r <= last_row; r++) {
            finish_stored(y_first + r * y_row, min(n - column, $(FOURS * 4)u));
        }
    }
}

// The third operand in a row, at four columns.
fn of_columns(row: u32, column: u32) -> vec4<f32> {
    let columns = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u));
    let at = vec4(params.c_start + row * params.c_row) + columns * params.c_column;
    return vec4(c[at.x], c[at.y], c[at.z], c[at.w]);
}
