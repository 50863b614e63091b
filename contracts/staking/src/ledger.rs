//! Every pool and position, and the lists by which they are found.
//!
//! Invariant: `total` is the sum of all pools' stake, and TAO held by the contract is never less.

use crate::lists::{List, Lists};
use crate::pool::Pool;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::events::staking::{Distributed, StakeAdded, StakeRemoved, TakeSet};
use inktensor_primitives::staking::{Delegate, Error, Payout, Position, MAX_TAKE};
use inktensor_primitives::{AccountId, Page, Rao};

/// The least amount of a stake: 0.002 TAO.
pub const MINIMUM_STAKE: Rao = Rao(2_000_000);
/// The most positions or delegates in a page.
pub const MAX_PAGE: u32 = 64;
/// The most hotkeys whose stakes are read at once.
pub const MAX_HOTKEYS: usize = 256;
/// The most payouts at once.
pub const MAX_PAYOUTS: usize = 128;

/// What one coldkey holds of one pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
struct Holding {
    shares: u128,
    /// Where the hotkey stands in the coldkey's list.
    place: u32,
}

/// All staked TAO.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Ledger {
    total: Rao,
    pools: Mapping<AccountId, Pool>,
    holdings: Mapping<(AccountId, AccountId), Holding>,
    lists: Lists,
}

impl Ledger {
    /// Adds stake. The caller's TAO must be taken with it.
    ///
    /// # Errors
    /// [`Error::BelowMinimumStake`]
    pub fn stake(&mut self, coldkey: AccountId, hotkey: AccountId, amount: Rao) -> Result<(Rao, StakeAdded), Error> {
        if amount < MINIMUM_STAKE {
            return Err(Error::BelowMinimumStake);
        }
        let mut pool = self.pool(&hotkey);
        let position = self.credit(&mut pool, coldkey, hotkey, amount)?;
        self.save(hotkey, pool)?;
        self.total = plus(self.total, amount)?;
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
    /// [`Error::BelowMinimumStake`] for zero, [`Error::InsufficientStake`] where the position holds less.
    pub fn unstake(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Rao,
    ) -> Result<(Rao, StakeRemoved), Error> {
        if amount == Rao::ZERO {
            return Err(Error::BelowMinimumStake);
        }
        self.debit(coldkey, hotkey, Some(amount))
    }

    /// Takes a whole position out: nothing of it remains. The amount in the event must be paid with it.
    ///
    /// # Errors
    /// [`Error::InsufficientStake`] where there is no position.
    pub fn unstake_all(&mut self, coldkey: AccountId, hotkey: AccountId) -> Result<StakeRemoved, Error> {
        self.debit(coldkey, hotkey, None).map(|(_, event)| event)
    }

    /// Credits what neurons earned; the sum must have been issued to the contract. Returns the sum.
    ///
    /// Incentive is stake of the hotkey's owner. Of dividends the owner gets the take, everyone with shares the rest; where nobody has
    /// shares, the owner gets all.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn distribute(&mut self, payouts: Vec<Payout>) -> Result<(Rao, Vec<Distributed>), Error> {
        if payouts.len() > MAX_PAYOUTS {
            return Err(Error::PageTooLarge);
        }
        let mut sum = Rao::ZERO;
        let mut events = Vec::with_capacity(payouts.len());
        for payout in payouts {
            sum = plus(plus(sum, payout.incentive)?, payout.dividends)?;
            events.push(self.pay(payout)?);
        }
        self.total = plus(self.total, sum)?;
        Ok((sum, events))
    }

    /// Sets the owner's part of dividends.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the hotkey or its owner calls, [`Error::TakeTooHigh`].
    pub fn set_take(&mut self, caller: AccountId, hotkey: AccountId, take: u16) -> Result<TakeSet, Error> {
        let mut pool = self.pool(&hotkey);
        if caller != hotkey && pool.owner != Some(caller) {
            return Err(Error::NotAllowed);
        }
        if take > MAX_TAKE {
            return Err(Error::TakeTooHigh);
        }
        let old = pool.take.replace(take).unwrap_or(MAX_TAKE);
        self.save(hotkey, pool)?;
        Ok(TakeSet { hotkey, old, new: take })
    }

    /// A coldkey's stake on a hotkey.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn stake_of(&self, hotkey: &AccountId, coldkey: &AccountId) -> Result<Rao, Error> {
        let holding = self.holdings.get((hotkey, coldkey)).unwrap_or_default();
        self.pool(hotkey).worth(holding.shares)
    }

    /// All staked TAO.
    pub fn total(&self) -> Rao {
        self.total
    }

    /// A coldkey's positions.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn positions(&self, coldkey: AccountId, start: u32, limit: u32) -> Result<Page<Position>, Error> {
        let page = self.lists.page(List::positions_of(coldkey), start, within(limit)?);
        let items = page.items.into_iter().map(|hotkey| {
            let stake = self.stake_of(&hotkey, &coldkey)?;
            Ok(Position { hotkey, stake })
        });
        Ok(Page {
            items: items.collect::<Result<_, Error>>()?,
            total: page.total,
        })
    }

    /// One hotkey, also where nobody ever staked to it.
    pub fn delegate(&self, hotkey: AccountId) -> Delegate {
        let pool = self.pool(&hotkey);
        Delegate {
            hotkey,
            owner: pool.owner,
            stake: pool.stake,
            nominators: pool.nominators,
            take: pool.take.unwrap_or(MAX_TAKE),
        }
    }

    /// Hotkeys that hold or held stake.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn delegates(&self, start: u32, limit: u32) -> Result<Page<Delegate>, Error> {
        let page = self.lists.page(List::DELEGATES, start, within(limit)?);
        Ok(Page {
            items: page.items.into_iter().map(|hotkey| self.delegate(hotkey)).collect(),
            total: page.total,
        })
    }

    /// Stakes of many hotkeys, in their order.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn hotkey_stakes(&self, hotkeys: &[AccountId]) -> Result<Vec<Rao>, Error> {
        if hotkeys.len() > MAX_HOTKEYS {
            return Err(Error::PageTooLarge);
        }
        Ok(hotkeys.iter().map(|hotkey| self.pool(hotkey).stake).collect())
    }

    fn pay(&mut self, payout: Payout) -> Result<Distributed, Error> {
        let Payout {
            hotkey,
            coldkey,
            incentive,
            dividends,
        } = payout;
        let mut pool = self.pool(&hotkey);
        pool.owner = Some(coldkey);
        let take = if pool.shares == 0 {
            dividends
        } else {
            share(dividends, pool.take.unwrap_or(MAX_TAKE))?
        };
        // Nominators first: what the owner is given now buys shares at the price after it.
        pool.raise(minus(dividends, take)?)?;
        let own = plus(incentive, take)?;
        if own != Rao::ZERO {
            self.credit(&mut pool, coldkey, hotkey, own)?;
        }
        self.save(hotkey, pool)?;
        Ok(Distributed {
            hotkey,
            coldkey,
            incentive,
            dividends,
            take,
        })
    }

    /// Adds to a position and to its pool; returns what the position is worth then.
    fn credit(&mut self, pool: &mut Pool, coldkey: AccountId, hotkey: AccountId, amount: Rao) -> Result<Rao, Error> {
        let bought = pool.buy(amount)?;
        let mut holding = match self.holdings.get((hotkey, coldkey)) {
            Some(holding) => holding,
            None => {
                pool.nominators = pool.nominators.checked_add(1).ok_or(Error::Overflow)?;
                let place = self
                    .lists
                    .push(List::positions_of(coldkey), hotkey)
                    .ok_or(Error::Overflow)?;
                Holding { shares: 0, place }
            }
        };
        holding.shares = holding.shares.checked_add(bought).ok_or(Error::Overflow)?;
        self.holdings.insert((hotkey, coldkey), &holding);
        pool.worth(holding.shares)
    }

    /// Takes `amount`, or all, out of a position and its pool; returns what remains.
    fn debit(
        &mut self,
        coldkey: AccountId,
        hotkey: AccountId,
        amount: Option<Rao>,
    ) -> Result<(Rao, StakeRemoved), Error> {
        let mut holding = self.holdings.get((hotkey, coldkey)).ok_or(Error::InsufficientStake)?;
        let mut pool = self.pool(&hotkey);
        let amount = match amount {
            Some(amount) => amount,
            None => pool.worth(holding.shares)?,
        };
        holding.shares = pool.sell(holding.shares, amount)?;
        if holding.shares == 0 {
            self.holdings.remove((hotkey, coldkey));
            self.forget(coldkey, holding.place);
            pool.nominators = pool.nominators.saturating_sub(1);
        } else {
            self.holdings.insert((hotkey, coldkey), &holding);
        }
        let position = pool.worth(holding.shares)?;
        self.save(hotkey, pool)?;
        self.total = minus(self.total, amount)?;
        let event = StakeRemoved {
            hotkey,
            coldkey,
            amount,
            position,
        };
        Ok((position, event))
    }

    /// Takes a hotkey off a coldkey's list; the last on the list takes its place.
    fn forget(&mut self, coldkey: AccountId, place: u32) {
        if let Some(moved) = self.lists.swap_remove(List::positions_of(coldkey), place) {
            if let Some(mut holding) = self.holdings.get((moved, coldkey)) {
                holding.place = place;
                self.holdings.insert((moved, coldkey), &holding);
            }
        }
    }

    fn pool(&self, hotkey: &AccountId) -> Pool {
        self.pools.get(hotkey).unwrap_or_default()
    }

    fn save(&mut self, hotkey: AccountId, mut pool: Pool) -> Result<(), Error> {
        if !pool.listed && pool.shares != 0 {
            self.lists.push(List::DELEGATES, hotkey).ok_or(Error::Overflow)?;
            pool.listed = true;
        }
        self.pools.insert(hotkey, &pool);
        Ok(())
    }
}

fn within(limit: u32) -> Result<u32, Error> {
    if limit > MAX_PAGE {
        return Err(Error::PageTooLarge);
    }
    Ok(limit)
}

/// `floor(amount * part / 65535)`.
fn share(amount: Rao, part: u16) -> Result<Rao, Error> {
    u128::from(amount.0)
        .checked_mul(u128::from(part))
        .and_then(|product| product.checked_div(u128::from(u16::MAX)))
        .and_then(|share| u64::try_from(share).ok())
        .map(Rao)
        .ok_or(Error::Overflow)
}

fn plus(one: Rao, other: Rao) -> Result<Rao, Error> {
    one.0.checked_add(other.0).map(Rao).ok_or(Error::Overflow)
}

fn minus(one: Rao, other: Rao) -> Result<Rao, Error> {
    one.0.checked_sub(other.0).map(Rao).ok_or(Error::Overflow)
}
