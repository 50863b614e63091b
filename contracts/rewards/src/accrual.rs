//! What blocks emit, and what of it each subnet is due: a function of blocks and votes alone, whoever asks whenever.
//!
//! Emission is split over the subnets that are open in a block by the stake that votes for each ([`crate::votes`]), equally where nobody
//! votes. What one split divides is summed up first and divided once, so it does not matter how often someone looks.
//!
//! Invariant: everything emitted is due to some subnet, to the last rao, unless no subnet is left to be due it.

use ink::prelude::vec::Vec;
use inktensor_primitives::{BlockNumber, NetUid, Rao};
use yuma::emission::span_emission;
use yuma::payout::Apportion;

/// One open subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Share {
    /// The subnet.
    pub netuid: NetUid,
    /// The stake that votes for it, in rao.
    pub votes: u64,
    /// All that it was due by the splits before this one.
    due: Rao,
}

/// The running sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Accrual {
    /// The block up to which emission is counted.
    at: BlockNumber,
    /// What this split divides.
    emitted: Rao,
    /// Emitted and not yet issued.
    pub outstanding: Rao,
    /// Stake that is missing from the votes' quorum, in rao: it counts as a vote for all subnets alike.
    missing: u64,
    /// The open subnets in the order of their opening.
    shares: Vec<Share>,
}

impl Accrual {
    /// Counts the blocks up to `now`. `issued` is the token's supply. Without subnets nothing is emitted.
    pub fn advance(&mut self, issued: Rao, now: BlockNumber) {
        let blocks = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        if self.shares.is_empty() {
            return;
        }
        let issuance = issued.0.saturating_add(self.outstanding.0);
        let emitted = span_emission(issuance, u64::from(blocks));
        self.outstanding = Rao(self.outstanding.0.saturating_add(emitted));
        self.emitted = Rao(self.emitted.0.saturating_add(emitted));
    }

    /// Lets one more subnet share from here on; nobody voted for it yet.
    pub fn join(&mut self, netuid: NetUid) {
        self.settle();
        self.shares.push(Share {
            netuid,
            votes: 0,
            due: Rao::ZERO,
        });
    }

    /// Lets a subnet share no longer. What it was due and never got is divided among the others.
    pub fn leave(&mut self, netuid: NetUid, unpaid: Rao) {
        self.settle();
        self.shares.retain(|share| share.netuid != netuid);
        self.emitted = Rao(self.emitted.0.saturating_add(unpaid.0));
    }

    /// Splits by other votes from here on.
    pub fn vote(&mut self, missing: u64, votes: impl Fn(NetUid) -> u64) {
        self.settle();
        self.missing = missing;
        for share in &mut self.shares {
            share.votes = votes(share.netuid);
        }
    }

    /// The open subnets, ascending: numbers grow with every opening.
    pub fn open(&self) -> impl Iterator<Item = NetUid> + '_ {
        self.shares.iter().map(|share| share.netuid)
    }

    /// How many subnets share.
    pub fn subnets(&self) -> u16 {
        u16::try_from(self.shares.len()).unwrap_or(u16::MAX)
    }

    /// All that a subnet has been due since it opened.
    pub fn due(&self, netuid: NetUid) -> Rao {
        let mut parts = self.parts();
        let own = parts.find(|(share, _)| share.netuid == netuid);
        own.map_or(Rao::ZERO, |(share, part)| Rao(share.due.0.saturating_add(part)))
    }

    /// What a subnet is due since it was due `from` in all.
    pub fn due_since(&self, netuid: NetUid, from: Rao) -> Rao {
        Rao(self.due(netuid).0.saturating_sub(from.0))
    }

    /// Notes that so much was issued.
    pub fn issue(&mut self, amount: Rao) {
        self.outstanding = Rao(self.outstanding.0.saturating_sub(amount.0));
    }

    /// The open subnets with their part of 65535 of what is emitted now.
    pub fn split(&self) -> impl Iterator<Item = (&Share, u64)> {
        let (weights, total) = self.weights();
        let mut whole = Apportion::new(u64::from(u16::MAX), total);
        self.shares
            .iter()
            .zip(weights)
            .map(move |(share, weight)| (share, whole.next_for(weight)))
    }

    /// Adds to each subnet's due what this split gives it, and begins another.
    fn settle(&mut self) {
        if self.shares.is_empty() {
            return;
        }
        let parts: Vec<u64> = self.parts().map(|(_, part)| part).collect();
        for (share, part) in self.shares.iter_mut().zip(parts) {
            share.due = Rao(share.due.0.saturating_add(part));
        }
        self.emitted = Rao::ZERO;
    }

    /// Each subnet's part of what this split divides.
    fn parts(&self) -> impl Iterator<Item = (&Share, u64)> {
        let (weights, total) = self.weights();
        let mut emitted = Apportion::new(self.emitted.0, total);
        self.shares
            .iter()
            .zip(weights)
            .map(move |(share, weight)| (share, emitted.next_for(weight)))
    }

    /// The subnets' weights and their sum: a vote counts for one subnet, missing stake for all of them alike.
    fn weights(&self) -> (Vec<u64>, u64) {
        let subnets = u64::try_from(self.shares.len()).unwrap_or(u64::MAX);
        let voted = self.shares.iter().any(|share| share.votes != 0);
        let weight = |share: &Share| {
            if voted {
                share.votes.saturating_mul(subnets).saturating_add(self.missing)
            } else {
                1
            }
        };
        let weights: Vec<u64> = self.shares.iter().map(weight).collect();
        let total = weights.iter().fold(0, |sum: u64, weight| sum.saturating_add(*weight));
        (weights, total)
    }
}

#[cfg(test)]
mod tests;
