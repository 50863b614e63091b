    // Biases, loaded by one lane each.
//# each g < ROWGROUPS
    var own_bias_$g = 0.0;
    if ADDS_BIAS != 0u {
        own_bias_$g = bias[first_channel + min(lane + $(g * LANES)u, $(ROWS)u - 1u)];
    }
//# end
//# each r < ROWS
    let bias_$r = subgroupBroadcast(own_bias_$(r / LANES), $(r % LANES)u);
//# end
    let plane = out_rows * out_columns;
    let y_start = (sample * params.out_channels + first_channel) * plane + out_row * out_columns + out_column;
    let is_own = number < eights;
//# each r < ROWS
    let at_$r = y_start + $(r)u * plane;
    let done_first_$r = finished(first_$r + vec4(bias_$r), at_$r);
    let done_second_$r = finished(second_$r + vec4(bias_$r), at_$r + 4u);
    if is_own {
        store(at_$r, out_columns - out_column, done_first_$r, done_second_$r);
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && is_own {
        for (var r = 0u; r < $(ROWS)u; r++) {
            finish_stored(y_start + r * plane, out_columns - out_column);
        }
    }
}
