// Threads of a subgroup tell each other directly, and subgroups by shared memory: two barriers in place of eight.

// The thread's place in its subgroup, that one's number, and how many there are of so many threads.
var<private> lane: u32;
var<private> subgroup: u32;
var<private> subgroups: u32;
var<private> lanes: u32;

// What `combined` makes of the parts of all threads; all of them must call it.
fn of_all(thread: u32, part: f32) -> f32 {
    // A subgroup whose threads went through more or fewer elements is together again, and all have read what was written before.
    workgroupBarrier();
    if subgroups * lanes != 64u {
        // One is not full, and what a thread would be told by one that is not there is anything.
        return of_all_in_memory(thread, part);
    }
    var own = part;
    for (var apart = lanes / 2u; apart > 0u; apart /= 2u) {
        own = combined(own, subgroupShuffleXor(own, apart));
    }
    if lane == 0u {
        parts[subgroup] = own;
    }
    workgroupBarrier();
    var result = parts[0];
    for (var i = 1u; i < subgroups; i++) {
        result = combined(result, parts[i]);
    }
    return result;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_invocation_id) own_lane: u32,
    @builtin(subgroup_id) own_subgroup: u32,
    @builtin(num_subgroups) all_subgroups: u32,
    @builtin(subgroup_size) all_lanes: u32,
) {
    lane = own_lane;
    subgroup = own_subgroup;
    subgroups = all_subgroups;
    lanes = all_lanes;
    of_row(group_number(group, groups), thread);
}

