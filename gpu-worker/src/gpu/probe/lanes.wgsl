// Writes the lane of each thread, the size and the number of its subgroup, and how many subgroups there are.

@group(0) @binding(0) var<storage, read_write> lanes: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) size: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    lanes[thread] = vec4(lane, size, subgroup, subgroups);
}
