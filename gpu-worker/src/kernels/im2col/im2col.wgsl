// Writes the windows of a convolution as columns of a matrix: a row for each channel and element of the filter, a column for each pixel
// of the output. Columns lie in panels, each with all rows; rows of a panel are whole eights, and rows of zeros follow so that there are
// whole eights of them too. One thread writes eight columns of all rows of a channel. Sizes are depth, rows and columns; the fourth number of
// the input's is what lies from a row to the next, and that of others is not used.

struct Params {
    in_size: vec4<u32>,
    out_size: vec4<u32>,
    kernel_size: vec4<u32>,
    strides: vec4<u32>,
    dilations: vec4<u32>,
    // Padding before the first plane, row and column.
    pads: vec4<i32>,
    channels: u32,
    // Rows of a matrix with those of zeros, and eights of columns of it, of one panel, and of all that is written for a sample.
    rows: u32,
    eights: u32,
    panel: u32,
    matrix: u32,
    // The pixel that the first column is for.
    first: u32,
    // Where the first sample starts, and how far the next is from it.
    x_start: u32,
    x_sample: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

// Where the windows of four pixels begin.
struct Origins {
    plane: vec4<i32>,
    row: vec4<i32>,
    column: vec4<i32>,
}

// Threads of a workgroup, in a row.
override THREADS: u32;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let eight = id.x;
    if eight >= params.eights { return; }
    let kernel = params.kernel_size.xyz;
    let start = id.z * params.matrix + eight / params.panel * params.panel * params.rows + eight % params.panel;
    var row = id.y * (kernel.x * kernel.y * kernel.z);
    if id.y == params.channels {
        for (; row < params.rows; row++) {
            write(start + row * params.panel, vec4(0.0), vec4(0.0));
        }
        return;
    }
    let x_start = params.x_start + id.z * params.x_sample
        + id.y * (params.in_size.x * params.in_size.y * params.in_size.w);
    let pixel = params.first + eight * 8u;
    let first = origins(vec4(pixel) + vec4(0u, 1u, 2u, 3u));
    let second = origins(vec4(pixel) + vec4(4u, 5u, 6u, 7u));
    for (var i = 0u; i < kernel.x; i++) {
        for (var j = 0u; j < kernel.y; j++) {
            for (var k = 0u; k < kernel.z; k++) {
                let step = vec3<i32>(vec3(i, j, k) * params.dilations.xyz);
                write(start + row * params.panel, window(first, step, x_start), window(second, step, x_start));
                row++;
            }
        }
    }
}

fn write(eight: u32, first: vec4<f32>, second: vec4<f32>) {
    y[2u * eight] = first;
    y[2u * eight + 1u] = second;
}

// The whole part of a quotient of numbers below 2^22. CPUs divide vectors of floats at once, but integers one by one.
fn quotient(dividend: vec4<u32>, divisor: u32) -> vec4<u32> {
    return vec4<u32>((vec4<f32>(dividend) + vec4(0.5)) / f32(divisor));
}

fn origins(pixels: vec4<u32>) -> Origins {
    let out_size = params.out_size.xyz;
    let rows = quotient(pixels, out_size.z);
    let planes = quotient(rows, out_size.y);
    let strides = vec3<i32>(params.strides.xyz);
    return Origins(
        vec4<i32>(planes) * strides.x - params.pads.x,
        vec4<i32>(rows - planes * out_size.y) * strides.y - params.pads.y,
        vec4<i32>(pixels - rows * out_size.z) * strides.z - params.pads.z,
    );
}

// The elements at a place of four windows, zero in the padding.
fn window(origin: Origins, step: vec3<i32>, start: u32) -> vec4<f32> {
    let size = vec4<i32>(params.in_size);
    let plane = origin.plane + step.x;
    let row = origin.row + step.y;
    let column = origin.column + step.z;
    let is_inside = (plane >= vec4(0i)) & (plane < vec4(size.x)) & (row >= vec4(0i)) & (row < vec4(size.y))
        & (column >= vec4(0i)) & (column < vec4(size.z));
    let offset = (plane * size.y + row) * size.w + column;
    // What is not taken is read from the first element.
    let at = vec4(start) + vec4<u32>(select(vec4(0i), offset, is_inside));
    return select(vec4(0.0), vec4(x[at.x], x[at.y], x[at.z], x[at.w]), is_inside);
}
