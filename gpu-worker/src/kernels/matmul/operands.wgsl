// What the kernels of lanes.wgsl and thin.wgsl are given, and where it lies.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    // In texels.
    a_batch_strides: array<vec4<i32>, 2>,
    b_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    m: u32,
    n: u32,
    // Terms of every sum, in steps of eight.
    steps: u32,
    // Where the operands, in texels, and results of the first product of the batch start, and the results of the next one.
    a_start: u32,
    b_start: u32,
    c_start: u32,
    y_start: u32,
    y_batch: u32,
    // From a row of results to the next.
    y_row: u32,
    // From a row of a to the next in a workgroup, from where the rows of a workgroup start to where those of one start that begins a row
    // later, and from eight terms to the next, in texels.
    a_row: u32,
    a_later: u32,
    a_step: u32,
    // From a row of b to the next, in texels.
    b_row: u32,
    // From the columns of a workgroup to those of the next, in texels.
    b_panel: u32,
    c_row: u32,
    c_column: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var b: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read> c: array<f32>;

// What there is to add: 0 nothing, 1 a number for each column, 2 a number for each row, 3 any third operand.
override ADDS_C: u32;
