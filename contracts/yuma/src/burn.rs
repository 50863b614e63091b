//! The price of a registration: burned TAO that halves with time and rises with each registration.

use crate::{Block, Rao};

/// How the price moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnTerms {
    /// The price never falls below this.
    pub min: Rao,
    /// Nor rises above this.
    pub max: Rao,
    /// Blocks in which it halves; with 0 it falls to the minimum at once.
    pub half_life: Block,
    /// What each registration multiplies it by, in thousandths.
    pub increase_permille: u32,
}

impl BurnTerms {
    /// The price of a subnet's first registration: 1 TAO.
    pub const FIRST_PRICE: Rao = 1_000_000_000;

    /// 0.0005 to 100 TAO, half-life 360 blocks, x1.26 per registration.
    pub const DEFAULT: Self = Self {
        min: 500_000,
        max: 100_000_000_000,
        half_life: 360,
        increase_permille: 1260,
    };

    /// The price after so many blocks without a registration: price * 2^(-blocks / half_life), rounded down, within
    /// the bounds.
    ///
    /// Computed from the price after the last registration, so it does not matter how often it is asked for.
    pub fn after_blocks(&self, price: Rao, blocks: Block) -> Rao {
        let decayed = match (blocks.checked_div(self.half_life), blocks.checked_rem(self.half_life)) {
            (Some(halvings), Some(rest)) => {
                let halved = u32::try_from(halvings)
                    .ok()
                    .and_then(|halvings| price.checked_shr(halvings))
                    .unwrap_or(0);
                scale(halved, power_of_half(rest, self.half_life))
            }
            _ if blocks == 0 => price,
            _ => 0,
        };
        self.bounded(decayed)
    }

    /// The price after a registration at this price.
    pub fn after_registration(&self, price: Rao) -> Rao {
        let raised = u128::from(price).saturating_mul(u128::from(self.increase_permille)) / 1000;
        self.bounded(Rao::try_from(raised).unwrap_or(Rao::MAX))
    }

    /// Bounds that contradict each other let the minimum win.
    fn bounded(&self, price: Rao) -> Rao {
        price.min(self.max).max(self.min)
    }
}

/// One in 64 fraction bits: 2^64.
const ONE: u128 = 1 << 64;

/// 2^(-1/2), 2^(-1/4), 2^(-1/8) and so on in 64 fraction bits, each the square root of the one before.
const ROOTS: [u128; 32] = {
    let mut roots = [0; 32];
    let mut root = ONE >> 1;
    let mut index = 0;
    #[allow(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "evaluated by the compiler: it checks both"
    )]
    while index < roots.len() {
        root = (root << 64).isqrt();
        roots[index] = root;
        index += 1;
    }
    roots
};

/// 2^(-part / whole) in 64 fraction bits, for part < whole.
fn power_of_half(part: u64, whole: u64) -> u128 {
    let exponent = (u128::from(part) << ROOTS.len())
        .checked_div(u128::from(whole))
        .unwrap_or(0);
    // Bit 31 of the exponent is worth 1/2, bit 30 is worth 1/4: multiply the powers of the bits that are set.
    ROOTS.iter().enumerate().fold(ONE, |power, (index, &root)| {
        let is_set = exponent
            .checked_shr(31u32.saturating_sub(u32::try_from(index).unwrap_or(31)))
            .is_some_and(|bit| bit & 1 == 1);
        // Both at most 2^64, and roots below it: no overflow.
        if is_set {
            power.saturating_mul(root) >> 64
        } else {
            power
        }
    })
}

/// floor(amount * factor) for a factor of at most one in 64 fraction bits.
fn scale(amount: Rao, factor: u128) -> Rao {
    Rao::try_from(u128::from(amount).saturating_mul(factor) >> 64).unwrap_or(amount)
}
