// Adds the elements of sliding blocks up where they lie in an image of up to three axes. One thread computes one element of the image:
// it gathers from every block that covers it. Sizes are depth, rows and columns; the fourth number is not used.

struct Params {
    // Samples times channels.
    planes: u32,
    image: vec4<u32>,
    block: vec4<u32>,
    // Blocks along each axis.
    blocks: vec4<u32>,
    strides: vec4<u32>,
    dilations: vec4<u32>,
    pads: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let image = params.image.xyz;
    let pixels = image.x * image.y * image.z;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let plane = thread / pixels;
    if plane >= params.planes { return; }
    let at = vec3<i32>(vec3(pixel / image.z / image.y, pixel / image.z % image.y, pixel % image.z)) + params.pads.xyz;
    let strides = vec3<i32>(params.strides.xyz);
    let block = params.block.xyz;
    let blocks = params.blocks.xyz;
    let all = blocks.x * blocks.y * blocks.z;
    var sum = 0.0;
    for (var i = 0u; i < block.x; i++) {
        for (var j = 0u; j < block.y; j++) {
            for (var k = 0u; k < block.z; k++) {
                let start = at - vec3<i32>(vec3(i, j, k) * params.dilations.xyz);
                if any(start < vec3(0i)) || any(start % strides != vec3(0i)) { continue; }
                let number = vec3<u32>(start / strides);
                if any(number >= blocks) { continue; }
                let row = (plane * block.x + i) * block.y * block.z + j * block.z + k;
                sum += x[row * all + (number.x * blocks.y + number.y) * blocks.z + number.z];
            }
        }
    }
    y[thread] = sum;
}
