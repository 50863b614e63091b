// at / by, from the reciprocal of `by`: processors divide vectors of integers number by number. Below 2^24 the product is off by less
// than one, and so is what is left of it once it is rounded down.
fn element_quotient(at: u32, by: u32, inverse: u32) -> u32 {
    let near = u32(i32(f32(i32(at)) * bitcast<f32>(inverse)));
    let left = i32(at - near * by);
    return near + select(0u, 1u, left >= i32(by)) - select(0u, 1u, left < 0);
}
