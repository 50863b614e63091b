// The least and the greatest of zero and all elements that a thread goes through, the greatest with its sign turned: of parts, one for each
// thread, the least of each row is the same of all. Elements are loaded by vectors, of which the last may reach beyond them.

struct Params {
    count: u32,
    vectors: u32,
    threads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// What is no number is the result, whatever follows.
fn least(left: vec4<f32>, right: vec4<f32>) -> vec4<f32> {
    let are_none = (bitcast<vec4<u32>>(right) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
    return select(left, right, (right < left) | are_none);
}

fn least_of(v: vec4<f32>) -> f32 {
    let half = least(v, v.zwxy);
    return least(half, half.yxwz).x;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    let first = min(thread, params.threads - 1u);
    let rounds = (params.vectors + params.threads - 1u - first) / params.threads;
    var low = vec4(0.0);
    var high = vec4(0.0);
    for (var i = 0u; i < rounds; i++) {
        let vector = first + i * params.threads;
        let is_there = vec4(4u * vector) + vec4(0u, 1u, 2u, 3u) < vec4(params.count);
        let v = bitcast<vec4<f32>>(select(vec4(0u), x[vector], is_there));
        low = least(low, v);
        high = least(high, -v);
    }
    if thread < params.threads {
        y[thread] = least_of(low);
        y[params.threads + thread] = least_of(high);
    }
}
