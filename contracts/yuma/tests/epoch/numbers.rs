//! Fixed point in 128-bit integers, each operation by its definition.

/// Bits of a number with 32 fraction bits, kept within 64 bits by the operations below.
pub type Bits = i128;

pub const ONE: Bits = 1 << 32;

pub fn clamp(bits: Bits) -> Bits {
    bits.clamp(i64::MIN.into(), i64::MAX.into())
}

pub fn add(a: Bits, b: Bits) -> Bits {
    clamp(a + b)
}

pub fn sub(a: Bits, b: Bits) -> Bits {
    clamp(a - b)
}

pub fn mul(a: Bits, b: Bits) -> Bits {
    clamp((a * b).div_euclid(ONE))
}

pub fn div(a: Bits, b: Bits) -> Bits {
    if b == 0 {
        return 0;
    }
    let quotient = a * ONE / b;
    if quotient == clamp(quotient) {
        quotient
    } else {
        0
    }
}

/// Plain additions in a build without overflow checks.
pub fn plain_sum(values: &[Bits]) -> Bits {
    Bits::from(values.iter().sum::<Bits>() as i64)
}

pub fn normalised(values: &[Bits]) -> Vec<Bits> {
    let sum = plain_sum(values);
    values
        .iter()
        .map(|&value| if sum == 0 { value } else { div(value, sum) })
        .collect()
}

pub fn proportion(value: u16) -> Bits {
    div(Bits::from(value) * ONE, 65535 * ONE)
}

pub fn stored(value: Bits) -> u16 {
    (clamp(value * 65535).div_euclid(ONE)).clamp(0, 65535) as u16
}

/// The high and low half of a 256-bit product.
pub fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    let (a1, a0, b1, b0) = (a >> 64, a & u128::from(u64::MAX), b >> 64, b & u128::from(u64::MAX));
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & u128::from(u64::MAX));
    (
        a1 * b1 + (middle >> 64) + (other >> 64),
        (other << 64) | (low & u128::from(u64::MAX)),
    )
}

/// trunc(a * 2^64 / b), found by bisection, or 0 where it has no 128 bits.
pub fn wide_div(a: i128, b: i128) -> i128 {
    if b == 0 {
        return 0;
    }
    let dividend = (a.unsigned_abs() >> 64, a.unsigned_abs() << 64);
    let (mut low, mut high) = (0u128, u128::MAX);
    while low < high {
        let middle = low + (high - low) / 2 + 1;
        if wide_mul(middle, b.unsigned_abs()) <= dividend {
            low = middle
        } else {
            high = middle - 1
        }
    }
    let is_negative = (a < 0) != (b < 0);
    match i128::try_from(low) {
        _ if low == u128::MAX => 0,
        Ok(quotient) if is_negative => -quotient,
        Ok(quotient) => quotient,
        Err(_) if is_negative && low == 1 << 127 => i128::MIN,
        Err(_) => 0,
    }
}

pub fn exp(x: Bits) -> Bits {
    let x = x.clamp(-20 * ONE, 20 * ONE);
    if x == ONE {
        // e = 2.718281828459045, of which 23 fraction bits count.
        return (2_718_281_828_459_045i128 * (1 << 23) / 1_000_000_000_000_000) << 9;
    }
    let mut term = x.abs();
    let mut sum = ONE + x.abs();
    for i in 2..=31 {
        term = div(mul(term, x.abs()), i * ONE);
        sum = add(sum, term);
    }
    if x < 0 {
        div(ONE, sum)
    } else {
        sum
    }
}
