//! What is the same for all subnets, and governance's to set.

use inktensor_primitives::registry::{Error, NetworkRule, NetworkRules, MAX_SUBNETS};
use inktensor_primitives::Rao;

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
    if !rule.is_within_bounds() {
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
    use inktensor_primitives::registry::{MAX_FREEZE, MAX_SWAP_COST};

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
