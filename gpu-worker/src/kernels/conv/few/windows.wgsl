    // Adds up the windows whose first row and column are `first_line` and `first_column` of the planes from `x_start` on, round by round.
//# each j < SPAN
    let is_inside_$j = first_column + $j >= 0 && first_column + $j < in_columns;
//# end
    var done = 0i;
    for (var round = 0u; round < rounds; round++) {
//# each s < LINES
        let line_$s = first_line + done + $s;
        let is_line_$s = line_$s >= 0 && line_$s < in_rows;
        let from_$s = x_start + line_$s * in_pitch + first_column;
//# span of x
//# each j < SPAN
        let x_$s_$j = select(0.0, element_$s_$j, is_line_$s && is_inside_$j);
//# end
//# end
        done += $(LINES);
        x_start += select(0, space, done == $(HEIGHT));
        done = select(done, 0, done == $(HEIGHT));
//# each g < LOADS
        let w_$g = textureLoad(filters, place(w_at_$g));
        w_at_$g += $(TEXELS)u;
//# end
//# each s < LINES
//# each k < WIDTH
        let left_$s_$k = vec4(x_$s_$k, x_$s_$(STRIDE + k), x_$s_$(2 * STRIDE + k), x_$s_$(3 * STRIDE + k));
        let right_$s_$k = vec4(x_$s_$(4 * STRIDE + k), x_$s_$(5 * STRIDE + k), x_$s_$(6 * STRIDE + k), x_$s_$(7 * STRIDE + k));
//# end
//# end
//# each q < QUARTERS
//# each e < 4
//# each s < LINES
//# each k < WIDTH
        let w_$q_$e_$s_$k = subgroupBroadcast(w_$(s * WIDTH + k * QUARTERS + q / LANES)[$e], $(s * WIDTH + k * QUARTERS + q % LANES)u);
        first_$(q * 4 + e) += w_$q_$e_$s_$k * left_$s_$k;
        second_$(q * 4 + e) += w_$q_$e_$s_$k * right_$s_$k;
//# end
//# end
//# end
//# end
    }
