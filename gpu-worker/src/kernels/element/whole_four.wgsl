// The same of four words.

fn element_whole_four(words: vec4<u32>) -> vec4<u32> {
    let magnitudes = words & vec4(0x7fffffffu);
    let are_steps = (magnitudes > vec4(0x3f000000u)) & (magnitudes <= vec4(0x7f800000u));
    return select(vec4(0u), bitcast<vec4<u32>>(round(bitcast<vec4<f32>>(words))), are_steps);
}

fn element_integer_four(words: vec4<u32>) -> vec4<u32> {
    return bitcast<vec4<u32>>(vec4<i32>(bitcast<vec4<f32>>(words)));
}

fn element_of_integer_four(words: vec4<u32>) -> vec4<u32> {
    let upper = vec4<f32>(bitcast<vec4<i32>>(words) >> vec4(16u));
    return bitcast<vec4<u32>>(upper * 65536.0 + vec4<f32>(words & vec4(0xffffu)));
}

fn element_integer_sum_four(x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
    return x + y;
}
