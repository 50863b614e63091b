        // Windows over few channels, by conv/few/windows.wgsl: rounds take a channel each.
        let first_line = known_row * $(STRIDE) - row_pad;
        let first_column = i32(known * $(8 * STRIDE)u) - column_pad;
        var x_start = i32(x_first);
//# each g < LOADS
        var w_at_$g = panel * rounds * $(TEXELS)u + min(lane + $(g * LANES)u, $(TEXELS)u - 1u);
//# end
