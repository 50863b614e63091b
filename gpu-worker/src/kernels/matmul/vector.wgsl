// y = alpha * a . b + beta * c for at most $(ROWS) rows of a, for GPUs. A workgroup computes a few columns; its threads share out the terms of
// each among them and add up what they have in shared memory.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    a_batch_strides: array<vec4<i32>, 2>,
    b_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    m: u32,
    n: u32,
    terms: u32,
    // Where the operands and results of the first product of the batch start, and the results of the next one.
    a_start: u32,
    b_start: u32,
    c_start: u32,
    y_start: u32,
    y_batch: u32,
    // From a row of results to the next.
    y_row: u32,
    a_row: u32,
    a_column: u32,
    b_row: u32,
    b_column: u32,
    c_row: u32,
    c_column: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Numbers, or pairs of numbers of half precision: numbers.wgsl.
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a c to add.
override ADDS_C: u32;
// Whether neighbours in memory are neighbouring rows of b: then neighbouring threads read those, and a workgroup has fewer columns.
override B_IN_COLUMNS: u32;

var<workgroup> sums: array<f32, $(ROWS * 256)>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    var rest = group.z;
    var a_batch = i32(params.a_start);
    var b_batch = i32(params.b_start);
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        a_batch += along * params.a_batch_strides[d / 4][d % 4];
        b_batch += along * params.b_batch_strides[d / 4][d % 4];
    }
    let columns = select(32u, 8u, B_IN_COLUMNS != 0u);
    let slices = 256u / columns;
    let across = select(thread % columns, thread / slices, B_IN_COLUMNS != 0u);
    let slice = select(thread / columns, thread % slices, B_IN_COLUMNS != 0u);
    // Beyond the edge the last row or column is computed again, and not stored.
    var b_at = u32(b_batch) + min(group.x * columns + across, params.n - 1u) * params.b_column + slice * params.b_row;
//# each r < ROWS
    var a_at_$r = u32(a_batch) + min($(r)u, params.m - 1u) * params.a_row + slice * params.a_column;
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
