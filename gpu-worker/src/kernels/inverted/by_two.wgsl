        // Every other row is the last of a row of the output and the first of the next one.
        let is_last = line % 2u == 0u;
        let is_done = stores && is_last && line >= 2u && first_row + line / 2u - 1u < out_rows;
        let out_row = min(first_row + max(line / 2u, 1u) - 1u, out_rows - 1u);
//# each r < ROWS
        let left_$r = vec4(in_before_$r, in_first_$r.yw, in_second_$r.y);
        let center_$r = vec4(in_first_$r.xz, in_second_$r.xz);
        let right_$r = vec4(in_first_$r.yw, in_second_$r.yw);
        let added_$r = vec4(subgroupBroadcast(own_bias_$(r / LANES), $(r % LANES)u));
        let at_$r = y_from + $(r)u * out_space + out_row * out_columns;
        let done_$r = finished(older_first_$r + w_$r_6 * left_$r + w_$r_7 * center_$r + w_$r_8 * right_$r + added_$r, at_$r);
        if is_done {
            store(at_$r, min(left, 4u), done_$r, done_$r);
        }
        older_first_$r = select(older_first_$r, vec4(0.0), is_last)
            + select(w_$r_3, w_$r_0, is_last) * left_$r
            + select(w_$r_4, w_$r_1, is_last) * center_$r
            + select(w_$r_5, w_$r_2, is_last) * right_$r;
//# end
    }
