
// Numbered as `Reduction` in reduce.rs.
override OP: u32;

fn is_infinite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) == 0x7f800000u;
}

// What is taken out of all elements before their exponentials are added up: the greatest, unless differences from it are no numbers.
fn shift_of(greatest: f32) -> f32 {
    return select(greatest, 0.0, is_infinite(greatest));
}

fn with_shift(logarithm: f32, greatest: f32) -> f32 {
    return select(logarithm + greatest, greatest, is_infinite(greatest));
}
