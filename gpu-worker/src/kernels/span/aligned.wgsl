    // The $LENGTH neighbours in memory from `from_$NAME` on, which is a multiple of four, loaded as whole vectors of four. What lies before the
    // first element of all is in no window.
//# each l < $LOADS
    let loaded_$NAME_$l = $OPENu32(max((from_$NAME >> 2u) + $(l)i, 0i))$CLOSE;
//# end
//# each e < $LENGTH
    let element_$NAME_$e = loaded_$NAME_$(e / 4)[$(e % 4)];
//# end
