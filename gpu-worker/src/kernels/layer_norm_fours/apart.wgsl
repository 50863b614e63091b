
// Each element has a scale of its own, and those of four neighbours are neighbours.

@group(0) @binding(2) var<storage, read> scale: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;

fn first_scale(first: u32) -> u32 {
    return first / 4u;
}

fn next_scale(at: u32) -> u32 {
    return at + 1u;
}

fn scale_at(at: u32) -> vec4<f32> {
    return scale[at];
}

fn bias_at(at: u32) -> vec4<f32> {
    return bias[at];
}
