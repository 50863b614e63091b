// y = alpha * a . b + beta * c, for drivers that run a subgroup as one vector of a CPU, such as Mesa's llvmpipe.
//
// A workgroup is one subgroup of $(LANES) lanes; it computes $(ROWS) rows by eight columns a lane. There such a driver loads from memory lane
// by lane, at a price for each load that hardly depends on its width, while arithmetic and broadcasts take a cycle. So
// - eight neighbouring floats are loaded as four 64-bit words: of a row of b by every lane, for its own columns;
// - a is loaded only once for all lanes, eight terms of row `lane` by each, and broadcast from there;
// - everything is written out, so that sums stay in registers or on the stack, and one round of the loop does much.
// Rows of a and b start at multiples of eight elements, and `steps` covers k; matmul/lanes.rs sees to it by packing. The columns of b that
// a workgroup reads may lie together in a panel of their own, and so may its rows of a, eight terms of each after the other: what is whole
// pages apart misses the caches, and what follows in memory is there before it is asked for.

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x * $(ROWS)u;
    let column = (group.y * $(LANES)u + lane) * 8u;
    let start = starts(group.z);
    // Beyond the edge the last row or columns are computed again, and not stored.
    var b_at = start.y + group.y * params.b_panel + min(lane, (params.n + 7u) / 8u - 1u - group.y * $(LANES)u);
//# each g < GROUPS
    var a_at_$g = start.x + row * params.a_later + min($(g * LANES)u + lane, params.m - 1u - row) * params.a_row;
//# end
//# each r < ROWS
    var even_$r = vec4(0.0);
    var odd_$r = vec4(0.0);
//# end
    for (var step = 0u; step < params.steps; step++) {
//# each g < GROUPS
        let a_$g = a[a_at_$g];
        let a_$g_0 = low(a_$g);
        let a_$g_1 = high(a_$g);
        a_at_$g += params.a_step;
//# end
//# each q < 4
//# each h < 2
        let b_$q_$h = b[b_at];
        let even_b_$q_$h = low(b_$q_$h);
        let odd_b_$q_$h = high(b_$q_$h);
        b_at += params.b_row;
//# end
//# end
//# each r < ROWS
//# each q < 4
//# each h < 2
        let a_$r_$q_$h_all = subgroupBroadcast(a_$(r / LANES)_$h[$q], $(r % LANES)u);
        even_$r += a_$r_$q_$h_all * even_b_$q_$h;
        odd_$r += a_$r_$q_$h_all * odd_b_$q_$h;
//# end
//# end
//# end
    }
