
// Whether results are finished after they were stored, or before.
override FINISHES: u32 = 0u;
override FINISHES_AT_ONCE: u32 = 0u;

fn finished(values: vec4<f32>, at: u32) -> vec4<f32> {
    if FINISHES_AT_ONCE == 0u {
        return values;
    }
    return finish_neighbours(values, at);
}
