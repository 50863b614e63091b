//! What is the same for all subnets, and governance's to set.

use crate::hyperparameters::MAX_BLOCKS;
use inktensor_primitives::registry::{Error, NetworkRule, NetworkRules};
use inktensor_primitives::Rao;

/// The most subnets that can ever be open at once: some work is done for each of them in one call.
pub const MAX_SUBNETS: u16 = 128;
/// The most that a swap of keys can cost.
const MAX_SWAP_COST: Rao = Rao::from_tao(100);
/// The longest freeze before an epoch.
const MAX_FREEZE: u16 = 1_000;

/// The rules that a network starts with. Delays are in blocks of 12 seconds: 14 days, 5 days.
pub const DEFAULTS: NetworkRules = NetworkRules {
    min_lock: Rao::from_tao(1_000),
    lock_fall: 100_800,
    max_subnets: MAX_SUBNETS,
    freeze_window: 10,
    hotkey_swap_cost: Rao(100_000_000),
    coldkey_swap_cost: Rao(100_000_000),
    coldkey_swap_delay: 36_000,
};

/// Changes one rule and returns its old value.
///
/// # Errors
/// [`Error::ValueOutOfBounds`]; nothing changes then.
pub fn set(rules: &mut NetworkRules, rule: &NetworkRule) -> Result<NetworkRule, Error> {
    use core::mem::replace;
    use NetworkRule as Rule;
    let within = match *rule {
        Rule::MinLock(new) => new >= Rao::from_tao(1) && new <= Rao::from_tao(1_000_000),
        Rule::LockFall(new) | Rule::ColdkeySwapDelay(new) => (1..=MAX_BLOCKS).contains(&new),
        Rule::MaxSubnets(new) => (1..=MAX_SUBNETS).contains(&new),
        Rule::FreezeWindow(new) => new <= MAX_FREEZE,
        Rule::HotkeySwapCost(new) | Rule::ColdkeySwapCost(new) => new <= MAX_SWAP_COST,
    };
    if !within {
        return Err(Error::ValueOutOfBounds);
    }
    Ok(match *rule {
        Rule::MinLock(new) => Rule::MinLock(replace(&mut rules.min_lock, new)),
        Rule::LockFall(new) => Rule::LockFall(replace(&mut rules.lock_fall, new)),
        Rule::MaxSubnets(new) => Rule::MaxSubnets(replace(&mut rules.max_subnets, new)),
        Rule::FreezeWindow(new) => Rule::FreezeWindow(replace(&mut rules.freeze_window, new)),
        Rule::HotkeySwapCost(new) => Rule::HotkeySwapCost(replace(&mut rules.hotkey_swap_cost, new)),
        Rule::ColdkeySwapCost(new) => Rule::ColdkeySwapCost(replace(&mut rules.coldkey_swap_cost, new)),
        Rule::ColdkeySwapDelay(new) => Rule::ColdkeySwapDelay(replace(&mut rules.coldkey_swap_delay, new)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_changes_within_its_bounds_only() {
        let mut rules = DEFAULTS;
        for outside in [
            NetworkRule::MinLock(Rao(1)),
            NetworkRule::LockFall(0),
            NetworkRule::MaxSubnets(MAX_SUBNETS + 1),
            NetworkRule::FreezeWindow(MAX_FREEZE + 1),
            NetworkRule::HotkeySwapCost(Rao(MAX_SWAP_COST.0 + 1)),
            NetworkRule::ColdkeySwapDelay(0),
        ] {
            assert_eq!(set(&mut rules, &outside), Err(Error::ValueOutOfBounds), "{outside:?}");
        }
        assert_eq!(rules, DEFAULTS);
        assert_eq!(
            set(&mut rules, &NetworkRule::MaxSubnets(3)),
            Ok(NetworkRule::MaxSubnets(MAX_SUBNETS))
        );
        assert_eq!(rules.max_subnets, 3);
    }
}
