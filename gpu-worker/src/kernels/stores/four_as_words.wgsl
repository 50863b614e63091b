
// Results of which every row is a whole number of fours.
@group(0) @binding($BINDING) var<storage, read_write> y: array<vec2<u64>>;

// Stores eight neighbouring results, or the four that are left in their row.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    let words = eight_of(first, second);
    y[at / 4u] = words.xy;
    if left > 4u {
        y[at / 4u + 1u] = words.zw;
    }
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    y[at / 4u] = finished_words(at);
    if left > 4u {
        y[at / 4u + 1u] = finished_words(at + 4u);
    }
}

fn finished_words(at: u32) -> vec2<u64> {
    let words = y[at / 4u];
    let even = bitcast<vec2<f32>>(vec2<u32>(words));
    let odd = bitcast<vec2<f32>>(vec2<u32>(words >> vec2(32u)));
    let done = finish_vector(vec4(even.x, odd.x, even.y, odd.y), at);
    return eight_of(done, done).xy;
}
