
// Results of which every row is a whole number of eights.
@group(0) @binding($BINDING) var<storage, read_write> y: array<vec4<u64>>;

// Stores eight neighbouring results.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    y[at / 8u] = eight_of(first, second);
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    let even = low(y[at / 8u]);
    let odd = high(y[at / 8u]);
    let first = finish_vector(vec4(even.x, odd.x, even.y, odd.y), at);
    let second = finish_vector(vec4(even.z, odd.z, even.w, odd.w), at + 4u);
    y[at / 8u] = eight_of(first, second);
}
