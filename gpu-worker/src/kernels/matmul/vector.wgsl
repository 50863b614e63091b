// y = alpha * a . b + beta * c for at most $(ROWS) rows of a, for GPUs. A workgroup computes a few columns; its threads share out the terms of
// each among them and add up what they have in shared memory.

// Whether neighbours in memory are neighbouring rows of b: then neighbouring threads read those, and a workgroup has fewer columns.
override B_IN_COLUMNS: u32;

var<workgroup> sums: array<f32, $(ROWS * 256)>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let start = starts(group.z);
    let columns = select(32u, 8u, B_IN_COLUMNS != 0u);
    let slices = 256u / columns;
    let across = select(thread % columns, thread / slices, B_IN_COLUMNS != 0u);
    let slice = select(thread / columns, thread % slices, B_IN_COLUMNS != 0u);
    // Beyond the edge the last row or column is computed again, and not stored.
    var b_at = start.y + min(group.x * columns + across, params.n - 1u) * params.b_column + slice * params.b_row;
//# each r < ROWS
    var a_at_$r = start.x + min($(r)u, params.m - 1u) * params.a_row + slice * params.a_column;
    var sum_$r = 0.0;
//# end
    for (var term = slice; term < params.terms; term += slices) {
        let of_b = number_of_b(b_at);
        b_at += slices * params.b_row;
//# each r < ROWS
        sum_$r = fma(number_of_a(a_at_$r), of_b, sum_$r);
        a_at_$r += slices * params.a_column;
//# end
    }
//# each r < ROWS
    sums[($(r)u * slices + slice) * columns + across] = sum_$r;
//# end
    workgroupBarrier();
    let row = thread / columns;
    let column = group.x * columns + thread % columns;
    if row >= min($(ROWS)u, params.m) || column >= params.n { return; }
    var sum = 0.0;
    for (var i = 0u; i < slices; i++) {
        sum += sums[(row * slices + i) * columns + thread % columns];
    }
    sum *= params.alpha;
    if ADDS_C != 0u {
        sum += params.beta * c[params.c_start + row * params.c_row + column * params.c_column];
    }
    let at = params.y_start + group.z * params.y_batch + row * params.y_row + column;
    y[at] = finish(sum, at);
}
