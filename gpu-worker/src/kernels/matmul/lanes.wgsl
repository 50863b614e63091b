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

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    // In steps of eight elements.
    a_batch_strides: array<vec4<i32>, 2>,
    b_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    m: u32,
    n: u32,
    // Terms of every sum, in steps of eight.
    steps: u32,
    // Where the operands, in steps of eight, and results of the first product of the batch start, and the results of the next one.
    a_start: u32,
    b_start: u32,
    c_start: u32,
    y_start: u32,
    y_batch: u32,
    // From a row of results to the next.
    y_row: u32,
    // From a row of a to the next, from those of a workgroup to those of the next, and from a term to the next, in steps of eight elements.
    a_row: u32,
    a_tile: u32,
    a_step: u32,
    // From a row of b to the next, in steps of eight elements.
    b_row: u32,
    // From the columns of a workgroup to those of the next, in steps of eight elements.
    b_panel: u32,
    c_row: u32,
    c_column: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u64>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u64>>;
@group(0) @binding(3) var<storage, read> c: array<f32>;

// What there is to add: 0 nothing, 1 a number for each column, 2 a number for each row, 3 any third operand.
override ADDS_C: u32;
// Whether results are finished after they were stored, or before.
override FINISHES: u32 = 0u;
override FINISHES_AT_ONCE: u32 = 0u;

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x * $(ROWS)u;
    let column = (group.y * $(LANES)u + lane) * 8u;
    var rest = group.z;
    var a_start = i32(params.a_start);
    var b_start = i32(params.b_start);
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        a_start += along * params.a_batch_strides[d / 4][d % 4];
        b_start += along * params.b_batch_strides[d / 4][d % 4];
    }
    // Beyond the edge the last row or columns are computed again, and not stored.
    var b_at = u32(b_start) + group.y * params.b_panel + min(lane, (params.n + 7u) / 8u - 1u - group.y * $(LANES)u);
//# each g < GROUPS
    var a_at_$g = u32(a_start) + group.x * params.a_tile + min($(g * LANES)u + lane, params.m - 1u - row) * params.a_row;
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
    let y_start = params.y_start + group.z * params.y_batch;
    let columns = vec4(column) + vec4(0u, 2u, 4u, 6u);
    var even_c = vec4(0.0);
    var odd_c = vec4(0.0);
    if ADDS_C == 1u {
        even_c = params.beta * of_columns(0u, columns);
        odd_c = params.beta * of_columns(0u, columns + vec4(1u));
    }
//# each r < ROWS
    if row + $(r)u < params.m && column < params.n {
        if ADDS_C == 2u {
            even_c = vec4(params.beta * c[params.c_start + (row + $(r)u) * params.c_row]);
            odd_c = even_c;
        } else if ADDS_C == 3u {
            even_c = params.beta * of_columns(row + $(r)u, columns);
            odd_c = params.beta * of_columns(row + $(r)u, columns + vec4(1u));
        }
        let even = params.alpha * even_$r + even_c;
        let odd = params.alpha * odd_$r + odd_c;
        let at = y_start + (row + $(r)u) * params.y_row + column;
        let first = finished(vec4(even.x, odd.x, even.y, odd.y), at);
        store(at, params.n - column, first, finished(vec4(even.z, odd.z, even.w, odd.w), at + 4u));
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && column < params.n {
        let rows = min($(ROWS)u, params.m - row);
        for (var r = 0u; r < rows; r++) {
            finish_stored(y_start + (row + r) * params.y_row + column, params.n - column);
        }
    }
}

fn finished(values: vec4<f32>, at: u32) -> vec4<f32> {
    if FINISHES_AT_ONCE == 0u {
        return values;
    }
    return vec4(finish(values.x, at), finish(values.y, at + 1u), finish(values.z, at + 2u), finish(values.w, at + 3u));
}

// The third operand in a row, at four columns.
fn of_columns(row: u32, columns: vec4<u32>) -> vec4<f32> {
    let at = vec4(params.c_start + row * params.c_row) + min(columns, vec4(params.n - 1u)) * params.c_column;
    return vec4(c[at.x], c[at.y], c[at.z], c[at.w]);
}
