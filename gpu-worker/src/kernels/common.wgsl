// Shared by every kernel; put before its own source.

// The number of a thread in a grid that goes on along y when x is full.
fn thread_number(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.y * groups.x * 64u + id.x;
}

// Whether a number is none. Comparisons cannot tell: compilers take `v != v` to be false.
fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

