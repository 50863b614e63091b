// Copies matrices in panels of columns, so that each row of a panel starts at a multiple of eight elements and what a row or a last row
// lacks is zero. One thread writes eight neighbours.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    // Eights that are written altogether, those of a row of a panel, and panels of a matrix.
    count: u32,
    eights: u32,
    panels: u32,
    // Rows that are written for each matrix, and those that it has.
    padded_rows: u32,
    rows: u32,
    columns: u32,
    row_step: u32,
    column_step: u32,
    // Where the first matrix starts.
    start: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let eight = thread_number(id, groups);
    if eight >= params.count { return; }
    let row_number = eight / params.eights;
    let row = row_number % params.padded_rows;
    let panel_number = row_number / params.padded_rows;
    let column = (panel_number % params.panels * params.eights + eight % params.eights) * 8u;
    var rest = panel_number / params.panels;
    var start = i32(params.start);
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        start += i32(rest % dim) * params.batch_strides[d / 4][d % 4];
        rest /= dim;
    }
    // What is missing is read from the last row or column there is, and not taken.
    let at = u32(start) + min(row, params.rows - 1u) * params.row_step;
    let is_row = vec4(row < params.rows);
    let first = vec4(column) + vec4(0u, 1u, 2u, 3u);
    let second = first + vec4(4u);
    y[2u * eight] = select(vec4(0.0), four(at, first), is_row & (first < vec4(params.columns)));
    y[2u * eight + 1u] = select(vec4(0.0), four(at, second), is_row & (second < vec4(params.columns)));
}

fn four(start: u32, columns: vec4<u32>) -> vec4<f32> {
    let at = vec4(start) + min(columns, vec4(params.columns - 1u)) * params.column_step;
    return vec4(x[at.x], x[at.y], x[at.z], x[at.w]);
}
