fn element_binary_four(op: u32, x: vec4<u32>, y: vec4<u32>) -> vec4<u32> {
    return vec4(
        element_binary(op, x.x, y.x),
        element_binary(op, x.y, y.y),
        element_binary(op, x.z, y.z),
        element_binary(op, x.w, y.w),
    );
}
