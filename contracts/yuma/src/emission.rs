//! How much TAO a block brings, halved as issuance nears the cap.

use core::num::NonZeroU64;

use crate::Rao;

/// The most TAO that will ever exist: 21,000,000.
pub const CAP: Rao = 21_000_000_000_000_000;

/// What a block emits before the first halving: 1 TAO.
pub const FIRST_BLOCK_EMISSION: Rao = 1_000_000_000;

/// What the next block emits at this issuance: 1 TAO >> k, where k counts the thresholds CAP * (1 - 2^-k) that
/// issuance has reached.
///
/// The k-th threshold is reached where 2^k times what is left is at most CAP. Nothing is emitted at the cap, nor from
/// the 30th halving on, where less than 0.02 TAO is left.
pub fn block_emission(issuance: Rao) -> Rao {
    halvings(issuance).map_or(0, |halvings| FIRST_BLOCK_EMISSION >> halvings)
}

/// The issuance at which block emission halves next; the cap once nothing more is emitted.
pub fn next_halving(issuance: Rao) -> Rao {
    if block_emission(issuance) == 0 {
        return CAP;
    }
    issuance.saturating_add(to_next_threshold(issuance))
}

/// What `blocks` blocks emit one after the other from this issuance on, across any thresholds they reach.
///
/// The same as adding [`block_emission`] block by block, so whoever settles a span late, or in parts, emits the same
/// total. At most 31 steps for any span.
pub fn span_emission(issuance: Rao, blocks: u64) -> Rao {
    let mut emitted: Rao = 0;
    let mut blocks_left = blocks;
    while blocks_left > 0 {
        let issued = issuance.saturating_add(emitted);
        let Some(each) = NonZeroU64::new(block_emission(issued)) else {
            break;
        };
        // The block that reaches the threshold still emits at the old rate.
        let at_this_rate = to_next_threshold(issued).div_ceil(each.get()).clamp(1, blocks_left);
        emitted = emitted.saturating_add(each.get().saturating_mul(at_this_rate));
        blocks_left = blocks_left.saturating_sub(at_this_rate);
    }
    emitted
}

/// How many thresholds the issuance has reached; none at the cap.
fn halvings(issuance: Rao) -> Option<u32> {
    let left = CAP.checked_sub(issuance)?;
    CAP.checked_div(left)?.checked_ilog2()
}

/// Rao to issue until the next threshold; 0 at the cap.
fn to_next_threshold(issuance: Rao) -> Rao {
    let left = CAP.saturating_sub(issuance);
    let left_there = halvings(issuance).map_or(0, |halvings| CAP >> halvings.saturating_add(1));
    left.saturating_sub(left_there)
}
