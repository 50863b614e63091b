fn element_steps_four(x: vec4<u32>, by: vec4<u32>) -> vec4<u32> {
    return vec4(element_steps(x.x, by.x), element_steps(x.y, by.y), element_steps(x.z, by.z), element_steps(x.w, by.w));
}

fn element_scale_four(ranges: vec4<u32>) -> vec4<u32> {
    return vec4(element_scale(ranges.x), element_scale(ranges.y), element_scale(ranges.z), element_scale(ranges.w));
}
