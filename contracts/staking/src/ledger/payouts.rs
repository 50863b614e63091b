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
use ink::prelude::vec::Vec;
use inktensor_primitives::staking::{Earned, Error, ParentEarned, Payout};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};

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
        for payout in payouts {
            paid.sum = plus(plus(paid.sum, payout.incentive)?, payout.dividends)?;
            self.pay(netuid, payout, &mut paid, now)?;
        }
        self.total = plus(self.total, paid.sum)?;
        Ok(paid)
    }

    /// Credits one neuron and its parents.
    fn pay(&mut self, netuid: NetUid, payout: Payout, paid: &mut Paid, now: BlockNumber) -> Result<(), Error> {
        let Payout {
            hotkey,
            coldkey,
            incentive,
            dividends,
        } = payout;
        let own = self.pay_parents(netuid, hotkey, coldkey, dividends, paid, now)?;
        let mut pool = self.pool(&hotkey);
        pool.owner = Some(coldkey);
        let staked_to = if incentive == Rao::ZERO {
            hotkey
        } else {
            self.targets.get((netuid, coldkey)).unwrap_or(hotkey)
        };
        let here = if staked_to == hotkey { incentive } else { Rao::ZERO };
        let take = self.raise(pool, hotkey, own, here, now)?;
        if staked_to != hotkey {
            let mut pool = self.pool(&staked_to);
            self.credit(&mut pool, coldkey, staked_to, incentive)?;
            self.save(staked_to, pool)?;
        }
        paid.neurons.push(Earned {
            hotkey,
            coldkey,
            incentive,
            staked_to: (staked_to != hotkey).then_some(staked_to),
            dividends: own,
            take,
        });
        Ok(())
    }

    /// Gives parents what their stake earned; returns what is left for the hotkey.
    fn pay_parents(
        &mut self,
        netuid: NetUid,
        hotkey: AccountId,
        coldkey: AccountId,
        dividends: Rao,
        paid: &mut Paid,
        now: BlockNumber,
    ) -> Result<Rao, Error> {
        if dividends == Rao::ZERO {
            return Ok(Rao::ZERO);
        }
        let loans = self.loans(netuid, &hotkey, now)?;
        if loans.borrowed.is_empty() {
            return Ok(dividends);
        }
        let all = loans.total()?.0;
        let child_take = self.families.take(netuid, hotkey, now);
        let mut left = dividends;
        for (parent, borrowed) in loans.borrowed {
            let pool = self.pool(&parent);
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
                parent,
                child: hotkey,
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
        hotkey: AccountId,
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
            self.credit(&mut pool, owner, hotkey, own)?;
        }
        self.save(hotkey, pool)?;
        Ok(take)
    }
}
