// Whole numbers, and words of 32 bits.

// To the nearest integer, halfway to the even one. What is no number is no step, and no step has no sign.
fn element_whole(word: u32) -> u32 {
    let v = bitcast<f32>(word);
    return bitcast<u32>(select(0.0, round(v), abs(v) > 0.5));
}

fn element_integer(word: u32) -> u32 {
    return bitcast<u32>(i32(bitcast<f32>(word)));
}

// Both halves are exact, and so is their sum but for its rounding, which WGSL leaves open where an integer is converted.
fn element_of_integer(word: u32) -> u32 {
    return bitcast<u32>(f32(bitcast<i32>(word) >> 16u) * 65536.0 + f32(word & 0xffffu));
}

// 16 times the first and the second.
fn element_high_low(high: u32, low: u32) -> u32 {
    return bitcast<u32>(i32(bitcast<f32>(high)) * 16 + i32(bitcast<f32>(low)));
}
