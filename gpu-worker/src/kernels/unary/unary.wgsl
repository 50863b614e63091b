// y[i] = OP(x[i]) with up to two numbers from the operator's attributes.

struct Params {
    count: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

// Numbered as `Unary` in unary.rs.
override OP: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    y[i] = element_unary(OP, x[i], params.alpha, params.beta);
}
