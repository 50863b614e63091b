// What the kernels for GPUs are given: operands of any layout, read through row and column strides.

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
// Numbers, or pairs of numbers of half precision, see below.
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a c to add.
override ADDS_C: u32;
// How the operands lie: 0 as a word each, 1 as pairs of float16, 2 as pairs of bfloat16.
override A_PAIRS: u32 = 0u;
override B_PAIRS: u32 = 0u;

fn number_of_a(at: u32) -> f32 {
    if A_PAIRS == 0u {
        return bitcast<f32>(a[at]);
    }
    return half_of(a[at / 2u], at % 2u == 1u, A_PAIRS);
}

fn number_of_b(at: u32) -> f32 {
    if B_PAIRS == 0u {
        return bitcast<f32>(b[at]);
    }
    return half_of(b[at / 2u], at % 2u == 1u, B_PAIRS);
}

fn half_of(pair: u32, is_second: bool, kind: u32) -> f32 {
    if kind == 1u {
        let numbers = unpack2x16float(pair);
        return select(numbers.x, numbers.y, is_second);
    }
    return bitcast<f32>(select(pair << 16u, pair & 0xffff0000u, is_second));
}

