// Batch normalisation with stored statistics: y = (x - mean) / sqrt(variance + epsilon) * scale + bias, per channel.

struct Params {
    count: u32,
    channels: u32,
    // Elements of one channel of one sample.
    inner: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
@group(0) @binding(5) var<storage, read> variance: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    let c = i / params.inner % params.channels;
    y[i] = finish((x[i] - mean[c]) / sqrt(variance[c] + params.epsilon) * scale[c] + bias[c], i);
}
