
// What the kernels of reductions share.

struct Params {
    kept_dims: array<vec4<u32>, 2>,
    kept_strides: array<vec4<i32>, 2>,
    reduced_dims: array<vec4<u32>, 2>,
    reduced_strides: array<vec4<i32>, 2>,
    count: u32,
    kept_rank: u32,
    // Elements that one output element summarises.
    length: u32,
    reduced_rank: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
