    // The $LENGTH neighbours in memory from `from_$NAME` on, loaded as whole eights. What lies before the first element of all is in no
    // window.
    let is_odd_$NAME = (from_$NAME & 1i) != 0i;
    let is_half_$NAME = (from_$NAME & 2i) != 0i;
    let is_late_$NAME = (from_$NAME & 4i) != 0i;
//# each l < $LOADS
    let loaded_$NAME_$l = $ARRAY[u32(max((from_$NAME >> 3u) + $(l)i, 0i))];
    let even_$NAME_$l = low(loaded_$NAME_$l);
    let odd_$NAME_$l = high(loaded_$NAME_$l);
//# each q < 4
    let raw_$NAME_$(l * 4 + q * 2) = even_$NAME_$l[$q];
    let raw_$NAME_$(l * 4 + q * 2 + 1) = odd_$NAME_$l[$q];
//# end
//# end
//# each e < $BY_FOUR
    let by_four_$NAME_$e = select(raw_$NAME_$e, raw_$NAME_$(e + 4), is_late_$NAME);
//# end
//# each e < $BY_TWO
    let by_two_$NAME_$e = select(by_four_$NAME_$e, by_four_$NAME_$(e + 2), is_half_$NAME);
//# end
//# each e < $LENGTH
    let element_$NAME_$e = select(by_two_$NAME_$e, by_two_$NAME_$(e + 1), is_odd_$NAME);
//# end
