//! Signed fixed point with 32 integer and 32 fraction bits, with the roundings of the protocol.

/// `bits / 2^32`.
///
/// Multiplication rounds down, division rounds toward zero and gives zero where there is no quotient,
/// sums that normalise wrap as the protocol's plain additions do; everything else saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct I32F32(i64);

impl I32F32 {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(1 << 32);
    /// 1/2.
    pub const HALF: Self = Self(1 << 31);
    /// The largest number, just below 2^31.
    pub const MAX: Self = Self(i64::MAX);
    /// e, cut to the 23 fraction bits that the protocol's constant has.
    const E: Self = Self(0x2_b7e1_5000);

    /// The number of these bits.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// The number's bits.
    pub const fn to_bits(self) -> i64 {
        self.0
    }

    /// An integer.
    pub const fn from_int(value: i32) -> Self {
        #[allow(clippy::cast_lossless, reason = "From is not const")]
        Self((value as i64) << 32)
    }

    /// Wide bits of the same scale, saturated.
    pub(crate) fn saturating_from_bits(bits: i128) -> Self {
        Self(i64::try_from(bits).unwrap_or(if bits < 0 { i64::MIN } else { i64::MAX }))
    }

    /// The proportion that a u16 stands for: value / 65535.
    pub fn from_proportion(value: u16) -> Self {
        Self::ratio(value, u64::from(u16::MAX))
    }

    /// numerator / denominator, rounded down; zero where the denominator is zero.
    ///
    /// The same as dividing the two integers as [`I32F32`], in one machine division.
    pub(crate) fn ratio(numerator: u16, denominator: u64) -> Self {
        let quotient = (u64::from(numerator) << 32).checked_div(denominator).unwrap_or(0);
        Self(i64::try_from(quotient).unwrap_or(i64::MAX))
    }

    /// floor(self * 65535), clamped to u16.
    pub fn to_proportion(self) -> u16 {
        let whole = self.saturating_mul(Self::from_int(i32::from(u16::MAX))).0 >> 32;
        u16::try_from(whole).unwrap_or(if whole < 0 { 0 } else { u16::MAX })
    }

    /// floor(self * amount), clamped to u64.
    pub fn of(self, amount: u64) -> u64 {
        // |self| <= 2^63 and amount < 2^64: the product is below 2^127.
        let product = i128::from(self.0).saturating_mul(i128::from(amount)) >> 32;
        u64::try_from(product).unwrap_or(if product < 0 { 0 } else { u64::MAX })
    }

    /// self + rhs, saturating.
    #[must_use]
    pub const fn saturating_add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }

    /// self + rhs as the protocol's plain addition: wraps around.
    #[must_use]
    pub const fn wrapping_add(self, rhs: Self) -> Self {
        Self(self.0.wrapping_add(rhs.0))
    }

    /// self - rhs, saturating.
    #[must_use]
    pub const fn saturating_sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }

    /// self * rhs rounded down, saturating.
    #[must_use]
    pub fn saturating_mul(self, rhs: Self) -> Self {
        match self.small_product(rhs) {
            Some(product) => product,
            None => Self::saturating_from_bits(self.wide_product(rhs)),
        }
    }

    /// self * rhs rounded down, or zero where it overflows.
    #[must_use]
    pub fn mul_or_zero(self, rhs: Self) -> Self {
        match self.small_product(rhs) {
            Some(product) => product,
            None => Self(i64::try_from(self.wide_product(rhs)).unwrap_or(0)),
        }
    }

    /// self / rhs rounded toward zero, or zero where rhs is zero or the quotient overflows.
    #[must_use]
    pub fn div_or_zero(self, rhs: Self) -> Self {
        Self(self.checked_div_bits(rhs).unwrap_or(0))
    }

    /// The exponential function as the protocol computes it, with the argument clamped to +-20.
    ///
    /// Taylor terms 2 to 31, each `term * x / i` with both steps truncated; 1/exp(|x|) for negative x; exp(1) is e
    /// cut to 23 fraction bits rather than the series.
    #[must_use]
    pub fn exp(self) -> Self {
        let x = self.clamp(Self::from_int(-20), Self::from_int(20));
        if x == Self::ONE {
            return Self::E;
        }
        let magnitude = Self(x.0.saturating_abs());
        let mut term = magnitude;
        let mut sum = Self::ONE.saturating_add(magnitude);
        for i in 2..32 {
            // At x = 20 the largest term is 4.4e7, so term * x stays below 2^31 and nothing saturates.
            term = Self(term.saturating_mul(magnitude).0.checked_div(i).unwrap_or(0));
            if term == Self::ZERO {
                break;
            }
            sum = sum.saturating_add(term);
        }
        if x < Self::ZERO {
            Self::ONE.div_or_zero(sum)
        } else {
            sum
        }
    }

    /// The product where it can be had from 32-bit halves, without 128-bit arithmetic, which Wasm lacks.
    ///
    /// With a = ah * 2^32 + al and b = bh * 2^32 + bl, 0 <= al, bl < 2^32:
    /// floor(a * b / 2^32) = ah * bh * 2^32 + ah * bl + al * bh + floor(al * bl / 2^32).
    fn small_product(self, rhs: Self) -> Option<Self> {
        let low = |bits: i64| bits & 0xffff_ffff;
        let (ah, al) = (self.0 >> 32, low(self.0));
        let (bh, bl) = (rhs.0 >> 32, low(rhs.0));
        // Below 2^32 each, so the product fits 64 bits, and 32 of them remain.
        let lowest = i64::try_from(al.unsigned_abs().wrapping_mul(bl.unsigned_abs()) >> 32).ok()?;
        if ah == 0 && bh == 0 {
            return Some(Self(lowest));
        }
        // |ah|, |bh| <= 2^31, so no product of two halves overflows; sums may.
        let high = ah.wrapping_mul(bh);
        if high.unsigned_abs() >> 30 != 0 {
            return None;
        }
        let sum = (high << 32).checked_add(ah.wrapping_mul(bl))?;
        sum.checked_add(al.wrapping_mul(bh))?.checked_add(lowest).map(Self)
    }

    fn wide_product(self, rhs: Self) -> i128 {
        // |self|, |rhs| <= 2^63: the product is at most 2^126.
        i128::from(self.0).wrapping_mul(i128::from(rhs.0)) >> 32
    }

    fn checked_div_bits(self, rhs: Self) -> Option<i64> {
        if let (Ok(a), Ok(b)) = (u64::try_from(self.0), u64::try_from(rhs.0)) {
            if let Some(quotient) = small_quotient(a, b) {
                return Some(quotient);
            }
        }
        let quotient = (i128::from(self.0) << 32).checked_div(i128::from(rhs.0))?;
        i64::try_from(quotient).ok()
    }
}

/// floor(a * 2^32 / b) in machine divisions, where they are enough: as long division with one digit of 32 bits, or
/// with an integer part and two digits of 16 bits.
fn small_quotient(a: u64, b: u64) -> Option<i64> {
    if a >> 32 == 0 {
        return i64::try_from((a << 32).checked_div(b)?).ok();
    }
    // Remainders are below b, so they fit 64 bits with a digit behind them.
    if b >> 48 != 0 {
        return None;
    }
    let (whole, rest) = (a.checked_div(b)?, a.checked_rem(b)?);
    let (first, rest) = ((rest << 16).checked_div(b)?, (rest << 16).checked_rem(b)?);
    let second = (rest << 16).checked_div(b)?;
    if whole >> 31 != 0 {
        return None;
    }
    i64::try_from((whole << 32) | (first << 16) | second).ok()
}

/// The sum with plain additions, which wrap around in the protocol's release builds.
pub fn wrapping_sum(values: &[I32F32]) -> I32F32 {
    values.iter().copied().fold(I32F32::ZERO, I32F32::wrapping_add)
}

/// Divides each value by `sum`; leaves them where `sum` is zero.
pub fn normalise_by(values: &mut [I32F32], sum: I32F32) {
    if sum != I32F32::ZERO {
        for value in values {
            *value = value.div_or_zero(sum);
        }
    }
}

/// Makes the values sum to one, rounded down each; leaves them where their sum is zero.
pub fn normalise(values: &mut [I32F32]) {
    let sum = wrapping_sum(values);
    normalise_by(values, sum);
}
