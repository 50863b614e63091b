// Codes of 8 bits for exact sums. Where each code begins is looked up, so that codes do not hang on how a device multiplies or divides: a
// product tells the code but for one, and the table which of three it is.

struct Params {
    count: u32,
    // Sums in a row that have the same factor and addend, of which there are so many, and whether each has a table of its own.
    inner: u32,
    channels: u32,
    has_tables: u32,
    // The least code, and how far the zero point lies beyond it.
    least: i32,
    zero: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<u32>;
// For each channel: the factor, a number, and the addend, an integer.
@group(0) @binding(2) var<storage, read> channels: array<vec2<u32>>;
// For each of 256 codes: the least sum that has it, and that of the next one.
@group(0) @binding(3) var<storage, read> bounds: array<vec2<i32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether sums are numbers of single precision, or else integers.
override IS_FLOAT: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    let at = min(i, params.count - 1u);
    let number = at / params.inner % params.channels;
    let channel = channels[number];
    let word = sums[at];
    let sum = select(bitcast<i32>(word), i32(bitcast<f32>(word)), IS_FLOAT != 0u) + bitcast<i32>(channel.y);
    let near = round(f32(sum) * bitcast<f32>(channel.x)) + params.zero;
    let code = i32(clamp(near, 0.0, 255.0));
    let bound = bounds[i32(256u * params.has_tables * number) + code];
    let found = code + select(0, 1, sum >= bound.y) - select(0, 1, sum < bound.x);
    let result = finish(f32(found + params.least), at);
    if i < params.count {
        y[i] = result;
    }
}
