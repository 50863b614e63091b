        // Products of pixels, as in matmul/lanes.wgsl: rounds take eight channels, of which the filters hold eight terms of each row after the other.
        let to_second = select(0u, 1u, is_whole);
        let plane = u32(space) / 4u;
        var x_at = (x_first + u32(known_row * in_pitch)) / 4u + 2u * known;
//# each g < GROUPS
        var a_at_$g = panel * rounds * $(ROWS * 2)u + min(lane + $(g * LANES)u, $(ROWS * 2)u - 1u);
//# end
        for (var round = 0u; round < rounds; round++) {
//# each g < GROUPS
            let a_$g = textureLoad(filters, place(a_at_$g));
            a_at_$g += $(ROWS * 2)u;
//# end
//# each k < 8
            let first_b_$k = textureLoad(x, place(x_at));
            let second_b_$k = textureLoad(x, place(x_at + to_second));
            x_at += plane;
//# end
//# each r < ROWS
//# each h < 2
//# each q < 4
            let a_$r_$h_$q = subgroupBroadcast(a_$(r * 2 + h / LANES)[$q], $(r * 2 + h % LANES)u);
            first_$r += a_$r_$h_$q * first_b_$(h * 4 + q);
            second_$r += a_$r_$h_$q * second_b_$(h * 4 + q);
//# end
//# end
//# end
        }
