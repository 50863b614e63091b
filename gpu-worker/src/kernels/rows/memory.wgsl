// Threads tell each other by shared memory.

// What `combined` makes of the parts of all threads; all of them must call it.
fn of_all(thread: u32, part: f32) -> f32 {
    return of_all_in_memory(thread, part);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    of_row(group_number(group, groups), thread);
}

