// Rounding to half precision of four words, as in rounding.wgsl of the unary kernel.

fn element_float16_four(words: vec4<u32>) -> vec4<u32> {
    let magnitude = words & vec4(0x7fffffffu);
    let near = (magnitude + vec4(0xfffu) + ((magnitude >> vec4(13u)) & vec4(1u))) & vec4(0xffffe000u);
    let small = bitcast<vec4<u32>>(round(bitcast<vec4<f32>>(magnitude) * 16777216.0) * 5.9604644775390625e-8);
    let finite = select(near, small, magnitude < vec4(0x38800000u));
    let rounded = select(finite, vec4(0x7f800000u), near >= vec4(0x47800000u));
    return (words & vec4(0x80000000u)) | select(rounded, magnitude, magnitude > vec4(0x7f800000u));
}

fn element_bfloat16_four(words: vec4<u32>) -> vec4<u32> {
    let magnitude = words & vec4(0x7fffffffu);
    let near = (magnitude + vec4(0x7fffu) + ((magnitude >> vec4(16u)) & vec4(1u))) & vec4(0xffff0000u);
    return (words & vec4(0x80000000u)) | select(near, magnitude, magnitude > vec4(0x7f800000u));
}
