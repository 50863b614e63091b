// y = alpha * a . b + beta * c, for drivers that run a subgroup as one vector of a CPU, such as Mesa's llvmpipe.
//
// A workgroup is one subgroup of $(LANES) lanes; it computes $(ROWS) rows by eight columns a lane. There such a driver loads from buffers lane
// by lane in a loop, while texels are loaded and turned to vectors without one, and arithmetic and broadcasts take a cycle. So
// - operands are read as textures, four neighbouring floats a texel: of a row of b two by every lane, for its own eight columns;
// - a is loaded only once for all lanes, eight terms of $(ROWS) rows one after the other, and broadcast from there;
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
    var b_at = start.y + group.y * params.b_panel + 2u * min(lane, (params.n + 7u) / 8u - 1u - group.y * $(LANES)u);
//# each g < GROUPS
    let texel_$g = lane + $(g * LANES)u;
    var a_at_$g = start.x + row * params.a_later + min(texel_$g / 2u, params.m - 1u - row) * params.a_row + texel_$g % 2u;
//# end
//# each r < ROWS
    var first_$r = vec4(0.0);
    var second_$r = vec4(0.0);
//# end
    // Parameters that a loop or branch needs are read before it: outside of them one load serves all lanes.
    let steps = params.steps;
    let a_step = params.a_step;
    let b_row = params.b_row;
    for (var step = 0u; step < steps; step++) {
//# each g < GROUPS
        let a_$g = textureLoad(a, place(a_at_$g));
        a_at_$g += a_step;
//# end
//# each k < 8
        let first_b_$k = textureLoad(b, place(b_at));
        let second_b_$k = textureLoad(b, place(b_at + 1u));
        b_at += b_row;
//# end
//# each r < ROWS
//# each h < 2
//# each q < 4
        let a_$r_$h_$q = subgroupBroadcast(a_$(r * 2 + h / LANES)[$q], $(r * 2 + h % LANES)u);
        first_$r += a_$r_$h_$q * first_b_$(h * 4 + q);
        second_$r += a_$r_$h_$q * second_b_$(h * 4 + q);
//# end
//# end
//# end
    }
    // What there is to add to rows, loaded by one lane each.
//# each g < ROWGROUPS
    var own_c_$g = 0.0;
    if ADDS_C == 2u {
        let own_row = min(row + lane + $(g * LANES)u, params.m - 1u);
        own_c_$g = params.beta * c[params.c_start + own_row * params.c_row];
    }
//# end
//# each r < ROWS
    let row_c_$r = subgroupBroadcast(own_c_$(r / LANES), $(r % LANES)u);
//# end
