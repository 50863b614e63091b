// Whole numbers, and words of 32 bits.

// To the nearest integer, halfway to the even one. What is no number is no step, and no step has no sign.
fn element_whole(word: u32) -> u32 {
    let magnitude = word & 0x7fffffffu;
    let is_step = magnitude > 0x3f000000u && magnitude <= 0x7f800000u;
    return select(0u, bitcast<u32>(round(bitcast<f32>(word))), is_step);
}

fn element_integer(word: u32) -> u32 {
    return bitcast<u32>(i32(bitcast<f32>(word)));
}

// Both halves are exact, and so is their sum but for its rounding, which WGSL leaves open where an integer is converted.
fn element_of_integer(word: u32) -> u32 {
    return bitcast<u32>(f32(bitcast<i32>(word) >> 16u) * 65536.0 + f32(word & 0xffffu));
}

fn element_integer_sum(x: u32, y: u32) -> u32 {
    return x + y;
}
