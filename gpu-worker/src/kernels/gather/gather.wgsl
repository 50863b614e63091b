// y[outer, j, inner] = x[outer, indices[j], inner]. The host has range-checked the indices.

struct Params {
    count: u32,
    // Length of x along the axis.
    axis: u32,
    // Number of indices.
    picked: u32,
    // Elements after the axis.
    inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    let inner = i % params.inner;
    let j = i / params.inner % params.picked;
    let outer = i / params.inner / params.picked;
    y[i] = x[(outer * params.axis + indices[j]) * params.inner + inner];
}
