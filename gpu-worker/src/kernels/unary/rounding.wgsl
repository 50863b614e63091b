// Rounding to half precision, apart from other functions: what is rounded alone takes no more code.

// The nearest number of half precision, halfway to the even one. By integers but for numbers below the normal ones, which lie 2^-24
// apart: WGSL's own conversions may drop those, and their direction of rounding is the driver's.
fn element_float16(word: u32) -> u32 {
    let magnitude = word & 0x7fffffffu;
    let near = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
    let small = bitcast<u32>(round(bitcast<f32>(magnitude) * 16777216.0) * 5.9604644775390625e-8);
    let finite = select(near, small, magnitude < 0x38800000u);
    let rounded = select(finite, 0x7f800000u, near >= 0x47800000u);
    return (word & 0x80000000u) | select(rounded, magnitude, magnitude > 0x7f800000u);
}

// The nearest number that has no more than the upper half of the bits, halfway to the even one.
fn element_bfloat16(word: u32) -> u32 {
    let magnitude = word & 0x7fffffffu;
    let near = (magnitude + 0x7fffu + ((magnitude >> 16u) & 1u)) & 0xffff0000u;
    return (word & 0x80000000u) | select(near, magnitude, magnitude > 0x7f800000u);
}

