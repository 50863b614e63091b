//! The bounds of the network's rules, which the registry keeps and whoever reads a refusal has to know.

use super::NetworkRule;
use crate::Rao;

/// The most subnets that can ever be open at once: some work is done for each of them in one call.
pub const MAX_SUBNETS: u16 = 128;
/// The longest period of blocks that a rule can ask for: about a year of 12-second blocks.
pub const MAX_BLOCKS: u32 = 2_628_000;
/// The most that a swap of keys can cost.
pub const MAX_SWAP_COST: Rao = Rao::from_tao(100);
/// The longest freeze before an epoch.
pub const MAX_FREEZE: u16 = 1_000;

impl NetworkRule {
    /// Its value; amounts in rao.
    pub fn value(&self) -> u64 {
        match *self {
            Self::MinLock(value) | Self::HotkeySwapCost(value) | Self::ColdkeySwapCost(value) => value.0,
            Self::LockFall(value) | Self::ColdkeySwapDelay(value) => value.into(),
            Self::MaxSubnets(value) | Self::FreezeWindow(value) => value.into(),
        }
    }

    /// The lowest and the highest value that it can be set to; amounts in rao.
    pub fn bounds(&self) -> (u64, u64) {
        match self {
            Self::MinLock(_) => (Rao::from_tao(1).0, Rao::from_tao(1_000_000).0),
            Self::LockFall(_) | Self::ColdkeySwapDelay(_) => (1, MAX_BLOCKS.into()),
            Self::MaxSubnets(_) => (1, MAX_SUBNETS.into()),
            Self::FreezeWindow(_) => (0, MAX_FREEZE.into()),
            Self::HotkeySwapCost(_) | Self::ColdkeySwapCost(_) => (0, MAX_SWAP_COST.0),
        }
    }

    /// Whether it can be set.
    pub fn is_within_bounds(&self) -> bool {
        let (lowest, highest) = self.bounds();
        (lowest..=highest).contains(&self.value())
    }
}
