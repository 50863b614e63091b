//! What owners of hotkeys decide: takes, child keys, and where incentive is staked.

use super::Ledger;
use crate::families::MINIMUM_PARENT_STAKE;
use ink::prelude::vec::Vec;
use inktensor_primitives::events::staking::{AutoStakeSet, ChildTakeSet, ChildrenSet, ParentReplaced, TakeSet};
use inktensor_primitives::staking::{Child, Error};
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
        self.authorise(caller, hotkey)?;
        let mut pool = self.pool(&hotkey);
        let old = pool.take().at(now);
        let (delayed, from) = pool.take().set_take(take, now)?;
        pool.set_take(delayed);
        self.save(hotkey, pool)?;
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
        self.authorise(caller, hotkey)?;
        if !children.is_empty() && self.pool(&hotkey).stake < MINIMUM_PARENT_STAKE {
            return Err(Error::BelowMinimumParentStake);
        }
        let pools = &self.pools;
        let stake_of = |hotkey: &AccountId| pools.get(hotkey).unwrap_or_default().stake;
        let (from, replaced) = self.families.set_children(netuid, hotkey, &children, now, stake_of)?;
        let replaced = replaced.into_iter().map(|(child, parent)| ParentReplaced {
            netuid,
            hotkey: child,
            parent,
        });
        let event = ChildrenSet {
            netuid,
            hotkey,
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
        self.authorise(caller, hotkey)?;
        let (old, from) = self.families.set_take(netuid, hotkey, take, now)?;
        Ok(ChildTakeSet {
            netuid,
            hotkey,
            old,
            new: take,
            from,
        })
    }

    /// Chooses the hotkey that a coldkey's incentive on a subnet is staked to; none is the one that earns it.
    pub fn set_auto_stake(&mut self, coldkey: AccountId, netuid: NetUid, hotkey: Option<AccountId>) -> AutoStakeSet {
        match hotkey {
            Some(hotkey) => {
                self.targets.insert((netuid, coldkey), &hotkey);
            }
            None => self.targets.remove((netuid, coldkey)),
        }
        AutoStakeSet {
            netuid,
            coldkey,
            hotkey,
        }
    }

    /// A hotkey decides for itself, and the coldkey that registered it for it: known from the first payout on.
    fn authorise(&self, caller: AccountId, hotkey: AccountId) -> Result<(), Error> {
        if caller == hotkey || self.pool(&hotkey).owner == Some(caller) {
            Ok(())
        } else {
            Err(Error::NotAllowed)
        }
    }
}
