
@group(0) @binding($BINDING) var<storage, read_write> y: array<f32>;

// Stores eight neighbouring results, or as many as are left in their row.
fn store(at: u32, left: u32, first: vec4<f32>, second: vec4<f32>) {
    y[at] = first.x;
    if left > 1u { y[at + 1u] = first.y; }
    if left > 2u { y[at + 2u] = first.z; }
    if left > 3u { y[at + 3u] = first.w; }
    if left > 4u { y[at + 4u] = second.x; }
    if left > 5u { y[at + 5u] = second.y; }
    if left > 6u { y[at + 6u] = second.z; }
    if left > 7u { y[at + 7u] = second.w; }
}

// Finishes what was stored.
fn finish_stored(at: u32, left: u32) {
    for (var i = 0u; i < min(left, 8u); i++) {
        y[at + i] = finish(y[at + i], at + i);
    }
}
