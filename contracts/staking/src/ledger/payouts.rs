//! What neurons earned, credited.
//!
//! Incentive is stake of the neuron's coldkey. Dividends are divided by the stake that earned them: what parents lent, what is the
//! hotkey's own. Of a parent's part the child keeps its child take (nothing where both have one owner). Of what then comes to a hotkey
//! the owner gets the take, everyone with shares the rest; where nobody has shares, the owner gets all.
//!
//! Rounding: parents' parts and takes are rounded down, what they leave goes on to the next in that order, the hotkey's pool last. So
//! every rao that is handed in is credited.

use super::{Ledger, MAX_PAYOUTS};
use crate::amounts::{minus, plus, share};
use crate::pool::Pool;
use crate::pools::PoolKey;
use crate::presence::Presence;
use ink::prelude::vec::Vec;
use inktensor_primitives::staking::{Earned, Error, ParentEarned, Payout};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};

/// Who may have what on the subnet that pays.
struct Present {
    netuid: NetUid,
    /// Relations.
    families: Presence,
    /// A choice where incentive is staked.
    choosers: Presence,
}

/// What a distribution did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// All that was credited.
    pub sum: Rao,
    /// Each neuron's.
    pub neurons: Vec<Earned>,
    /// Each parent's.
    pub parents: Vec<ParentEarned>,
}

impl Ledger {
    /// Credits what neurons of a subnet earned; the sum must have been issued to the contract.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn distribute(&mut self, netuid: NetUid, payouts: Vec<Payout>, now: BlockNumber) -> Result<Paid, Error> {
        if payouts.len() > MAX_PAYOUTS {
            return Err(Error::PageTooLarge);
        }
        let mut paid = Paid {
            neurons: Vec::with_capacity(payouts.len()),
            ..Paid::default()
        };
        let present = Present {
            netuid,
            families: self.families.known(netuid),
            choosers: self.choosers(netuid),
        };
        for payout in payouts {
            paid.sum = plus(plus(paid.sum, payout.incentive)?, payout.dividends)?;
            self.pay(&present, payout, &mut paid, now)?;
        }
        self.total = plus(self.total, paid.sum)?;
        Ok(paid)
    }

    /// Credits one neuron and its parents.
    fn pay(&mut self, present: &Present, payout: Payout, paid: &mut Paid, now: BlockNumber) -> Result<(), Error> {
        let Payout {
            hotkey,
            coldkey,
            incentive,
            dividends,
        } = payout;
        // A hotkey that was replaced after its epoch earned for its successor.
        let (key, mut pool) = self.pools.find(&hotkey);
        let hotkey = pool.holder(key);
        // No hotkey is its own parent: what they are paid leaves its pool as it is.
        let own = self.pay_parents(present, (key, &pool), coldkey, dividends, paid, now)?;
        let is_owned = pool.owner == Some(coldkey);
        self.set_owner(key, &mut pool, coldkey);
        let target = if incentive != Rao::ZERO && present.choosers.may_have(&coldkey) {
            self.targets.get((present.netuid, coldkey))
        } else {
            None
        };
        let elsewhere = target
            .map(|target| self.pools.find(&target))
            .filter(|(to, _)| *to != key);
        let here = if elsewhere.is_none() { incentive } else { Rao::ZERO };
        // Where all goes elsewhere, the pool is as it was.
        let take = if is_owned && own == Rao::ZERO && here == Rao::ZERO {
            Rao::ZERO
        } else {
            self.raise(pool, key, own, here, now)?
        };
        let mut staked_to = None;
        if let Some((to, mut pool)) = elsewhere {
            staked_to = Some(pool.holder(to));
            self.credit(&mut pool, coldkey, to, incentive)?;
            self.save(to, pool)?;
        }
        paid.neurons.push(Earned {
            hotkey,
            coldkey,
            incentive,
            staked_to,
            dividends: own,
            take,
        });
        Ok(())
    }

    /// Gives parents what their stake earned; returns what is left for the hotkey.
    fn pay_parents(
        &mut self,
        present: &Present,
        (key, child): (PoolKey, &Pool),
        coldkey: AccountId,
        dividends: Rao,
        paid: &mut Paid,
        now: BlockNumber,
    ) -> Result<Rao, Error> {
        if dividends == Rao::ZERO {
            return Ok(Rao::ZERO);
        }
        let netuid = present.netuid;
        let loans = self.loans((netuid, &present.families), key, child, now)?;
        if loans.borrowed.is_empty() {
            return Ok(dividends);
        }
        let all = loans.total()?.0;
        let child_take = self.families.take(netuid, key, now);
        let mut left = dividends;
        for (parent, borrowed) in loans.borrowed {
            let pool = self.pools.at(&parent);
            let holder = pool.holder(parent);
            let earned = share(dividends, borrowed.0, all)?;
            let kept = if pool.owner == Some(coldkey) {
                Rao::ZERO
            } else {
                share(earned, u64::from(child_take), u64::from(u16::MAX))?
            };
            let passed = minus(earned, kept)?;
            left = minus(left, passed)?;
            let take = self.raise(pool, parent, passed, Rao::ZERO, now)?;
            paid.parents.push(ParentEarned {
                parent: holder,
                child: child.holder(key),
                dividends: passed,
                child_take: kept,
                take,
            });
        }
        Ok(left)
    }

    /// Shares dividends by take and shares, and adds what else the owner gets; returns the take.
    fn raise(
        &mut self,
        mut pool: Pool,
        key: PoolKey,
        dividends: Rao,
        incentive: Rao,
        now: BlockNumber,
    ) -> Result<Rao, Error> {
        let take = match pool.owner {
            Some(_) if pool.shares == 0 => dividends,
            Some(_) => share(dividends, u64::from(pool.take().at(now)), u64::from(u16::MAX))?,
            // A parent that never was registered: there is nobody to take anything.
            None => Rao::ZERO,
        };
        // Nominators first: what the owner is given now buys shares at the price after it.
        pool.raise(minus(dividends, take)?)?;
        let own = plus(incentive, take)?;
        if let Some(owner) = pool.owner.filter(|_| own != Rao::ZERO) {
            self.credit(&mut pool, owner, key, own)?;
        }
        self.save(key, pool)?;
        Ok(take)
    }
}
