// Resizes the last two axes by interpolation between two rows and two columns, which a table gives for each output row and column.

struct Params {
    // Samples times channels.
    planes: u32,
    rows: u32,
    columns: u32,
    // Columns of the input, and elements of one plane of it.
    in_columns: u32,
    in_plane: u32,
}

// Where an output row or column comes from: two input ones, and the share of the second.
struct Place {
    low: u32,
    high: u32,
    share: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// One for each row, then one for each column.
@group(0) @binding(2) var<storage, read> places: array<Place>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    let column = thread % params.columns;
    let row = thread / params.columns % params.rows;
    let plane = thread / params.columns / params.rows;
    if plane >= params.planes { return; }
    let r = places[row];
    let c = places[params.rows + column];
    let top = plane * params.in_plane + r.low * params.in_columns;
    let bottom = plane * params.in_plane + r.high * params.in_columns;
    let above = mix(x[top + c.low], x[top + c.high], c.share);
    let below = mix(x[bottom + c.low], x[bottom + c.high], c.share);
    y[thread] = mix(above, below, r.share);
}
