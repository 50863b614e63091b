// The greatest element, mean or norm of each window over three axes. One thread computes one output element. Sizes are depth, rows and
// columns; the fourth number is not used.

struct Params {
    // Samples times channels.
    planes: u32,
    // 1 when padding counts in the mean.
    counts_pads: u32,
    // The p of the norm.
    p: f32,
    // The bits of the least finite number, of which a window without elements is the greatest.
    least: u32,
    in_size: vec4<u32>,
    out_size: vec4<u32>,
    kernel_size: vec4<u32>,
    strides: vec4<u32>,
    dilations: vec4<u32>,
    pads_before: vec4<i32>,
    pads_after: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// 0: the greatest, 1: the mean, 2: the norm.
override OP: u32;

// |v| to the power of p.
fn power(v: f32) -> f32 {
    if params.p == 1.0 { return abs(v); }
    if params.p == 2.0 { return v * v; }
    return pow(abs(v), params.p);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let out_size = params.out_size.xyz;
    let pixels = out_size.x * out_size.y * out_size.z;
    let thread = thread_number(id, groups);
    let pixel = thread % pixels;
    let plane = thread / pixels;
    if plane >= params.planes { return; }
    let out_at = vec3(pixel / out_size.z / out_size.y, pixel / out_size.z % out_size.y, pixel % out_size.z);
    let origin = vec3<i32>(out_at * params.strides.xyz) - params.pads_before.xyz;
    let end = vec3<i32>(params.in_size.xyz);
    let padded_end = end + params.pads_after.xyz;
    let in_start = plane * params.in_size.x * params.in_size.y * params.in_size.z;

    var greatest = bitcast<f32>(params.least);
    var sum = 0.0;
    var seen = 0u;
    var padded = 0u;
    for (var i = 0u; i < params.kernel_size.x; i++) {
        let depth = origin.x + i32(i * params.dilations.x);
        for (var j = 0u; j < params.kernel_size.y; j++) {
            let row = origin.y + i32(j * params.dilations.y);
            for (var k = 0u; k < params.kernel_size.z; k++) {
                let column = origin.z + i32(k * params.dilations.z);
                let at = vec3(depth, row, column);
                if any(at >= padded_end) { continue; }
                padded += 1u;
                if any(at < vec3(0i)) || any(at >= end) { continue; }
                let v = x[in_start + u32((depth * end.y + row) * end.z + column)];
                if OP == 2u {
                    sum += power(v);
                } else {
                    // A NaN is the greatest, as in the frameworks.
                    if seen == 0u || v > greatest || is_nan(v) { greatest = v; }
                    sum += v;
                }
                seen += 1u;
            }
        }
    }
    switch OP {
        case 0u: { y[thread] = finish(greatest, thread); }
        case 1u: { y[thread] = finish(sum / f32(max(select(seen, padded, params.counts_pads != 0u), 1u)), thread); }
        default: {
            if params.p == 1.0 {
                y[thread] = finish(sum, thread);
            } else if params.p == 2.0 {
                y[thread] = finish(sqrt(sum), thread);
            } else {
                y[thread] = finish(pow(sum, 1.0 / params.p), thread);
            }
        }
    }
}
