//! What opening a subnet costs: twice the newest subnet's lock, falling in a straight line to the minimum.

use inktensor_primitives::registry::NetworkRules;
use inktensor_primitives::{BlockNumber, Rao};

/// The newest subnet's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLock {
    /// What was locked.
    pub amount: Rao,
    /// When.
    pub at: BlockNumber,
}

/// `max(minimum, 2 * last - last * blocks / fall)`
pub fn cost(last: Option<LastLock>, rules: &NetworkRules, now: BlockNumber) -> Rao {
    let Some(LastLock { amount, at }) = last else {
        return rules.min_lock;
    };
    let fallen = u128::from(amount.0)
        .saturating_mul(u128::from(now.saturating_sub(at)))
        .checked_div(u128::from(rules.lock_fall))
        .and_then(|fallen| u64::try_from(fallen).ok())
        .unwrap_or(u64::MAX);
    Rao(amount.0.saturating_mul(2).saturating_sub(fallen)).max(rules.min_lock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::DEFAULTS;

    #[test]
    fn doubles_and_falls_back_to_the_minimum() {
        let minimum = DEFAULTS.min_lock;
        let cost = |last, now| cost(last, &DEFAULTS, now);
        assert_eq!(cost(None, 7), minimum);
        let last = Some(LastLock {
            amount: minimum,
            at: 10,
        });
        assert_eq!(cost(last, 10), Rao::from_tao(2_000));
        assert_eq!(cost(last, 10 + 50_400), Rao::from_tao(1_500));
        assert_eq!(cost(last, 10 + 100_800), minimum);
        assert_eq!(cost(last, u32::MAX), minimum);
    }
}
