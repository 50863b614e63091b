
// The element that holds some of eight neighbouring results.
fn part(first: vec4<f32>, second: vec4<f32>, number: u32) -> u64 {
    return eight_of(first, second)[number];
}
