
// The element that holds some of eight neighbouring results.
fn part(first: vec4<f32>, second: vec4<f32>, number: u32) -> f32 {
    return select(first, second, vec4(number >= 4u))[number % 4u];
}
