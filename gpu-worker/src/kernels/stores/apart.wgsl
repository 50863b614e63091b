
fn finish_neighbours(values: vec4<f32>, at: u32) -> vec4<f32> {
    return vec4(finish(values.x, at), finish(values.y, at + 1u), finish(values.z, at + 2u), finish(values.w, at + 3u));
}
