//! What an epoch that is decided pays, and what it leaves.

use super::budget::{Budget, PAY};
use super::running::Running;
use super::store::Epochs;
use crate::accrual::Accrual;
use crate::scores::{Score, Scores};
use crate::track::Track;
use ink::prelude::vec;
use ink::prelude::vec::Vec;
use inktensor_primitives::registry::NeuronUpdate;
use inktensor_primitives::rewards::{EpochSummary, Error};
use inktensor_primitives::staking::Payout;
use inktensor_primitives::{AccountId, BlockNumber, Rao, Uid};
use yuma::{payout, Outcome};

/// What a call of an epoch asks of other contracts, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// To issue to the staking contract; the sum of the payouts.
    pub earned: Rao,
    /// To credit there.
    pub payouts: Vec<Payout>,
    /// What ends the epoch, once everyone is paid.
    pub end: Option<End>,
}

/// What the last call of an epoch asks of other contracts beside its payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The subnet's owner when the epoch began.
    pub owner: AccountId,
    /// To issue to the owner.
    pub owner_cut: Rao,
    /// When the epoch began.
    pub at: BlockNumber,
    /// To write into the registry, by UID.
    pub updates: Vec<NeuronUpdate>,
    /// What the caller is told.
    pub summary: EpochSummary,
}

impl Running {
    /// Pays as many neurons as the budget allows, by UID, and after the last one ends the epoch: writes the scores, the subnet's
    /// standing and what was issued, and returns what others have to do.
    ///
    /// The epoch must be decided.
    ///
    /// # Errors
    /// [`Error::Overflow`], [`Error::Consensus`]
    pub fn pay(
        &mut self,
        epochs: &Epochs,
        scores: &mut Scores,
        track: &mut Track,
        accrual: &mut Accrual,
        budget: &mut Budget,
    ) -> Result<Orders, Error> {
        let mut outcome = self.progress.clone().finish(&self.params);
        let due = self.due(&mut outcome);
        let n = self.neurons();
        let mut payouts = Vec::with_capacity(self.payees(&due, budget));
        let mut earned = Rao::ZERO;
        while self.head.next < n {
            let uid = self.head.next;
            let amount = |list: &[u64]| Rao(list.get(usize::from(uid)).copied().unwrap_or_default());
            let (incentive, dividends) = (amount(&due.servers), amount(&due.validators));
            if incentive != Rao::ZERO || dividends != Rao::ZERO {
                if !budget.allows(PAY) {
                    break;
                }
                budget.spend(PAY);
                let keys = self.keys(uid, epochs)?;
                earned = plus(earned, plus(incentive, dividends)?)?;
                payouts.push(Payout {
                    hotkey: keys.hotkey,
                    coldkey: keys.coldkey,
                    incentive,
                    dividends,
                });
            }
            self.head.next = uid.checked_add(1).ok_or(Error::Overflow)?;
        }
        self.head.paid = plus(self.head.paid, earned)?;
        track.running = Some(self.head.paid);
        accrual.issue(earned);
        let end = if self.head.next < n {
            None
        } else {
            Some(self.end(&outcome, &due, scores, track, accrual)?)
        };
        Ok(Orders { earned, payouts, end })
    }

    /// What everyone is due: nothing where no validator is active. Yuma would pay by stake then.
    fn due(&self, outcome: &mut Outcome) -> payout::Payout {
        let emission = self.head.emission.0;
        let [servers, validators] = if self.head.silent {
            [(); 2].map(|()| vec![0; usize::from(self.neurons())])
        } else {
            [
                core::mem::take(&mut outcome.server_emission),
                core::mem::take(&mut outcome.validator_emission),
            ]
        };
        payout::split(emission, servers, validators)
    }

    /// How many neurons this call can pay at most.
    fn payees(&self, due: &payout::Payout, budget: &Budget) -> usize {
        let amounts = due
            .servers
            .iter()
            .zip(&due.validators)
            .skip(usize::from(self.head.next));
        let waiting = amounts.filter(|(server, validator)| **server != 0 || **validator != 0);
        waiting.count().min(budget.steps_of(PAY))
    }

    /// Where nobody is due anything, all that accrued stays pending, the owner's cut included.
    fn end(
        &self,
        outcome: &Outcome,
        due: &payout::Payout,
        scores: &mut Scores,
        track: &mut Track,
        accrual: &mut Accrual,
    ) -> Result<End, Error> {
        let head = &self.head;
        scores.save(self.netuid, &scored(outcome, due));
        let owner_cut = if head.paid == Rao::ZERO {
            Rao::ZERO
        } else {
            track.unpaid = Rao::ZERO;
            track.carried = Rao(due.carried);
            head.owner_cut
        };
        accrual.issue(owner_cut);
        track.running = None;
        track.epoch = head.epoch.checked_add(1).ok_or(Error::Overflow)?;
        track.last_epoch_at = head.at;
        track.permit_floor = head.permit_floor;
        track.silent = head.silent;
        Ok(End {
            owner: head.terms.owner,
            owner_cut,
            at: head.at,
            updates: updates(outcome),
            summary: EpochSummary {
                netuid: self.netuid,
                epoch: track.epoch,
                paid: plus(head.paid, owner_cut)?,
                pending: plus(track.unpaid, track.carried)?,
                silent: head.silent,
            },
        })
    }
}

/// What the registry needs to know: the share of emission decides who is replaced first.
fn updates(outcome: &Outcome) -> Vec<NeuronUpdate> {
    let total = outcome
        .emission
        .iter()
        .fold(0, |sum: u128, amount| sum.saturating_add(u128::from(*amount)));
    let score = |amount: u64| {
        let share = u128::from(amount)
            .saturating_mul(u128::from(u16::MAX))
            .checked_div(total);
        share.and_then(|share| u16::try_from(share).ok()).unwrap_or_default()
    };
    let neurons = (0_u16..).zip(outcome.emission.iter().zip(&outcome.permits));
    let update = |(uid, (amount, permitted)): (u16, (&u64, &bool))| NeuronUpdate {
        uid: Uid(uid),
        pruning_score: score(*amount),
        validator_permit: *permitted,
    };
    neurons.map(update).collect()
}

/// The proportions that people read, with what was paid.
fn scored(outcome: &Outcome, due: &payout::Payout) -> Vec<Score> {
    let one = |list: &[u16], uid: usize| list.get(uid).copied().unwrap_or_default();
    let amounts = due.servers.iter().zip(&due.validators).enumerate();
    let score = |(uid, (server, validator)): (usize, (&u64, &u64))| Score {
        incentive: one(&outcome.incentive, uid),
        dividends: one(&outcome.dividends, uid),
        consensus: one(&outcome.consensus, uid),
        validator_trust: one(&outcome.validator_trust, uid),
        emission: Rao(server.saturating_add(*validator)),
    };
    amounts.map(score).collect()
}

fn plus(one: Rao, other: Rao) -> Result<Rao, Error> {
    one.0.checked_add(other.0).map(Rao).ok_or(Error::Overflow)
}
