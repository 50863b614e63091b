// Functions of two words, numbered as `Binary` in binary.rs: the bits of numbers, or 0 and 1 for truth. `element_nan` gives a quiet NaN.

// x to the power of y as IEEE defines it; WGSL's own leaves negative bases open.
fn element_power(x: f32, y: f32) -> f32 {
    if y == 0.0 || x == 1.0 { return 1.0; }
    if y == 1.0 { return x; }
    if y == 2.0 { return x * x; }
    if x > 0.0 { return pow(x, y); }
    let is_integer = floor(y) == y;
    let is_odd = is_integer && abs(y) < 16777216.0 && (i32(y) & 1) != 0;
    if x == 0.0 {
        if y > 0.0 { return select(0.0, x, is_odd); }
        return 1.0 / select(0.0, x, is_odd);
    }
    if x < 0.0 && is_integer {
        let magnitude = pow(-x, y);
        return select(magnitude, -magnitude, is_odd);
    }
    return element_nan();
}

fn element_truth(value: bool) -> u32 {
    return select(0u, 1u, value);
}

fn element_binary(op: u32, x_bits: u32, y_bits: u32) -> u32 {
    let x = bitcast<f32>(x_bits);
    let y = bitcast<f32>(y_bits);
    switch op {
        case 0u: { return bitcast<u32>(x + y); }
        case 1u: { return bitcast<u32>(x - y); }
        case 2u: { return bitcast<u32>(x * y); }
        case 3u: { return bitcast<u32>(x / y); }
        case 4u: { return bitcast<u32>(element_power(x, y)); }
        // A NaN on either side is the result.
        case 5u: { return select(y_bits, x_bits, x < y || is_nan(x)); }
        case 6u: { return select(y_bits, x_bits, x > y || is_nan(x)); }
        case 7u: { return bitcast<u32>(select(x, x * y, x < 0.0)); }
        case 8u: { return element_truth(x == y); }
        case 9u: { return element_truth(x < y); }
        case 10u: { return element_truth(x <= y); }
        case 11u: { return element_truth(x > y); }
        case 12u: { return element_truth(x >= y); }
        case 13u: { return element_truth(x_bits != 0u && y_bits != 0u); }
        case 14u: { return element_truth(x_bits != 0u || y_bits != 0u); }
        default: { return element_truth((x_bits != 0u) != (y_bits != 0u)); }
    }
}
