//! The share pool of one hotkey: who is owed what, in constant time however many nominators there are.
//!
//! A position is a number of shares; its worth is `shares * stake / all shares`. Dividends raise `stake` and so everyone's worth at
//! once. Every rounding is in the pool's favour: bought shares are rounded down, sold shares up, worth down. So a share's worth never
//! falls, nobody can withdraw more than is there, and what rounding leaves stays with the remaining nominators. The last one out
//! takes all of it.
//!
//! So the only dust is what a pool's stake exceeds the sum of its positions' worths by: less than one rao for each position. It is
//! nobody's yet, belongs to whoever stays, and is never minted, burned or moved to another pool.

use crate::delayed::Delayed;
use crate::ratio::multiply_divide;
use inktensor_primitives::staking::{Error, MAX_TAKE};
use inktensor_primitives::{AccountId, Rao};

/// Shares that one rao buys in an empty pool. Worth of a share grows with dividends; so many make sure that rounding stays below one
/// rao until a pool has grown 2^40-fold.
const FIRST_SHARES_PER_RAO: u128 = 1 << 40;

/// What one coldkey holds of one pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Holding {
    /// The shares.
    pub shares: u128,
    /// Where the pool stands in the coldkey's list.
    pub place: u32,
}

/// What a hotkey holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Pool {
    /// All stake.
    pub stake: Rao,
    /// All shares.
    pub shares: u128,
    /// Coldkeys with shares.
    pub nominators: u32,
    /// The coldkey that receives the take, once known.
    pub owner: Option<AccountId>,
    /// What that coldkey holds.
    pub own: Option<Holding>,
    /// The owner's part of dividends in 65535ths, once set.
    take: Option<Delayed<u16>>,
    /// Whether it is in the list of delegates.
    pub listed: bool,
    /// The hotkey that holds it, where that is not the first one any more.
    pub renamed: Option<AccountId>,
}

impl Pool {
    /// A pool of which only stake and shares are known.
    pub fn of(stake: Rao, shares: u128) -> Self {
        Self {
            stake,
            shares,
            ..Self::default()
        }
    }

    /// The hotkey that holds the pool which is kept under `key`.
    pub fn holder(&self, key: AccountId) -> AccountId {
        self.renamed.unwrap_or(key)
    }

    /// The owner's part of dividends in 65535ths.
    pub fn take(&self) -> Delayed<u16> {
        self.take.unwrap_or(Delayed::fixed(MAX_TAKE))
    }

    /// Sets the owner's part of dividends.
    pub fn set_take(&mut self, take: Delayed<u16>) {
        self.take = Some(take);
    }

    /// What `shares` are worth, rounded down.
    ///
    /// # Errors
    /// [`Error::Overflow`] where more shares are asked for than there are.
    pub fn worth(&self, shares: u128) -> Result<Rao, Error> {
        if shares == 0 {
            return Ok(Rao::ZERO);
        }
        let (worth, _) = multiply_divide(shares, self.stake.0, self.shares).ok_or(Error::Overflow)?;
        u64::try_from(worth).map(Rao).map_err(|_| Error::Overflow)
    }

    /// Adds stake for new shares, rounded down, and returns them.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn buy(&mut self, amount: Rao) -> Result<u128, Error> {
        let bought = if self.shares == 0 || self.stake == Rao::ZERO {
            u128::from(amount.0).checked_mul(FIRST_SHARES_PER_RAO)
        } else {
            multiply_divide(self.shares, amount.0, u128::from(self.stake.0)).map(|(shares, _)| shares)
        }
        .ok_or(Error::Overflow)?;
        self.shares = self.shares.checked_add(bought).ok_or(Error::Overflow)?;
        self.raise(amount)?;
        Ok(bought)
    }

    /// Takes `amount` out for shares, rounded up, and returns how many of `held` remain.
    ///
    /// # Errors
    /// [`Error::InsufficientStake`] where `held` is worth less.
    pub fn sell(&mut self, held: u128, amount: Rao) -> Result<u128, Error> {
        let worth = self.worth(held)?;
        if worth < amount {
            return Err(Error::InsufficientStake);
        }
        let sold = if worth == amount {
            held
        } else {
            let (floor, cut) =
                multiply_divide(self.shares, amount.0, u128::from(self.stake.0)).ok_or(Error::Overflow)?;
            floor.checked_add(u128::from(cut)).ok_or(Error::Overflow)?
        };
        let left = held.checked_sub(sold).ok_or(Error::Overflow)?;
        self.shares = self.shares.checked_sub(sold).ok_or(Error::Overflow)?;
        self.stake = Rao(self.stake.0.checked_sub(amount.0).ok_or(Error::Overflow)?);
        Ok(left)
    }

    /// Adds stake for everyone who has shares.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn raise(&mut self, amount: Rao) -> Result<(), Error> {
        self.stake = Rao(self.stake.0.checked_add(amount.0).ok_or(Error::Overflow)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dividends_are_shared_pro_rata() {
        let mut pool = Pool::default();
        let one = pool.buy(Rao(1_000)).unwrap();
        let three = pool.buy(Rao(3_000)).unwrap();
        pool.raise(Rao(400)).unwrap();
        assert_eq!(pool.worth(one), Ok(Rao(1_100)));
        assert_eq!(pool.worth(three), Ok(Rao(3_300)));
    }

    #[test]
    fn the_last_one_out_takes_everything() {
        let mut pool = Pool::default();
        let held = pool.buy(Rao(3)).unwrap();
        pool.raise(Rao(7)).unwrap();
        assert_eq!(pool.sell(held, Rao(10)), Ok(0));
        assert_eq!((pool.shares, pool.stake), (0, Rao::ZERO));
    }

    #[test]
    fn selling_more_than_held_is_refused_and_changes_nothing() {
        let mut pool = Pool::default();
        let held = pool.buy(Rao(5)).unwrap();
        let before = pool.clone();
        assert_eq!(pool.sell(held, Rao(6)), Err(Error::InsufficientStake));
        assert_eq!(pool, before);
    }

    #[test]
    fn a_pool_that_grew_more_than_2_to_the_40_fold_rounds_by_a_share() {
        let mut pool = Pool::default();
        pool.buy(Rao(1)).unwrap();
        pool.raise(Rao(5 << 40)).unwrap();
        // A share is worth a little more than 5 rao by now.
        let bought = pool.buy(Rao(1_000_000_000_004)).unwrap();
        let worth = pool.worth(bought).unwrap();
        assert!(
            worth <= Rao(1_000_000_000_004) && worth > Rao(999_999_999_997),
            "{worth:?}"
        );
    }

    #[derive(Clone, Debug)]
    enum Step {
        Buy(usize, u64),
        Sell(usize, u8),
        Raise(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..4_usize, 1..1_000_000_000_000_u64).prop_map(|(who, amount)| Step::Buy(who, amount)),
            (0..4_usize, 0..=100_u8).prop_map(|(who, percent)| Step::Sell(who, percent)),
            (0..1_000_000_000_000_u64).prop_map(Step::Raise),
        ]
    }

    proptest! {
        /// Worth never falls by what others do, the sum of all worth never exceeds the stake, and all can leave. Rounding costs who acts
        /// less than a share, and a rao.
        #[test]
        fn nobody_gains_or_loses_by_what_others_do(steps in prop::collection::vec(step(), 1..60)) {
            let mut pool = Pool::default();
            let mut held = [0_u128; 4];
            let mut balance = 0_u64;
            for step in steps {
                let before: Vec<u64> = held.iter().map(|shares| pool.worth(*shares).unwrap().0).collect();
                let share = u128::from(pool.stake.0).div_ceil(pool.shares.max(1));
                let rounding = 1 + u64::try_from(share).unwrap();
                let actor = match step {
                    Step::Buy(who, amount) => {
                        held[who] += pool.buy(Rao(amount)).unwrap();
                        balance += amount;
                        let gained = pool.worth(held[who]).unwrap().0 - before[who];
                        prop_assert!(gained <= amount && gained + rounding >= amount, "{gained} of {amount}");
                        Some(who)
                    }
                    Step::Sell(who, percent) => {
                        let amount = before[who] / 100 * u64::from(percent);
                        held[who] = pool.sell(held[who], Rao(amount)).unwrap();
                        balance -= amount;
                        let lost = before[who] - pool.worth(held[who]).unwrap().0;
                        prop_assert!(lost >= amount && lost <= amount + rounding, "{lost} for {amount}");
                        Some(who)
                    }
                    Step::Raise(amount) => {
                        if pool.shares != 0 {
                            pool.raise(Rao(amount)).unwrap();
                            balance += amount;
                        }
                        None
                    }
                };
                prop_assert_eq!(pool.stake.0, balance);
                prop_assert_eq!(pool.shares, held.iter().sum::<u128>());
                let after: Vec<u64> = held.iter().map(|shares| pool.worth(*shares).unwrap().0).collect();
                prop_assert!(after.iter().sum::<u64>() <= balance);
                for other in (0..4).filter(|who| Some(*who) != actor) {
                    prop_assert!(after[other] >= before[other]);
                }
            }
            for shares in held {
                let worth = pool.worth(shares).unwrap();
                prop_assert_eq!(pool.sell(shares, worth), Ok(0));
            }
            prop_assert_eq!((pool.shares, pool.stake), (0, Rao::ZERO));
        }
    }
}
