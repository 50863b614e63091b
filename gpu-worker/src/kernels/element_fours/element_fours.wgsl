// The elements of y from 4 i on are element_four(4 i), a function that is generated for each expression, see element/fours.rs.

struct Params {
    // Fours that are written.
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    y[i] = element_four(4u * i);
}
