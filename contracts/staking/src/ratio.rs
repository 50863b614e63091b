//! Products that do not fit 128 bits, divided at once.

/// `floor(factor * times / divisor)` and whether something was cut off.
///
/// `None` where the divisor is 0 or the quotient does not fit 128 bits. The divisor must be below 2^126: shares and stakes are far
/// below it.
pub fn multiply_divide(factor: u128, times: u64, divisor: u128) -> Option<(u128, bool)> {
    let whole = factor.checked_div(divisor)?;
    let part = factor.checked_rem(divisor)?;
    // What is left of the factor and the multiplier have 64 bits each where the divisor has: their product needs no more than 128.
    if u64::try_from(divisor).is_ok() {
        let product = part.checked_mul(u128::from(times))?;
        let quotient = whole.checked_mul(u128::from(times))?;
        let cut = product.checked_rem(divisor)? != 0;
        return Some((quotient.checked_add(product.checked_div(divisor)?)?, cut));
    }
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    // Horner's scheme over the bits of `times`; the remainder stays below the divisor after each bit.
    for bit in (0..u64::BITS).rev() {
        quotient = quotient.checked_mul(2)?;
        remainder = remainder.checked_mul(2)?;
        if times.checked_shr(bit)? & 1 == 1 {
            quotient = quotient.checked_add(whole)?;
            remainder = remainder.checked_add(part)?;
        }
        while remainder >= divisor {
            remainder = remainder.checked_sub(divisor)?;
            quotient = quotient.checked_add(1)?;
        }
    }
    Some((quotient, remainder != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_plain_quotient_where_that_fits(
            factor in 0..u128::from(u64::MAX),
            times: u64,
            divisor in prop_oneof![1..u128::MAX >> 2, 1..=u128::from(u64::MAX), 1..100_u128],
        ) {
            let product = factor * u128::from(times);
            prop_assert_eq!(
                multiply_divide(factor, times, divisor),
                Some((product / divisor, product % divisor != 0))
            );
        }

        #[test]
        fn multiplying_and_dividing_by_the_same_changes_nothing(factor in 0..1_u128 << 120, times in 1..u64::MAX) {
            prop_assert_eq!(multiply_divide(factor, times, u128::from(times)), Some((factor, false)));
        }
    }

    #[test]
    fn a_zero_divisor_has_no_quotient() {
        assert_eq!(multiply_divide(1, 1, 0), None);
    }

    #[test]
    fn a_quotient_above_128_bits_is_refused() {
        assert_eq!(multiply_divide(u128::MAX, 2, 1), None);
    }
}
