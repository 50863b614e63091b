// How many steps of `by` a number is: the quotient in single precision, then the integer nearest to that, halfway to the even one; zero
// where there is no such number, and 2^23 for all that are more. It is reckoned from bits alone: drivers divide less precisely than that,
// each in its own way, and some take the numbers nearest to zero for zero.

// A magnitude as a mantissa of 24 bits and a power of two.
fn element_parts(magnitude: u32) -> vec2<i32> {
    let fraction = (magnitude & 0x7fffffu) | select(0u, 0x800000u, magnitude >= 0x800000u);
    let shift = countLeadingZeros(fraction) - 8u;
    return vec2(i32(fraction << (shift & 31u)), i32(max(magnitude >> 23u, 1u)) - i32(shift));
}

fn element_steps(x: u32, by: u32) -> u32 {
    let sign = (x ^ by) & 0x80000000u;
    let a = x & 0x7fffffffu;
    let b = by & 0x7fffffffu;
    let infinity = 0x7f800000u;
    if a > infinity || b >= infinity || a == 0u { return 0u; }
    let many = sign | bitcast<u32>(8388608.0);
    if a == infinity || b == 0u { return many; }
    let dividend = element_parts(a);
    let divisor = element_parts(b);
    // A quotient of 24 bits, at first as the driver divides, and what it leaves, of which the lowest 32 bits are all.
    let is_less = dividend.x < divisor.x;
    let shift = select(23u, 24u, is_less);
    var quotient = i32(f32(dividend.x) / f32(divisor.x) * select(8388608.0, 16777216.0, is_less));
    var rest = i32((u32(dividend.x) << shift) - u32(quotient) * u32(divisor.x));
    for (var i = 0u; i < 8u; i++) {
        let step = select(0, 1, rest >= divisor.x) - select(0, 1, rest < 0);
        quotient += step;
        rest -= step * divisor.x;
    }
    quotient += select(0, 1, 2 * rest > divisor.x);
    let power = dividend.y - divisor.y - i32(shift);
    if power >= 0 { return many; }
    if power < -24 { return 0u; }
    let fraction = u32(-power);
    let whole = quotient >> fraction;
    let left = quotient & ((1i << fraction) - 1);
    let half = 1i << (fraction - 1u);
    let steps = whole + select(0, 1, left > half || (left == half && (whole & 1) == 1));
    return select(sign | bitcast<u32>(f32(steps)), 0u, steps == 0);
}

// The scale with which 255 steps are as long as a range, as single precision has it; 1 for next to nothing, and for what is no number.
fn element_scale(word: u32) -> u32 {
    if word < bitcast<u32>(1e-29) || word > 0x7f800000u { return bitcast<u32>(1.0); }
    if word == 0x7f800000u { return word; }
    // The mantissa 256 times, so that the quotient has 24 bits or 25.
    let dividend = ((word & 0x7fffffu) | 0x800000u) << 8u;
    let quotient = dividend / 255u;
    let left = dividend % 255u;
    let rounded = quotient + select(0u, 1u, 2u * left > 255u);
    let upper = quotient >> 1u;
    let goes_up = (quotient & 1u) == 1u && (left > 0u || (upper & 1u) == 1u);
    let is_long = quotient > 0xffffffu;
    let mantissa = select(rounded, upper + select(0u, 1u, goes_up), is_long);
    // From the power of two of the range to that of the quotient, on top of that of the mantissa as a number.
    let power = (word >> 23u) - 158u + select(0u, 1u, is_long);
    let scale = bitcast<u32>(f32(mantissa)) + (power << 23u);
    return select(scale, bitcast<u32>(1.0), bitcast<f32>(scale) < 1e-30);
}
