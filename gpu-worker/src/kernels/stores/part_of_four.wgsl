
// The element that holds some of eight neighbouring results.
fn part(first: vec4<f32>, second: vec4<f32>, number: u32) -> vec2<u64> {
    return select(eight_of(first, second).xy, eight_of(first, second).zw, vec2(number == 1u));
}
