//! Signed fixed point with 64 integer and 64 fraction bits, in which the protocol normalises stake.

use crate::fixed::I32F32;

const FRACTION_BITS: u32 = 64;

/// `bits / 2^64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct I64F64(i128);

impl I64F64 {
    pub const ZERO: Self = Self(0);

    /// An integer; from 2^63 on, the largest number there is.
    pub fn from_int(value: u64) -> Self {
        if i64::try_from(value).is_ok() {
            Self(i128::from(value) << FRACTION_BITS)
        } else {
            Self(i128::MAX)
        }
    }

    /// The integer part, clamped to u64.
    pub fn whole(self) -> u64 {
        u64::try_from(self.0 >> FRACTION_BITS).unwrap_or(0)
    }

    /// self + rhs as the protocol's plain addition: wraps around.
    pub const fn wrapping_add(self, rhs: Self) -> Self {
        Self(self.0.wrapping_add(rhs.0))
    }

    /// self / rhs rounded toward zero, or zero where rhs is zero or the quotient overflows.
    pub fn div_or_zero(self, rhs: Self) -> Self {
        Self(self.checked_div_bits(rhs).unwrap_or(0))
    }

    /// The same number with 32 fraction bits, rounded down, saturated.
    pub fn narrow(self) -> I32F32 {
        I32F32::saturating_from_bits(self.0 >> 32)
    }

    /// Long division: the integer part by the machine, then one fraction bit at a time.
    fn checked_div_bits(self, rhs: Self) -> Option<i128> {
        let divisor = rhs.0.unsigned_abs();
        let dividend = self.0.unsigned_abs();
        let mut quotient = dividend.checked_div(divisor)?;
        let mut remainder = dividend.checked_rem(divisor)?;
        if quotient >> FRACTION_BITS != 0 {
            return None;
        }
        for _ in 0..FRACTION_BITS {
            // The remainder is below the divisor, so at most 2^127, and doubles within 128 bits; the quotient gains 64
            // bits on top of at most 64.
            remainder <<= 1;
            quotient <<= 1;
            if let Some(rest) = remainder.checked_sub(divisor) {
                remainder = rest;
                quotient |= 1;
            }
        }
        if (self.0 < 0) == (rhs.0 < 0) {
            i128::try_from(quotient).ok()
        } else {
            0i128.checked_sub_unsigned(quotient)
        }
    }
}
