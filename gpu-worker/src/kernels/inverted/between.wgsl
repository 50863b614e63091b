        let is_second = is_row && is_whole;
//# each r < ROWS
        let in_first_$r = select(vec4(0.0), activated(first_$r, low, high), is_row);
        let in_second_$r = select(vec4(0.0), activated(second_$r, low, high), is_second);
        let in_before_$r = select(0.0, subgroupShuffle(in_second_$r.w, before), has_before);
//# each t < 9
        let w_$r_$t = subgroupBroadcast(own_channel_filters_$(r * 9 + t / 4 / LANES)[$(r * 9 + t % 4)], $(r * 9 + t / 4 % LANES)u);
//# end
//# end
