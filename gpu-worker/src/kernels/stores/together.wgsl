
fn finish_neighbours(values: vec4<f32>, at: u32) -> vec4<f32> {
    return finish_vector(values, at);
}
