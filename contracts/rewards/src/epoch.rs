//! One epoch of a subnet: from stakes, weights and bonds to who is paid what.

use crate::accrual::Accrual;
use crate::commits::Commits;
use crate::scores::{Score, Scores};
use crate::track::Track;
use crate::weights::Weights;
use ink::prelude::vec;
use ink::prelude::vec::Vec;
use inktensor_primitives::registry::{Hyperparameters, NeuronUpdate, Slot, Terms};
use inktensor_primitives::rewards::{EpochSummary, Error};
use inktensor_primitives::staking::Payout;
use inktensor_primitives::{BlockNumber, NetUid, Rao, Uid};
use yuma::{payout, Block, Epoch, LiquidAlpha, Neurons, Outcome, Params, SparseMatrix, Version};

/// The subnet owner's part of emission, in 65535ths: 18 %.
pub const OWNER_CUT: u16 = 11_796;
/// The most weights and bonds that one call works on, so that it stays inside the memory of a contract: 256 UIDs weighed by 64 validators
/// and the owner. The registry's bounds keep subnets below it.
pub const MAX_ENTRIES: usize = 2 * 256 * 65;

/// What an epoch reads of other contracts.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Its number.
    pub netuid: NetUid,
    /// Its owner and rules.
    pub terms: Terms,
    /// Its neurons by UID.
    pub slots: Vec<Slot>,
    /// The stake on each neuron's hotkey.
    pub stakes: Vec<Rao>,
}

/// What an epoch asks of other contracts, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// To issue to the subnet's owner.
    pub owner_cut: Rao,
    /// To issue to the staking contract; the sum of the payouts.
    pub earned: Rao,
    /// To credit there.
    pub payouts: Vec<Payout>,
    /// To write into the registry.
    pub updates: Vec<NeuronUpdate>,
    /// What the caller is told.
    pub summary: EpochSummary,
}

/// What an epoch reads and writes here.
#[derive(Debug)]
pub struct Books<'a> {
    /// Weights in force.
    pub weights: &'a Weights,
    /// Waiting commits.
    pub commits: &'a Commits,
    /// The last epoch's results.
    pub scores: &'a mut Scores,
}

/// Runs an epoch: writes the books, the subnet's standing and what was issued, and returns what others have to do.
///
/// Where nobody is due anything, all that accrued stays pending, the owner's cut included. So it does where no validator is active:
/// Yuma would pay by stake then.
///
/// # Errors
/// [`Error::Consensus`] where there are too many weights for one call, [`Error::Overflow`].
pub fn run(
    subnet: &Subnet,
    books: Books<'_>,
    track: &mut Track,
    accrual: &mut Accrual,
    now: BlockNumber,
) -> Result<Orders, Error> {
    let gross = track.gross(subnet.netuid, accrual);
    let (owner_cut, net) = payout::take(gross.0, OWNER_CUT);
    let emission = net.checked_add(track.carried.0).ok_or(Error::Overflow)?;

    let outcome = consensus(subnet, &books, track, emission, now)?;
    keep_bonds(subnet, &outcome, books.scores);
    let updates = updates(&outcome);
    let shares = Shares::of(&outcome);
    track.permit_floor = permit_floor(&outcome.permits, &subnet.stakes, subnet.terms.rules.max_validators);

    track.silent = is_silent(subnet, books.weights, now);
    let paid = if track.silent {
        nothing(emission, subnet.slots.len())
    } else {
        payout::split(emission, outcome.server_emission, outcome.validator_emission)
    };
    let earned = Rao(emission.checked_sub(paid.carried).ok_or(Error::Overflow)?);
    books.scores.save(subnet.netuid, &shares.scores(&paid));
    let owner_cut = if earned == Rao::ZERO {
        track.unpaid = gross;
        Rao::ZERO
    } else {
        track.unpaid = Rao::ZERO;
        track.carried = Rao(paid.carried);
        Rao(owner_cut)
    };
    track.counted = accrual.due(subnet.netuid);
    track.epoch = track.epoch.checked_add(1).ok_or(Error::Overflow)?;
    track.last_epoch_at = now;

    let issued = Rao(owner_cut.0.checked_add(earned.0).ok_or(Error::Overflow)?);
    accrual.issue(issued);
    let pending = Rao(track.unpaid.0.checked_add(track.carried.0).ok_or(Error::Overflow)?);
    Ok(Orders {
        owner_cut,
        earned,
        payouts: payouts(&subnet.slots, &paid),
        updates,
        summary: EpochSummary {
            netuid: subnet.netuid,
            epoch: track.epoch,
            paid: issued,
            pending,
            silent: track.silent,
        },
    })
}

/// Yuma over what is known of the subnet.
fn consensus(
    subnet: &Subnet,
    books: &Books<'_>,
    track: &Track,
    emission: u64,
    now: BlockNumber,
) -> Result<Outcome, Error> {
    let Terms { rules, owner, .. } = &subnet.terms;
    let owner = position(subnet.slots.iter().position(|slot| slot.coldkey == *owner))?;
    let tempo = u64::from(rules.tempo);
    let params = Params {
        block: u64::from(now),
        tempo,
        last_step: if track.epoch == 0 {
            0
        } else {
            u64::from(track.last_epoch_at)
        },
        activity_cutoff: yuma::activity_cutoff(rules.activity_factor, tempo),
        kappa: rules.kappa,
        bonds_moving_average: rules.bonds_moving_average,
        bonds_penalty: rules.bonds_penalty,
        max_validators: rules.max_validators,
        owner,
        stake_threshold: rules.stake_threshold.0,
        stake_cap: rules.stake_cap,
        emission,
        version: version(rules),
    };
    let validators = Validators {
        subnet,
        books,
        track,
        owner,
    };
    let weights = validators.matrix(|uid, slot| validators.weights(uid, slot))?;
    let bonds = validators.matrix(|uid, slot| validators.bonds(uid, slot))?;
    if weights.entries().saturating_add(bonds.entries()) > MAX_ENTRIES {
        return Err(Error::Consensus);
    }

    let stake: Vec<u64> = subnet.stakes.iter().map(|stake| stake.0).collect();
    let registered_at: Vec<Block> = subnet.slots.iter().map(|slot| u64::from(slot.registered_at)).collect();
    let permits: Vec<bool> = subnet.slots.iter().map(|slot| slot.validator_permit).collect();
    let updates = books.weights.updates(subnet.netuid);
    let last_update: Vec<Block> = uids(&subnet.slots)
        .map(|(uid, slot)| u64::from(updates.of(uid, slot.registered_at)))
        .collect();
    let earliest_commit: Vec<Block> = if rules.commit_reveal {
        uids(&subnet.slots)
            .map(|(uid, slot)| validators.earliest_commit(uid, slot, now))
            .collect()
    } else {
        Vec::new()
    };
    let neurons = Neurons {
        stake: &stake,
        last_update: &last_update,
        registered_at: &registered_at,
        permits: &permits,
        earliest_commit: &earliest_commit,
    };
    let epoch = Epoch {
        params: &params,
        neurons,
        weights: &weights,
        bonds: &bonds,
    };
    epoch.run().map_err(|_| Error::Consensus)
}

/// The neurons whose weights and bonds can count: those with a permit, and the owner's.
struct Validators<'a> {
    subnet: &'a Subnet,
    books: &'a Books<'a>,
    track: &'a Track,
    owner: Option<u16>,
}

impl Validators<'_> {
    /// A matrix with the rows of validators; the other rows are empty.
    fn matrix(&self, row: impl Fn(Uid, &Slot) -> Vec<(u16, u16)>) -> Result<SparseMatrix, Error> {
        let rows: Vec<Vec<(u16, u16)>> = uids(&self.subnet.slots)
            .map(|(uid, slot)| {
                if self.include(uid, slot) {
                    row(uid, slot)
                } else {
                    Vec::new()
                }
            })
            .collect();
        let entries = rows.iter().map(Vec::len).fold(0, usize::saturating_add);
        if entries > MAX_ENTRIES {
            return Err(Error::Consensus);
        }
        let mut matrix = SparseMatrix::with_capacity(rows.len(), entries);
        for row in &rows {
            matrix.push_row(row);
        }
        Ok(matrix)
    }

    fn include(&self, uid: Uid, slot: &Slot) -> bool {
        slot.validator_permit || self.owner == Some(uid.0)
    }

    fn weights(&self, uid: Uid, slot: &Slot) -> Vec<(u16, u16)> {
        let row = self.books.weights.row(self.subnet.netuid, uid, slot.registered_at);
        row.map(|row| row.entries).unwrap_or_default()
    }

    /// Bonds that the last epoch left to this neuron, not to a former holder of its slot.
    fn bonds(&self, uid: Uid, slot: &Slot) -> Vec<(u16, u16)> {
        if self.track.epoch == 0 || slot.registered_at >= self.track.last_epoch_at {
            return Vec::new();
        }
        let mut bonds = self.books.scores.bonds(self.subnet.netuid, uid);
        bonds.retain(|(miner, _)| self.keeps_bonds(*miner));
        bonds
    }

    /// Whether bonds on a neuron survived: it did not replace its model where that costs them.
    fn keeps_bonds(&self, uid: u16) -> bool {
        let slot = self.subnet.slots.get(usize::from(uid));
        slot.is_some_and(|slot| slot.bonds_reset_at < self.track.last_epoch_at)
    }

    fn earliest_commit(&self, uid: Uid, slot: &Slot, now: BlockNumber) -> Block {
        if !self.include(uid, slot) {
            return Neurons::NO_COMMIT;
        }
        let waiting = self.books.commits.live(self.subnet.netuid, slot.hotkey, now);
        let own = waiting.iter().find(|commit| commit.committed_at >= slot.registered_at);
        own.map_or(Neurons::NO_COMMIT, |commit| u64::from(commit.committed_at))
    }
}

fn version(rules: &Hyperparameters) -> Version {
    match (rules.yuma3, rules.liquid_alpha) {
        (false, _) => Version::Yuma2,
        (true, false) => Version::Yuma3,
        (true, true) => Version::Yuma3Liquid(LiquidAlpha {
            low: rules.alpha_low,
            high: rules.alpha_high,
            steepness: rules.steepness,
        }),
    }
}

/// Stores the bonds of those who keep a permit, and forgets those of everyone who loses it.
fn keep_bonds(subnet: &Subnet, outcome: &Outcome, scores: &mut Scores) {
    let rows = uids(&subnet.slots).zip(outcome.bonds.iter()).zip(&outcome.permits);
    for (((uid, slot), bonds), permitted) in rows {
        if *permitted || slot.validator_permit {
            scores.save_bonds(subnet.netuid, uid, bonds);
        }
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
    (0_u16..)
        .zip(&outcome.emission)
        .zip(&outcome.permits)
        .map(|((uid, amount), permitted)| NeuronUpdate {
            uid: Uid(uid),
            pruning_score: score(*amount),
            validator_permit: *permitted,
        })
        .collect()
}

/// Whether no validator is active: none with a permit and enough stake set weights within the activity cutoff. Unlike in Yuma, having
/// registered is not enough: whoever came in an outage would be paid for it.
fn is_silent(subnet: &Subnet, weights: &Weights, now: BlockNumber) -> bool {
    let Terms { rules, owner, .. } = &subnet.terms;
    let cutoff = yuma::activity_cutoff(rules.activity_factor, u64::from(rules.tempo));
    let updates = weights.updates(subnet.netuid);
    let owner = subnet.slots.iter().position(|slot| slot.coldkey == *owner);
    !uids(&subnet.slots).zip(&subnet.stakes).any(|((uid, slot), stake)| {
        let is_owner = owner == Some(usize::from(uid.0));
        let counts = *stake != Rao::ZERO && (*stake >= rules.stake_threshold || is_owner);
        let updated = updates.of(uid, slot.registered_at);
        let spoke = updated > slot.registered_at && u64::from(updated).saturating_add(cutoff) >= u64::from(now);
        (slot.validator_permit || is_owner) && counts && spoke
    })
}

/// A payout of nothing: all of it is carried on.
fn nothing(emission: u64, neurons: usize) -> payout::Payout {
    payout::split(emission, vec![0; neurons], vec![0; neurons])
}

/// The least stake with a permit, where as many have one as can.
fn permit_floor(permits: &[bool], stakes: &[Rao], most: u16) -> Rao {
    let permitted = || {
        permits
            .iter()
            .zip(stakes)
            .filter(|(permit, _)| **permit)
            .map(|(_, stake)| *stake)
    };
    if permitted().count() < usize::from(most) {
        return Rao::ZERO;
    }
    permitted().min().unwrap_or_default()
}

/// The proportions of an outcome that people read.
struct Shares(Vec<Score>);

impl Shares {
    fn of(outcome: &Outcome) -> Self {
        let one = |list: &[u16], uid: usize| list.get(uid).copied().unwrap_or_default();
        let score = |uid| Score {
            incentive: one(&outcome.incentive, uid),
            dividends: one(&outcome.dividends, uid),
            consensus: one(&outcome.consensus, uid),
            validator_trust: one(&outcome.validator_trust, uid),
            emission: Rao::ZERO,
        };
        Self((0..outcome.permits.len()).map(score).collect())
    }

    /// With what was paid.
    fn scores(mut self, paid: &payout::Payout) -> Vec<Score> {
        let amounts = paid.servers.iter().zip(&paid.validators);
        for (score, (server, validator)) in self.0.iter_mut().zip(amounts) {
            score.emission = Rao(server.saturating_add(*validator));
        }
        self.0
    }
}

/// Who is paid, by UID.
fn payouts(slots: &[Slot], paid: &payout::Payout) -> Vec<Payout> {
    slots
        .iter()
        .zip(paid.servers.iter().zip(&paid.validators))
        .filter(|(_, (server, validator))| **server != 0 || **validator != 0)
        .map(|(slot, (server, validator))| Payout {
            hotkey: slot.hotkey,
            coldkey: slot.coldkey,
            incentive: Rao(*server),
            dividends: Rao(*validator),
        })
        .collect()
}

fn uids(slots: &[Slot]) -> impl Iterator<Item = (Uid, &Slot)> {
    (0_u16..).map(Uid).zip(slots)
}

fn position(place: Option<usize>) -> Result<Option<u16>, Error> {
    place.map(u16::try_from).transpose().map_err(|_| Error::Overflow)
}

#[cfg(test)]
mod tests;
