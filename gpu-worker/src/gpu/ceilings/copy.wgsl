// Copies 64 bytes a thread.

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    // A workgroup's threads read neighbours, four times.
    let start = group.x * 256u + thread;
    y[start] = x[start];
    y[start + 64u] = x[start + 64u];
    y[start + 128u] = x[start + 128u];
    y[start + 192u] = x[start + 192u];
}
