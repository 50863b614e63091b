    // The $LENGTH neighbours in memory from `from_$NAME` on, loaded as whole vectors of four. What lies before the first element of all is
    // in no window.
    let is_odd_$NAME = (from_$NAME & 1i) != 0i;
    let is_half_$NAME = (from_$NAME & 2i) != 0i;
//# each l < $LOADS
    let loaded_$NAME_$l = $ARRAY[u32(max((from_$NAME >> 2u) + $(l)i, 0i))];
//# end
//# each e < $BY_TWO
    let by_two_$NAME_$e = select(loaded_$NAME_$(e / 4)[$(e % 4)], loaded_$NAME_$(e + 2 / 4)[$(e + 2 % 4)], is_half_$NAME);
//# end
//# each e < $LENGTH
    let element_$NAME_$e = select(by_two_$NAME_$e, by_two_$NAME_$(e + 1), is_odd_$NAME);
//# end
