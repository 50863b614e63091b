// The filters of a convolution of 3 by 3 as those of windows of 4 by 4, see winograd.rs: sixteen matrices of a row for each filter and a
// column for each channel. Rows lie in panels, eight columns of each after the other. One thread transforms a channel of a filter.

struct Params {
    rows: u32,
    columns: u32,
    // Rows of a panel.
    panel: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    let matrix = params.rows * params.columns;
    if thread >= matrix { return; }
    let row = thread / params.columns;
    let column = thread % params.columns;
    let at = (row / params.panel * params.columns + column / 8u * 8u) * params.panel + row % params.panel * 8u + column % 8u;
    let first = transformed(9u * thread);
    let second = transformed(9u * thread + 3u);
    let third = transformed(9u * thread + 6u);
    for (var k = 0u; k < 4u; k++) {
        let down = four(first[k], second[k], third[k]);
        for (var i = 0u; i < 4u; i++) {
            y[at + (i * 4u + k) * matrix] = down[i];
        }
    }
}

// A row of a filter.
fn transformed(at: u32) -> vec4<f32> {
    return four(x[at], x[at + 1u], x[at + 2u]);
}

// Three neighbours as four.
fn four(a: f32, b: f32, c: f32) -> vec4<f32> {
    return vec4(a, 0.5 * (a + c) + 0.5 * b, 0.5 * (a + c) - 0.5 * b, c);
}
