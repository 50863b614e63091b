// Writes the lane of each thread and the size of its subgroup.

@group(0) @binding(0) var<storage, read_write> lanes: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) size: u32,
) {
    lanes[thread] = vec2(lane, size);
}
