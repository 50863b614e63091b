// What lanes.wgsl does, for the few columns that whole workgroups of it leave over, where most lanes would compute nothing: here each lane
// computes $(ROWS) rows of its own by eight columns that all share. Rows of a lie in panels of $(ROWS). Of b each of eight lanes loads one
// row, and all broadcast it.

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let tile = group.x * $(LANES)u + lane;
    let row = tile * $(ROWS)u;
    let column = group.y * 8u;
    let start = starts(group.z);
    // Beyond the edge the last rows are computed again, and not stored.
    var a_at = start.x + min(tile, (params.m - 1u) / $(ROWS)u) * $(ROWS)u * params.a_later;
    var b_at = start.y + group.y * params.b_panel + min(lane, 7u) * params.b_row;
//# each r < ROWS
    var even_$r = vec4(0.0);
    var odd_$r = vec4(0.0);
//# end
    for (var step = 0u; step < params.steps; step++) {
        let b_own = b[b_at];
        b_at += 8u * params.b_row;
//# each q < 4
//# each h < 2
        let even_b_$q_$h = subgroupBroadcast(low(b_own), $(q * 2 + h)u);
        let odd_b_$q_$h = subgroupBroadcast(high(b_own), $(q * 2 + h)u);
//# end
//# end
//# each r < ROWS
        let a_$r = a[a_at + $(r)u * params.a_row];
        let a_$r_0 = low(a_$r);
        let a_$r_1 = high(a_$r);
//# each q < 4
//# each h < 2
        even_$r += a_$r_$h[$q] * even_b_$q_$h;
        odd_$r += a_$r_$h[$q] * odd_b_$q_$h;
//# end
//# end
//# end
        a_at += params.a_step;
    }
