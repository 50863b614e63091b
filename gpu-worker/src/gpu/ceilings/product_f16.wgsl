// A product of square matrices of half precision. A workgroup computes 32 x 32 results from tiles that its threads share, each thread
// 4 x 4; sums of a tile are of half precision, and their sum is of single precision. The size is a multiple of 32.
enable f16;

@group(0) @binding(0) var<storage, read> x: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f16>>;

// Rows and columns.
override SIZE: u32;

// a: 32 rows of 8 vectors; b: 32 rows of 8 vectors.
var<workgroup> a: array<array<vec4<f16>, 8>, 32>;
var<workgroup> b: array<array<vec4<f16>, 8>, 32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let width = SIZE / 4u;
    let column = thread % 8u;
    let row = thread / 8u;
    var sums: array<vec4<f32>, 4>;
    for (var tile = 0u; tile < SIZE / 32u; tile++) {
        workgroupBarrier();
        for (var part = 0u; part < 4u; part++) {
            let line = row + 8u * part;
            a[line][column] = x[(group.y * 32u + line) * width + tile * 8u + column];
            // The first operand is the second one as well.
            b[line][column] = x[(tile * 32u + line) * width + group.x * 8u + column];
        }
        workgroupBarrier();
        var partial: array<vec4<f16>, 4>;
        for (var k = 0u; k < 8u; k++) {
            let b0 = b[4u * k][column];
            let b1 = b[4u * k + 1u][column];
            let b2 = b[4u * k + 2u][column];
            let b3 = b[4u * k + 3u][column];
            for (var i = 0u; i < 4u; i++) {
                let left = a[4u * row + i][k];
                partial[i] += left.x * b0 + left.y * b1 + left.z * b2 + left.w * b3;
            }
        }
        for (var i = 0u; i < 4u; i++) {
            sums[i] += vec4<f32>(partial[i]);
        }
    }
    for (var i = 0u; i < 4u; i++) {
        y[(group.y * 32u + 4u * row + i) * width + group.x * 8u + column] = vec4<f16>(sums[i]);
    }
}
