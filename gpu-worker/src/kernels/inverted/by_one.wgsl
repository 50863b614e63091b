        let is_done = stores && line >= 2u && first_row + line - 2u < out_rows;
        let out_row = min(first_row + max(line, 2u) - 2u, out_rows - 1u);
//# each r < ROWS
        let in_after_$r = select(0.0, subgroupShuffle(in_first_$r.x, after), has_after);
        let left_first_$r = vec4(in_before_$r, in_first_$r.xyz);
        let left_second_$r = vec4(in_first_$r.w, in_second_$r.xyz);
        let right_first_$r = vec4(in_first_$r.yzw, in_second_$r.x);
        let right_second_$r = vec4(in_second_$r.yzw, in_after_$r);
        let added_$r = vec4(subgroupBroadcast(own_bias_$(r / LANES), $(r % LANES)u));
        let at_$r = y_from + $(r)u * out_space + out_row * out_columns;
        let done_first_$r = finished(older_first_$r + w_$r_6 * left_first_$r + w_$r_7 * in_first_$r + w_$r_8 * right_first_$r + added_$r, at_$r);
        let done_second_$r = finished(older_second_$r + w_$r_6 * left_second_$r + w_$r_7 * in_second_$r + w_$r_8 * right_second_$r + added_$r, at_$r + 4u);
        if is_done {
            store(at_$r, left, done_first_$r, done_second_$r);
        }
        older_first_$r = newer_first_$r + w_$r_3 * left_first_$r + w_$r_4 * in_first_$r + w_$r_5 * right_first_$r;
        older_second_$r = newer_second_$r + w_$r_3 * left_second_$r + w_$r_4 * in_second_$r + w_$r_5 * right_second_$r;
        newer_first_$r = w_$r_0 * left_first_$r + w_$r_1 * in_first_$r + w_$r_2 * right_first_$r;
        newer_second_$r = w_$r_0 * left_second_$r + w_$r_1 * in_second_$r + w_$r_2 * right_second_$r;
//# end
    }
