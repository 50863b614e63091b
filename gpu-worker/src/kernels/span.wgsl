    // The $(SPAN) neighbours in memory from `from_$s` on, loaded as whole vectors of four. What lies before the first element of all is
    // in no window.
    let is_odd_$s = (from_$s & 1i) != 0i;
    let is_half_$s = (from_$s & 2i) != 0i;
//# each l < LOADS
    let loaded_$s_$l = x[u32(max((from_$s >> 2u) + $(l)i, 0i))];
//# end
//# each e < SHIFTED
    let shifted_$s_$e = select(loaded_$s_$(e / 4)[$(e % 4)], loaded_$s_$(e + 1 / 4)[$(e + 1 % 4)], is_odd_$s);
//# end
//# each e < SPAN
    let element_$s_$e = select(shifted_$s_$e, shifted_$s_$(e + 2), is_half_$s);
//# end
