
// Results of which every row is a whole number of eights.
@group(0) @binding(4) var<storage, read_write> y: array<vec4<u64>>;

// Stores eight neighbouring results.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    y[at / 8u] = eight_of(first, second);
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    let even = low(y[at / 8u]);
    let odd = high(y[at / 8u]);
    let first = vec4(finish(even.x, at), finish(odd.x, at + 1u), finish(even.y, at + 2u), finish(odd.y, at + 3u));
    let second = vec4(finish(even.z, at + 4u), finish(odd.z, at + 5u), finish(even.w, at + 6u), finish(odd.w, at + 7u));
    y[at / 8u] = eight_of(first, second);
}
