
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

// Numbered as `Reduction` in reduce.rs.
override OP: u32;

fn is_infinite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) == 0x7f800000u;
}

// What is taken out of all elements before their exponentials are added up: the greatest, unless differences from it are no numbers.
fn shift_of(greatest: f32) -> f32 {
    return select(greatest, 0.0, is_infinite(greatest));
}

fn with_shift(logarithm: f32, greatest: f32) -> f32 {
    return select(logarithm + greatest, greatest, is_infinite(greatest));
}
