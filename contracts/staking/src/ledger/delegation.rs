//! What owners of hotkeys decide: takes, child keys, and where incentive is staked.

use super::Ledger;
use crate::pool::Pool;
use crate::pools::PoolKey;
use crate::presence::Presence;
use ink::prelude::vec::Vec;
use inktensor_primitives::events::staking::{AutoStakeSet, ChildTakeSet, ChildrenSet, ParentReplaced, TakeSet};
use inktensor_primitives::staking::{Child, Error, MAX_CHILDREN, MINIMUM_PARENT_STAKE};
use inktensor_primitives::{AccountId, BlockNumber, NetUid};

impl Ledger {
    /// Sets the owner's part of dividends: a lower one at once, a higher one after a delay.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the hotkey or its owner calls, [`Error::TakeTooHigh`].
    pub fn set_take(
        &mut self,
        caller: AccountId,
        hotkey: AccountId,
        take: u16,
        now: BlockNumber,
    ) -> Result<TakeSet, Error> {
        let (key, mut pool) = self.authorise(caller, hotkey)?;
        let old = pool.take().at(now);
        let (delayed, from) = pool.take().set_take(take, now)?;
        pool.set_take(delayed);
        let hotkey = pool.holder(key);
        self.save(key, pool)?;
        Ok(TakeSet {
            hotkey,
            old,
            new: take,
            from,
        })
    }

    /// Announces all children of a hotkey on a subnet; none ends its lending.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the hotkey or its owner calls, [`Error::BelowMinimumParentStake`], [`Error::TooManyChildren`],
    /// [`Error::InvalidChildren`], [`Error::TooManyParents`]
    pub fn set_children(
        &mut self,
        caller: AccountId,
        netuid: NetUid,
        hotkey: AccountId,
        children: Vec<Child>,
        now: BlockNumber,
    ) -> Result<(ChildrenSet, Vec<ParentReplaced>), Error> {
        let (key, pool) = self.authorise(caller, hotkey)?;
        if !children.is_empty() && pool.stake < MINIMUM_PARENT_STAKE {
            return Err(Error::BelowMinimumParentStake);
        }
        if children.len() > MAX_CHILDREN {
            return Err(Error::TooManyChildren);
        }
        let pools = &self.pools;
        let kept = children.iter().map(|child| Child {
            hotkey: pools.find(&child.hotkey).0,
            proportion: child.proportion,
        });
        let kept: Vec<Child> = kept.collect();
        let stake_of = |key: &PoolKey| pools.at(key).stake;
        let (from, replaced) = self.families.set_children(netuid, key, &kept, now, stake_of)?;
        let holder = |key: PoolKey| pools.at(&key).holder(key);
        let replaced = replaced.into_iter().map(|(child, parent)| ParentReplaced {
            netuid,
            hotkey: holder(child),
            parent: holder(parent),
        });
        let event = ChildrenSet {
            netuid,
            hotkey: pool.holder(key),
            children,
            from,
        };
        Ok((event, replaced.collect()))
    }

    /// Sets what a hotkey keeps of the dividends that it earns for parents of other owners: less at once, more after a delay.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the hotkey or its owner calls, [`Error::TakeTooHigh`].
    pub fn set_child_take(
        &mut self,
        caller: AccountId,
        netuid: NetUid,
        hotkey: AccountId,
        take: u16,
        now: BlockNumber,
    ) -> Result<ChildTakeSet, Error> {
        let (key, pool) = self.authorise(caller, hotkey)?;
        let (old, from) = self.families.set_take(netuid, key, take, now)?;
        Ok(ChildTakeSet {
            netuid,
            hotkey: pool.holder(key),
            old,
            new: take,
            from,
        })
    }

    /// Chooses the hotkey that a coldkey's incentive on a subnet is staked to; none is the one that earns it.
    pub fn set_auto_stake(&mut self, coldkey: AccountId, netuid: NetUid, hotkey: Option<AccountId>) -> AutoStakeSet {
        let had = self.targets.contains((netuid, coldkey));
        match hotkey {
            Some(hotkey) => {
                self.targets.insert((netuid, coldkey), &hotkey);
            }
            None => self.targets.remove((netuid, coldkey)),
        }
        if had != hotkey.is_some() {
            let mut choosers = self.choosers(netuid);
            choosers.note(&coldkey, hotkey.is_some());
            if choosers.is_empty() {
                self.choosers.remove(netuid);
            } else {
                self.choosers.insert(netuid, &choosers);
            }
        }
        AutoStakeSet {
            netuid,
            coldkey,
            hotkey,
        }
    }

    /// Which coldkeys may have chosen where their incentive on a subnet is staked.
    pub(super) fn choosers(&self, netuid: NetUid) -> Presence {
        self.choosers.get(netuid).unwrap_or_default()
    }

    /// A hotkey decides for itself, and the coldkey that registered it for it: known from the first payout on. One that gave its place up
    /// decides nothing.
    fn authorise(&self, caller: AccountId, hotkey: AccountId) -> Result<(PoolKey, Pool), Error> {
        let (key, pool) = self.pools.find(&hotkey);
        if caller == pool.holder(key) || pool.owner == Some(caller) {
            Ok((key, pool))
        } else {
            Err(Error::NotAllowed)
        }
    }
}
