// The elements of y from 4 i on are element_four(4 i), a function that is generated for each expression, see element/fours.rs.

struct Params {
    // Fours that are written.
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec2<u64>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Threads that are too many compute what the last one does: within a branch parameters would be loaded lane by lane.
    let i = thread_number(id, groups);
    let count = params.count;
    let four = element_four(4u * min(i, count - 1u));
    if i < count {
        // Two 64-bit words, as these drivers take as long for one as for a float.
        y[i] = vec2<u64>(four.xz) | (vec2<u64>(four.yw) << vec2(32u));
    }
}
