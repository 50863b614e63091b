
// Results of which every row is a whole number of pairs.
@group(0) @binding($BINDING) var<storage, read_write> y: array<u64>;

// Stores eight neighbouring results, or as many pairs as are left in their row.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    let words = eight_of(first, second);
    y[at / 2u] = words.x;
    if left > 2u { y[at / 2u + 1u] = words.y; }
    if left > 4u { y[at / 2u + 2u] = words.z; }
    if left > 6u { y[at / 2u + 3u] = words.w; }
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    for (var i = 0u; i < min(left, 8u); i += 2u) {
        let pair = unpack(y[(at + i) / 2u]);
        y[(at + i) / 2u] = pack(vec2(finish(pair.x, at + i), finish(pair.y, at + i + 1u)));
    }
}

fn unpack(word: u64) -> vec2<f32> {
    return bitcast<vec2<f32>>(vec2(u32(word), u32(word >> 32u)));
}

fn pack(pair: vec2<f32>) -> u64 {
    let bits = bitcast<vec2<u32>>(pair);
    return u64(bits.x) | (u64(bits.y) << 32u);
}
