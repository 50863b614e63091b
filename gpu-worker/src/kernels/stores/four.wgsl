
// Results of which every row is a whole number of vectors.
@group(0) @binding($BINDING) var<storage, read_write> y: array<vec4<f32>>;

// Stores eight neighbouring results, or the four that are left in their row.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    y[at / 4u] = first;
    if left > 4u {
        y[at / 4u + 1u] = second;
    }
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    y[at / 4u] = finish_vector(y[at / 4u], at);
    if left > 4u {
        y[at / 4u + 1u] = finish_vector(y[at / 4u + 1u], at + 4u);
    }
}
