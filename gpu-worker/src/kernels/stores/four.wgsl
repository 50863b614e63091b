
// Results of which every row is a whole number of vectors.
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// Stores eight neighbouring results, or the four that are left in their row.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    y[at / 4u] = first;
    if left > 4u {
        y[at / 4u + 1u] = second;
    }
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    finish_four(at);
    if left > 4u {
        finish_four(at + 4u);
    }
}

fn finish_four(at: u32) {
    let values = y[at / 4u];
    y[at / 4u] = vec4(finish(values.x, at), finish(values.y, at + 1u), finish(values.z, at + 2u), finish(values.w, at + 3u));
}
