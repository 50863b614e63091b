//! What opening a subnet costs: twice the last lock, falling in a straight line to the minimum.

use inktensor_primitives::{BlockNumber, Rao};

/// The least lock: 1000 TAO.
pub const MINIMUM: Rao = Rao::from_tao(1_000);
/// Blocks in which the price falls by one last lock: 14 days of 12 seconds.
const FALL: u64 = 100_800;

/// The last subnet's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct LastLock {
    /// What was locked.
    pub amount: Rao,
    /// When.
    pub at: BlockNumber,
}

/// `max(minimum, 2 * last - last * blocks / FALL)`
pub fn cost(last: Option<LastLock>, now: BlockNumber) -> Rao {
    let Some(LastLock { amount, at }) = last else {
        return MINIMUM;
    };
    let fallen = u128::from(amount.0)
        .saturating_mul(u128::from(now.saturating_sub(at)))
        .checked_div(u128::from(FALL))
        .and_then(|fallen| u64::try_from(fallen).ok())
        .unwrap_or(u64::MAX);
    Rao(amount.0.saturating_mul(2).saturating_sub(fallen)).max(MINIMUM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_and_falls_back_to_the_minimum() {
        assert_eq!(cost(None, 7), MINIMUM);
        let last = Some(LastLock {
            amount: MINIMUM,
            at: 10,
        });
        assert_eq!(cost(last, 10), Rao::from_tao(2_000));
        assert_eq!(cost(last, 10 + 50_400), Rao::from_tao(1_500));
        assert_eq!(cost(last, 10 + 100_800), MINIMUM);
        assert_eq!(cost(last, u32::MAX), MINIMUM);
    }
}
