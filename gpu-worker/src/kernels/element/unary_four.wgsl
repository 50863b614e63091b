fn element_unary_four(op: u32, words: vec4<u32>, a: f32, b: f32) -> vec4<u32> {
    return vec4(
        element_unary(op, words.x, a, b),
        element_unary(op, words.y, a, b),
        element_unary(op, words.z, a, b),
        element_unary(op, words.w, a, b),
    );
}
