    // The $LENGTH neighbours in memory from `from_$NAME` on, each by itself.
//# each e < $LENGTH
    let element_$NAME_$e = $ARRAY[u32(from_$NAME + $(e)i)];
//# end
