//! The form in which weights are stored.

use alloc::vec::Vec;

/// Scales weights so that the largest becomes 65535; leaves them where all are zero.
///
/// With the largest m: round(e * (65535 / m)) where m > 32768, else round((e * 65535) / m), in 32 fraction bits, half
/// away from zero. The first form rounds 65535 / m down before multiplying, as the protocol does to stay within 32
/// integer bits.
pub fn max_upscale(weights: &[u16]) -> Vec<u16> {
    let Some(largest) = weights.iter().copied().max().filter(|&largest| largest > 0) else {
        return weights.to_vec();
    };
    weights.iter().map(|&weight| upscale(weight, largest)).collect()
}

/// One weight where `largest` is the row's largest, at least this and not zero.
fn upscale(weight: u16, largest: u16) -> u16 {
    const TOP: u64 = u16::MAX as u64;
    let (weight, largest) = (u64::from(weight), u64::from(largest));
    // Fraction bits are 32. weight <= largest < 2^16, so each product below is under 2^64: 2^16 * 2^33 in the first
    // form, 2^32 shifted by 32 in the second, where weight * 65535 <= 32768 * 65535 < 2^31.
    let bits = if largest > 32768 {
        (TOP << 32)
            .checked_div(largest)
            .map(|factor| weight.saturating_mul(factor))
    } else {
        (weight.saturating_mul(TOP) << 32).checked_div(largest)
    };
    let rounded = bits.unwrap_or(0).saturating_add(1 << 31) >> 32;
    u16::try_from(rounded).unwrap_or(u16::MAX)
}
