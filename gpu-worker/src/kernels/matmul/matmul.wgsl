// y = alpha * a . b + beta * c, for every matrix of a batch. One thread computes a tile of 4 x 4 results and reads a and b through
// row and column strides, so that transposition costs nothing.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    a_batch_strides: array<vec4<i32>, 2>,
    b_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    batches: u32,
    m: u32,
    n: u32,
    // Which terms of every sum this launch adds up.
    first: u32,
    terms: u32,
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
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a c to add.
override ADDS_C: u32;
// Whether to add to what an earlier launch left in y.
override CONTINUES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let tiles_down = (params.m + 3u) / 4u;
    let tiles_across = (params.n + 3u) / 4u;
    let tile = thread_number(id, groups);
    let batch = tile / tiles_across / tiles_down;
    if batch >= params.batches { return; }
    let row = tile / tiles_across % tiles_down * 4u;
    let column = tile % tiles_across * 4u;

    var rest = batch;
    var a_start = 0i;
    var b_start = 0i;
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        a_start += along * params.a_batch_strides[d / 4][d % 4];
        b_start += along * params.b_batch_strides[d / 4][d % 4];
    }

    // Beyond the edge the last row or column is computed again, and not stored.
    let rows = min(vec4(row) + vec4(0u, 1u, 2u, 3u), vec4(params.m - 1u));
    let columns = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u));
    var a_at = vec4(u32(a_start)) + rows * params.a_row + vec4(params.first * params.a_column);
    var b_at = vec4(u32(b_start)) + columns * params.b_column + vec4(params.first * params.b_row);
    var sum_0 = vec4(0.0);
    var sum_1 = vec4(0.0);
    var sum_2 = vec4(0.0);
    var sum_3 = vec4(0.0);
    for (var i = 0u; i < params.terms; i++) {
        let b_row = vec4(b[b_at.x], b[b_at.y], b[b_at.z], b[b_at.w]);
        sum_0 += a[a_at.x] * b_row;
        sum_1 += a[a_at.y] * b_row;
        sum_2 += a[a_at.z] * b_row;
        sum_3 += a[a_at.w] * b_row;
        a_at += vec4(params.a_column);
        b_at += vec4(params.b_row);
    }
    let y_start = batch * params.m * params.n;
    store(y_start, row, column, sum_0);
    store(y_start, row + 1u, column, sum_1);
    store(y_start, row + 2u, column, sum_2);
    store(y_start, row + 3u, column, sum_3);
}

fn store(start: u32, row: u32, column: u32, sum: vec4<f32>) {
    if row >= params.m { return; }
    for (var j = 0u; j < 4u; j++) {
        if column + j >= params.n { return; }
        var result = params.alpha * sum[j];
        if ADDS_C != 0u {
            result += params.beta * c[row * params.c_row + (column + j) * params.c_column];
        }
        let at = start + row * params.n + column + j;
        if CONTINUES != 0u {
            result += y[at];
        }
        y[at] = finish(result, at);
    }
}
