// y = alpha * a . b + beta * c, for drivers that run a subgroup as one vector of a CPU, such as Mesa's llvmpipe.
//
// A workgroup is one subgroup of $(LANES) lanes; it computes $(ROWS) rows by $(FOURS * 4) columns a lane. There such a driver loads from buffers lane
// by lane in a loop, while texels are loaded and turned to vectors without one, and arithmetic and broadcasts take a cycle. So
// - operands are read as textures, four neighbouring floats a texel: of a row of b every lane loads its own columns;
// - a is loaded only once for all lanes, eight terms of $(ROWS) rows one after the other, and broadcast from there;
// - everything is written out, so that sums stay in registers or on the stack, and one round of the loop does much.
// Rows of a and b start at whole texels, and `steps` covers k; matmul/lanes.rs sees to it by packing. The columns of b that
// a workgroup reads may lie together in a panel of their own, and so may its rows of a, eight terms of each after the other: what is whole
// pages apart misses the caches, and what follows in memory is there before it is asked for.

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let m = params.m;
    let n = params.n;
    let y_row = params.y_row;
    let row = group.x * $(ROWS)u;
    let first_lane = group.y * $(LANES)u;
    let start = starts(group.z);
    // Beyond the edge the last row or columns are computed again.
    let last_row = min(m - 1u - row, $(ROWS)u - 1u);
    let own_lane = min(lane, (n - 1u) / $(FOURS * 4)u - first_lane);
    let is_within = lane == own_lane;
    let column = (first_lane + own_lane) * $(FOURS * 4)u;
    var b_at = start.y + group.y * params.b_panel + own_lane * $(FOURS)u;
    // Panels of a have 16 rows; where it has none, `a_later` is `a_row`.
//# each g < GROUPS
    let texel_$g = lane + $(g * LANES)u;
    let row_of_$g = min(texel_$g / 2u, last_row);
    var a_at_$g = start.x + (row + (row_of_$g & ~15u)) * params.a_later + (row_of_$g & 15u) * params.a_row + texel_$g % 2u;
//# end
//# each r < ROWS
//# each f < FOURS
    var sum_$r_$f = vec4(0.0);
//# end
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
//# each f < FOURS
        let b_$k_$f = textureLoad(b, place(b_at + $(f)u));
//# end
        b_at += b_row;
//# end
//# each r < ROWS
//# each h < 2
//# each q < 4
        let a_$r_$h_$q = subgroupBroadcast(a_$(r * 2 + h / LANES)[$q], $(r * 2 + h % LANES)u);
//# each f < FOURS
        sum_$r_$f += a_$r_$h_$q * b_$(h * 4 + q)_$f;
//# end
//# end
//# end
//# end
    }
    // What there is to add to rows, loaded by one lane each.
//# each g < ROWGROUPS
    var own_c_$g = 0.0;
    if ADDS_C == 2u {
        let own_row = min(row + lane + $(g * LANES)u, m - 1u);
        own_c_$g = params.beta * c[params.c_start + own_row * params.c_row];
    }
//# end
//# each r < ROWS
    let row_c_$r = subgroupBroadcast(own_c_$(r / LANES), $(r % LANES)u);
//# end
    // Where rows of results and parts of each lane's columns go, in elements of the output, as all lanes know.
//# each straight < STRAIGHT
    let own_parts = (n - column) / $(UNIT)u;
    let first_place = uniform_32((params.y_start + group.z * params.y_batch + row * y_row + first_lane * $(FOURS * 4)u) / $(UNIT)u);
    let row_places = uniform_32(y_row / $(UNIT)u);
    let uniform_last_row = uniform_5(last_row);
    let last_part = uniform_10(min(n / $(UNIT)u - first_lane * $(PARTS)u, $(LANES * PARTS)u) - 1u);
//# each r < ROWS
    let place_of_row_$r = first_place + min($(r)u, uniform_last_row) * row_places;
//# end
//# each l < LANES
    let parts_before_$l = min($(l)u, last_part / $(PARTS)u) * $(PARTS)u;
//# each e < PARTS
    let place_of_lane_$l_$e = select(parts_before_$l, parts_before_$l + $(e)u, parts_before_$l + $(e)u <= last_part);
//# end
//# end
//# end
