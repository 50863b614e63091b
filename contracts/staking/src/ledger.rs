//! Every pool and position, and the lists by which they are found.
//!
//! This file holds what moves stake; beside it stand `delegation` (takes, child keys, where incentive goes), `payouts` (what neurons
//! earned), `holdings` (who holds what of a pool), `renaming` (hotkeys that take others' place) and `reading`. Inside, hotkeys are the keys of their pools.
//!
//! Invariant: `total` is the sum of all pools' stake, and TAO held by the contract is never less.

mod delegation;
mod holdings;
mod payouts;
mod reading;
mod renaming;

use crate::amounts::{minus, plus};
use crate::checkpoints::{Checkpoint, Checkpoints, Trace};
use crate::families::Families;
use crate::lists::{List, Lists};
use crate::pool::{Holding, Pool};
use crate::pools::{PoolKey, Pools};
use crate::presence::Presence;
use ink::storage::Mapping;
use inktensor_primitives::events::staking::{StakeAdded, StakeMoved, StakeRemoved, StakeTransferred};
use inktensor_primitives::staking::Error;
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};

pub use payouts::Paid;
pub use reading::{MAX_HOTKEYS, MAX_PAGE};

/// The least amount of a stake, and the least that taking a part may leave: 0.002 TAO.
pub const MINIMUM_STAKE: Rao = Rao(2_000_000);
/// The most payouts at once.
pub const MAX_PAYOUTS: usize = 128;

/// All staked TAO.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Ledger {
    total: Rao,
    pools: Pools,
    /// What others than the owner of a pool hold of it.
    holdings: Mapping<(PoolKey, AccountId), Holding>,
    lists: Lists,
    families: Families,
    /// Where a coldkey wants the incentive that it earns on a subnet.
    targets: Mapping<(NetUid, AccountId), AccountId>,
    /// Which coldkeys may have chosen that.
    choosers: Mapping<NetUid, Presence>,
    checkpoints: Checkpoints,
}

impl Ledger {
    /// Adds stake. The caller's TAO must be taken with it.
    ///
    /// # Errors
    /// [`Error::BelowMinimumStake`]
    pub fn stake(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Rao,
        now: BlockNumber,
    ) -> Result<(Rao, StakeAdded), Error> {
        if amount < MINIMUM_STAKE {
            return Err(Error::BelowMinimumStake);
        }
        let hotkey = self.pools.holder(&hotkey);
        let position = self.put(coldkey, hotkey, amount, now)?;
        self.total = plus(self.total, amount)?;
        self.remember_total(now)?;
        let event = StakeAdded {
            hotkey,
            coldkey,
            amount,
            position,
        };
        Ok((position, event))
    }

    /// Takes part of a position out. The amount must be paid with it.
    ///
    /// # Errors
    /// [`Error::BelowMinimumStake`] for zero, [`Error::InsufficientStake`] where the position holds less,
    /// [`Error::RemainderBelowMinimum`]
    pub fn unstake(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Rao,
        now: BlockNumber,
    ) -> Result<(Rao, StakeRemoved), Error> {
        if amount == Rao::ZERO {
            return Err(Error::BelowMinimumStake);
        }
        self.pay_out(coldkey, hotkey, Some(amount), now)
    }

    /// Takes a whole position out: nothing of it remains. The amount in the event must be paid with it.
    ///
    /// # Errors
    /// [`Error::InsufficientStake`] where there is no position.
    pub fn unstake_all(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        now: BlockNumber,
    ) -> Result<StakeRemoved, Error> {
        self.pay_out(coldkey, hotkey, None, now).map(|(_, event)| event)
    }

    /// Moves stake to another hotkey: `amount`, or all of it.
    ///
    /// # Errors
    /// [`Error::SameAccount`], [`Error::BelowMinimumStake`], [`Error::InsufficientStake`], [`Error::RemainderBelowMinimum`]
    pub fn move_stake(
        &mut self,
        coldkey: AccountId,
        from: AccountId,
        to: AccountId,
        amount: Option<Rao>,
        now: BlockNumber,
    ) -> Result<StakeMoved, Error> {
        let [from, to] = [from, to].map(|hotkey| self.pools.holder(&hotkey));
        let amount = self.shift((coldkey, from), (coldkey, to), amount, now)?;
        Ok(StakeMoved {
            coldkey,
            from,
            to,
            amount,
        })
    }

    /// Gives stake to another coldkey: `amount`, or all of it.
    ///
    /// # Errors
    /// [`Error::SameAccount`], [`Error::BelowMinimumStake`], [`Error::InsufficientStake`], [`Error::RemainderBelowMinimum`]
    pub fn transfer_stake(
        &mut self,
        from: AccountId,
        hotkey: AccountId,
        to: AccountId,
        amount: Option<Rao>,
        now: BlockNumber,
    ) -> Result<StakeTransferred, Error> {
        let hotkey = self.pools.holder(&hotkey);
        let amount = self.shift((from, hotkey), (to, hotkey), amount, now)?;
        Ok(StakeTransferred {
            hotkey,
            from,
            to,
            amount,
        })
    }

    /// Records a position as it is, earnings included, as votes of later blocks.
    ///
    /// # Errors
    /// [`Error::InsufficientStake`] where there is no position.
    pub fn record_votes(&mut self, coldkey: AccountId, hotkey: AccountId, now: BlockNumber) -> Result<Rao, Error> {
        let (key, pool) = self.pools.find(&hotkey);
        let holding = self.holding(&key, &pool, &coldkey).ok_or(Error::InsufficientStake)?;
        self.remember(coldkey, key, holding.shares, &pool, now)?;
        self.remember_total(now)?;
        pool.worth(holding.shares)
    }

    /// Moves stake between positions (coldkey and hotkey); returns how much.
    fn shift(
        &mut self,
        from: (AccountId, AccountId),
        to: (AccountId, AccountId),
        amount: Option<Rao>,
        now: BlockNumber,
    ) -> Result<Rao, Error> {
        if from == to {
            return Err(Error::SameAccount);
        }
        if amount.is_some_and(|amount| amount < MINIMUM_STAKE) {
            return Err(Error::BelowMinimumStake);
        }
        let (amount, _) = self.take_out(from.0, from.1, amount, now)?;
        if amount != Rao::ZERO {
            self.put(to.0, to.1, amount, now)?;
        }
        self.remember_total(now)?;
        Ok(amount)
    }

    /// Takes `amount`, or all, out of a position and out of the contract; returns what remains.
    fn pay_out(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Option<Rao>,
        now: BlockNumber,
    ) -> Result<(Rao, StakeRemoved), Error> {
        let hotkey = self.pools.holder(&hotkey);
        let (amount, position) = self.take_out(coldkey, hotkey, amount, now)?;
        self.total = minus(self.total, amount)?;
        self.remember_total(now)?;
        let event = StakeRemoved {
            hotkey,
            coldkey,
            amount,
            position,
        };
        Ok((position, event))
    }

    /// Adds to a position and its pool, and remembers both; returns what the position is worth then.
    fn put(&mut self, coldkey: AccountId, hotkey: AccountId, amount: Rao, now: BlockNumber) -> Result<Rao, Error> {
        let (key, mut pool) = self.pools.find(&hotkey);
        let shares = self.credit(&mut pool, coldkey, key, amount)?;
        self.remember(coldkey, key, shares, &pool, now)?;
        let position = pool.worth(shares)?;
        self.save(key, pool)?;
        Ok(position)
    }

    /// Takes `amount`, or all, out of a position and its pool, and remembers both; returns what was taken and what remains.
    fn take_out(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Option<Rao>,
        now: BlockNumber,
    ) -> Result<(Rao, Rao), Error> {
        let (key, mut pool) = self.pools.find(&hotkey);
        let mut holding = self.holding(&key, &pool, &coldkey).ok_or(Error::InsufficientStake)?;
        let worth = pool.worth(holding.shares)?;
        let amount = amount.unwrap_or(worth);
        let remainder = worth.0.checked_sub(amount.0).ok_or(Error::InsufficientStake)?;
        if remainder != 0 && remainder < MINIMUM_STAKE.0 {
            return Err(Error::RemainderBelowMinimum);
        }
        holding.shares = pool.sell(holding.shares, amount)?;
        if holding.shares == 0 {
            self.hold(key, &mut pool, coldkey, None);
            self.forget(coldkey, holding.place);
            pool.nominators = pool.nominators.saturating_sub(1);
        } else {
            self.hold(key, &mut pool, coldkey, Some(holding));
        }
        self.remember(coldkey, key, holding.shares, &pool, now)?;
        let position = pool.worth(holding.shares)?;
        self.save(key, pool)?;
        Ok((amount, position))
    }

    /// Adds to a position and to its pool; returns the position's shares then.
    fn credit(&mut self, pool: &mut Pool, coldkey: AccountId, key: PoolKey, amount: Rao) -> Result<u128, Error> {
        let bought = pool.buy(amount)?;
        let mut holding = match self.holding(&key, pool, &coldkey) {
            Some(holding) => holding,
            None => {
                pool.nominators = pool.nominators.checked_add(1).ok_or(Error::Overflow)?;
                let place = self
                    .lists
                    .push(List::positions_of(coldkey), key)
                    .ok_or(Error::Overflow)?;
                Holding { shares: 0, place }
            }
        };
        holding.shares = holding.shares.checked_add(bought).ok_or(Error::Overflow)?;
        self.hold(key, pool, coldkey, Some(holding));
        Ok(holding.shares)
    }

    /// Records what a position and its pool are from this block on. The total must be recorded with them.
    fn remember(
        &mut self,
        coldkey: AccountId,
        key: PoolKey,
        shares: u128,
        pool: &Pool,
        now: BlockNumber,
    ) -> Result<(), Error> {
        let holding = Checkpoint {
            at: now,
            stake: Rao::ZERO,
            shares,
        };
        self.checkpoints.record(Trace::holding(key, coldkey), holding)?;
        let point = Checkpoint {
            at: now,
            stake: pool.stake,
            shares: pool.shares,
        };
        self.checkpoints.record(Trace::pool(key), point)
    }

    fn remember_total(&mut self, now: BlockNumber) -> Result<(), Error> {
        let point = Checkpoint {
            at: now,
            stake: self.total,
            shares: 0,
        };
        self.checkpoints.record(Trace::TOTAL, point)
    }

    /// Takes a pool off a coldkey's list; the last on the list takes its place.
    fn forget(&mut self, coldkey: AccountId, place: u32) {
        if let Some(moved) = self.lists.swap_remove(List::positions_of(coldkey), place) {
            self.replace(moved, coldkey, place);
        }
    }

    fn save(&mut self, key: PoolKey, mut pool: Pool) -> Result<(), Error> {
        if !pool.listed && pool.shares != 0 {
            self.lists.push(List::DELEGATES, key).ok_or(Error::Overflow)?;
            pool.listed = true;
        }
        self.pools.save(key, pool);
        Ok(())
    }
}
