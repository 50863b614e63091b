// Functions of four words that are little code, as in functions.wgsl of the unary kernel.

fn element_are_nan(words: vec4<u32>) -> vec4<bool> {
    return (words & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

fn element_relu_four(words: vec4<u32>) -> vec4<u32> {
    let v = bitcast<vec4<f32>>(words);
    return bitcast<vec4<u32>>(select(max(v, vec4(0.0)), v, element_are_nan(words)));
}

fn element_clip_four(words: vec4<u32>, a: f32, b: f32) -> vec4<u32> {
    let v = bitcast<vec4<f32>>(words);
    return bitcast<vec4<u32>>(select(min(max(v, vec4(a)), vec4(b)), v, element_are_nan(words)));
}
