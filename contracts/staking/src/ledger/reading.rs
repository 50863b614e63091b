//! What others read of the ledger.

use super::Ledger;
use crate::amounts::plus;
use crate::checkpoints::Trace;
use crate::families::Loans;
use crate::lists::List;
use crate::pool::Pool;
use crate::pools::PoolKey;
use crate::presence::Presence;
use ink::prelude::vec::Vec;
use inktensor_primitives::staking::{Delegate, Error, Family, Position};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao};

/// The most positions or delegates in a page, and the most positions whose votes are counted at once.
pub const MAX_PAGE: u32 = 64;
/// The most hotkeys whose stakes are read at once.
pub const MAX_HOTKEYS: usize = 256;

impl Ledger {
    /// A coldkey's stake on a hotkey.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn stake_of(&self, hotkey: &AccountId, coldkey: &AccountId) -> Result<Rao, Error> {
        let (key, pool) = self.pools.find(hotkey);
        self.worth(&key, &pool, coldkey)
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
        let items = page.items.into_iter().map(|key| {
            let pool = self.pools.at(&key);
            Ok(Position {
                hotkey: pool.holder(key),
                stake: self.worth(&key, &pool, &coldkey)?,
            })
        });
        Ok(Page {
            items: items.collect::<Result<_, Error>>()?,
            total: page.total,
        })
    }

    /// One hotkey, also where nobody ever staked to it.
    pub fn delegate(&self, hotkey: AccountId, now: BlockNumber) -> Delegate {
        let (key, pool) = self.pools.find(&hotkey);
        shown(key, &pool, now)
    }

    /// Hotkeys that hold or held stake.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn delegates(&self, start: u32, limit: u32, now: BlockNumber) -> Result<Page<Delegate>, Error> {
        let page = self.lists.page(List::DELEGATES, start, within(limit)?);
        let items = page.items.into_iter().map(|key| shown(key, &self.pools.at(&key), now));
        Ok(Page {
            items: items.collect(),
            total: page.total,
        })
    }

    /// Stakes of many hotkeys, in their order; one that gave its place up has none.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn hotkey_stakes(&self, hotkeys: &[AccountId]) -> Result<Vec<Rao>, Error> {
        few(hotkeys)?;
        Ok(hotkeys.iter().map(|hotkey| self.pools.held_by(hotkey).stake).collect())
    }

    /// What many hotkeys count with on a subnet, in their order: their stake without what children have, with what parents lend. One that
    /// gave its place up counts with its successor's: whoever asks has read it before that and must not ask for both.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn subnet_stakes(&self, netuid: NetUid, hotkeys: &[AccountId], now: BlockNumber) -> Result<Vec<Rao>, Error> {
        few(hotkeys)?;
        let known = self.families.known(netuid);
        let counts = |hotkey| {
            let (key, pool) = self.pools.find(hotkey);
            self.loans((netuid, &known), key, &pool, now)?.total()
        };
        hotkeys.iter().map(counts).collect()
    }

    /// A hotkey's child keys on a subnet.
    pub fn family(&self, netuid: NetUid, hotkey: AccountId, now: BlockNumber) -> Family {
        let mut family = self.families.family(netuid, self.pools.find(&hotkey).0, now);
        for relative in family.children.iter_mut().chain(&mut family.parents) {
            relative.hotkey = self.pools.at(&relative.hotkey).holder(relative.hotkey);
        }
        family
    }

    /// Where a coldkey's incentive on a subnet is staked; none is the hotkey that earns it.
    pub fn auto_stake(&self, netuid: NetUid, coldkey: AccountId) -> Option<AccountId> {
        let target = self.targets.get((netuid, coldkey))?;
        Some(self.pools.holder(&target))
    }

    /// What a coldkey's positions on these hotkeys were worth at the end of a past block. The hotkeys are in ascending order, so that
    /// none counts twice; one that gave its place up counts under its successor only.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`], [`Error::HotkeysNotAscending`], [`Error::BlockNotPast`], [`Error::BlockForgotten`]
    pub fn past_votes(
        &self,
        coldkey: AccountId,
        hotkeys: &[AccountId],
        block: BlockNumber,
        now: BlockNumber,
    ) -> Result<Rao, Error> {
        within(u32::try_from(hotkeys.len()).unwrap_or(u32::MAX))?;
        if !hotkeys.iter().zip(hotkeys.iter().skip(1)).all(|(one, next)| one < next) {
            return Err(Error::HotkeysNotAscending);
        }
        let mut votes = Rao::ZERO;
        for hotkey in hotkeys {
            let (key, pool) = self.pools.find(hotkey);
            if pool.holder(key) != *hotkey {
                continue;
            }
            let shares = self.checkpoints.at(Trace::holding(key, coldkey), block, now)?.shares;
            let then = self.checkpoints.at(Trace::pool(key), block, now)?;
            votes = plus(votes, Pool::of(then.stake, then.shares).worth(shares)?)?;
        }
        Ok(votes)
    }

    /// All staked TAO at the end of a past block, of which positions are counted as votes.
    ///
    /// # Errors
    /// [`Error::BlockNotPast`], [`Error::BlockForgotten`]
    pub fn past_total(&self, block: BlockNumber, now: BlockNumber) -> Result<Rao, Error> {
        Ok(self.checkpoints.at(Trace::TOTAL, block, now)?.stake)
    }

    /// What a pool's hotkey counts with on a subnet, by whose stake it is.
    pub(super) fn loans(
        &self,
        subnet: (NetUid, &Presence),
        key: PoolKey,
        pool: &Pool,
        now: BlockNumber,
    ) -> Result<Loans, Error> {
        self.families
            .loans(subnet, key, pool.stake, now, |parent| self.pools.at(parent).stake)
    }

    /// What a coldkey has in a pool.
    fn worth(&self, key: &PoolKey, pool: &Pool, coldkey: &AccountId) -> Result<Rao, Error> {
        pool.worth(self.holding(key, pool, coldkey).unwrap_or_default().shares)
    }
}

fn shown(key: PoolKey, pool: &Pool, now: BlockNumber) -> Delegate {
    Delegate {
        hotkey: pool.holder(key),
        owner: pool.owner,
        stake: pool.stake,
        nominators: pool.nominators,
        take: pool.take().at(now),
        rise: pool.take().rise(now),
    }
}

fn few(hotkeys: &[AccountId]) -> Result<(), Error> {
    if hotkeys.len() > MAX_HOTKEYS {
        return Err(Error::PageTooLarge);
    }
    Ok(())
}

fn within(limit: u32) -> Result<u32, Error> {
    if limit > MAX_PAGE {
        return Err(Error::PageTooLarge);
    }
    Ok(limit)
}
