// For kernels of which a workgroup of 64 threads goes through one row; put after common.wgsl.

var<workgroup> parts: array<f32, 64>;

// The number of a workgroup in a grid that goes on along y when x is full.
fn group_number(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}

// What `combined` makes of the parts of all threads; all of them must call it.
fn of_all(thread: u32, part: f32) -> f32 {
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

