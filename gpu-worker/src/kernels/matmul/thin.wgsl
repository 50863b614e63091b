// What lanes.wgsl does, for the few columns that whole workgroups of it leave over, where most lanes would compute nothing: here each lane
// computes $(ROWS) rows of its own by eight columns that all share. Rows of a lie in panels of $(ROWS). Of b each of eight lanes loads one
// row, and all broadcast it.

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let m = params.m;
    let n = params.n;
    let y_row = params.y_row;
    let first_tile = group.x * $(LANES)u;
    let column = group.y * 8u;
    let start = starts(group.z);
    // Beyond the edge the last rows are computed again.
    let last_row = $(ROWS)u - 1u;
    let own_tile = min(lane, (m - 1u) / $(ROWS)u - first_tile);
    let is_within = lane == own_tile;
    let row = (first_tile + own_tile) * $(ROWS)u;
    var a_at = start.x + row * params.a_later;
    var b_at = start.y + group.y * params.b_panel + min(lane, 7u) * params.b_row;
//# each r < ROWS
    var sum_$r_0 = vec4(0.0);
    var sum_$r_1 = vec4(0.0);
//# end
    let steps = params.steps;
    let a_step = params.a_step;
    let a_row = params.a_row;
    let eight_rows = 8u * params.b_row;
    for (var step = 0u; step < steps; step++) {
        let own_first = textureLoad(b, place(b_at));
        let own_second = textureLoad(b, place(b_at + 1u));
        b_at += eight_rows;
//# each k < 8
        let first_b_$k = subgroupBroadcast(own_first, $(k)u);
        let second_b_$k = subgroupBroadcast(own_second, $(k)u);
//# end
//# each r < ROWS
//# each h < 2
        let a_$r_$h = textureLoad(a, place(a_at + $(r)u * a_row + $(h)u));
//# each q < 4
        sum_$r_0 += a_$r_$h[$q] * first_b_$(h * 4 + q);
        sum_$r_1 += a_$r_$h[$q] * second_b_$(h * 4 + q);
//# end
//# end
//# end
        a_at += a_step;
    }
//# each r < ROWS
    var row_c_$r = 0.0;
    if ADDS_C == 2u {
        row_c_$r = params.beta * c[params.c_start + (row + $(r)u) * params.c_row];
    }
//# end
