// For kernels of which a workgroup of 64 threads goes through one row by `of_row`; put after common.wgsl, and before what says how its
// threads tell each other of what they have: rows/memory.wgsl or rows/subgroups.wgsl.

// What each thread has, or each subgroup.
var<workgroup> parts: array<f32, 64>;

// The number of a workgroup in a grid that goes on along y when x is full.
fn group_number(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}

// What `combined` makes of the parts of all threads, in shared memory.
fn of_all_in_memory(thread: u32, part: f32) -> f32 {
    parts[thread] = part;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if thread < half {
            parts[thread] = combined(parts[thread], parts[thread + half]);
        }
        workgroupBarrier();
    }
    let result = parts[0];
    // Nobody may write before all have read.
    workgroupBarrier();
    return result;
}

