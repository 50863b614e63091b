//! One epoch of a subnet: from stakes, weights and bonds to who is paid what.
//!
//! [`begin`] fixes everything that the epoch depends on, [`Running::decide`] finds out what everyone is due, [`Running::pay`] pays. A
//! call does as much as its [`Budget`] allows; where that is not all, the epoch is kept ([`store`]) and the next call goes on with it,
//! whoever makes it. What is paid and kept in the end is the same wherever the cuts were.
//!
//! What happens between two calls of an epoch changes nothing in it: stake that moves, rules that change, commits and neurons that come
//! count from the next epoch on; weights that are replaced are set aside for it. Who held a slot when the epoch began is paid, also
//! where another holds it now, but scores and permit are not the new holder's. With a subnet that is dissolved its epoch ends where it
//! is, and what it had not paid the other subnets share.

use crate::accrual::Accrual;
use crate::commits::Commits;
use crate::scores::Scores;
use crate::track::Track;
use crate::weights::{Updates, Weights};
use ink::prelude::vec::Vec;
use inktensor_primitives::registry::{Slot, Terms};
use inktensor_primitives::rewards::Error;
use inktensor_primitives::{BlockNumber, NetUid, Rao, Uid};
use yuma::payout;

mod budget;
mod results;
mod rows;
mod running;
pub mod store;

pub use budget::Budget;
pub use results::{End, Orders};
pub use running::Running;
use store::{Facts, Head};

/// The subnet owner's part of emission, in 65535ths: 18 %.
pub const OWNER_CUT: u16 = 11_796;

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

/// Begins an epoch of all that the subnet is due until now.
///
/// # Errors
/// [`Error::Consensus`], [`Error::Overflow`]
pub fn begin(
    subnet: Subnet,
    books: &Books<'_>,
    track: &mut Track,
    accrual: &Accrual,
    budget: &mut Budget,
    now: BlockNumber,
) -> Result<Running, Error> {
    let netuid = subnet.netuid;
    let gross = track.gross(netuid, accrual);
    let (owner_cut, net) = payout::take(gross.0, OWNER_CUT);
    let emission = net.checked_add(track.carried.0).ok_or(Error::Overflow)?;
    let owner = subnet.slots.iter().position(|slot| slot.coldkey == subnet.terms.owner);
    let owner = owner.map(u16::try_from).transpose().map_err(|_| Error::Overflow)?;
    let updates = books.weights.updates(netuid);
    let head = Head {
        at: now,
        terms: subnet.terms.clone(),
        epoch: track.epoch,
        last_epoch_at: track.last_epoch_at,
        owner,
        gross,
        owner_cut: Rao(owner_cut),
        emission: Rao(emission),
        silent: is_silent(&subnet, owner, &updates, now),
        permit_floor: Rao::ZERO,
        next: 0,
        paid: Rao::ZERO,
        steps: (0, 0),
    };
    let facts = facts(&subnet, &head, books.commits, &updates);
    track.unpaid = gross;
    track.counted = accrual.due(netuid);
    track.running = Some(Rao::ZERO);
    let most = subnet.terms.rules.max_validators;
    let stakes = subnet.stakes.clone();
    let mut running = Running::begin(subnet, head, facts, budget)?;
    running.head.permit_floor = permit_floor(running.permits(), &stakes, most);
    Ok(running)
}

fn facts(subnet: &Subnet, head: &Head, commits: &Commits, updates: &Updates) -> Facts {
    let slots = || uids(&subnet.slots);
    let flags = |slot: &Slot| {
        let permit = if slot.validator_permit { Facts::PERMIT } else { 0 };
        let keeps = slot.bonds_reset_at < head.last_epoch_at;
        permit | if keeps { Facts::KEEPS_BONDS } else { 0 }
    };
    let earliest_commit = |(uid, slot): (Uid, &Slot)| {
        if !slot.validator_permit && head.owner != Some(uid.0) {
            return Facts::NO_COMMIT;
        }
        let waiting = commits.live(subnet.netuid, slot.hotkey, head.at);
        let own = waiting.iter().find(|commit| commit.committed_at >= slot.registered_at);
        own.map_or(Facts::NO_COMMIT, |commit| commit.committed_at)
    };
    Facts {
        registered_at: subnet.slots.iter().map(|slot| slot.registered_at).collect(),
        last_update: slots().map(|(uid, slot)| updates.of(uid, slot.registered_at)).collect(),
        earliest_commit: if subnet.terms.rules.commit_reveal {
            slots().map(earliest_commit).collect()
        } else {
            Vec::new()
        },
        flags: subnet.slots.iter().map(flags).collect(),
    }
}

/// Whether no validator is active: none with a permit and enough stake set weights within the activity cutoff. Unlike in Yuma, having
/// registered is not enough: whoever came in an outage would be paid for it.
fn is_silent(subnet: &Subnet, owner: Option<u16>, updates: &Updates, now: BlockNumber) -> bool {
    let rules = &subnet.terms.rules;
    let cutoff = yuma::activity_cutoff(rules.activity_factor, u64::from(rules.tempo));
    !uids(&subnet.slots).zip(&subnet.stakes).any(|((uid, slot), stake)| {
        let is_owner = owner == Some(uid.0);
        let counts = *stake != Rao::ZERO && (*stake >= rules.stake_threshold || is_owner);
        let updated = updates.of(uid, slot.registered_at);
        let spoke = updated > slot.registered_at && u64::from(updated).saturating_add(cutoff) >= u64::from(now);
        (slot.validator_permit || is_owner) && counts && spoke
    })
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

fn uids(slots: &[Slot]) -> impl Iterator<Item = (Uid, &Slot)> {
    (0_u16..).map(Uid).zip(slots)
}

#[cfg(test)]
mod tests;
