
// Four neighbours have the same scale. A place is its number, and the fours that it is still good for.

@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

fn first_scale(first: u32) -> vec2<u32> {
    return vec2(first, params.sharing / 4u);
}

fn next_scale(at: vec2<u32>) -> vec2<u32> {
    return select(vec2(at.x, at.y - 1u), vec2(at.x + 1u, params.sharing / 4u), at.y == 1u);
}

fn scale_at(at: vec2<u32>) -> vec4<f32> {
    return vec4(scale[at.x]);
}

fn bias_at(at: vec2<u32>) -> vec4<f32> {
    return vec4(bias[at.x]);
}
