//! Step 11: who gets which share of the emission.

use alloc::vec::Vec;

use crate::fixed::{normalise_by, wrapping_sum, I32F32};
use crate::Rao;

/// Shares of the epoch's emission.
pub(crate) struct Shares {
    /// I / es.
    pub server: Vec<I32F32>,
    /// D / es.
    pub validator: Vec<I32F32>,
    /// (I + D) / es.
    pub combined: Vec<I32F32>,
}

impl Shares {
    /// es = sum I + sum D. Where nobody agreed on anything, validators share by active stake, or by stake if none is
    /// active.
    pub fn new(incentive: Vec<I32F32>, dividends: Vec<I32F32>, active: &[I32F32], stake: &[I32F32]) -> Self {
        let mut combined: Vec<I32F32> = incentive
            .iter()
            .zip(&dividends)
            .map(|(&incentive, &dividend)| incentive.saturating_add(dividend))
            .collect();
        let sum = wrapping_sum(&combined);
        let (mut server, mut validator) = (incentive, dividends);
        if sum == I32F32::ZERO {
            let fallback = if wrapping_sum(active) == I32F32::ZERO {
                stake
            } else {
                active
            };
            validator.clear();
            validator.extend_from_slice(fallback);
            combined.clear();
            combined.extend_from_slice(fallback);
        } else {
            normalise_by(&mut server, sum);
            normalise_by(&mut validator, sum);
            normalise_by(&mut combined, sum);
        }
        Self {
            server,
            validator,
            combined,
        }
    }
}

/// Step 12: floor(share * emission) of each.
pub(crate) fn amounts(shares: &[I32F32], emission: Rao) -> Vec<Rao> {
    shares.iter().map(|share| share.of(emission)).collect()
}
