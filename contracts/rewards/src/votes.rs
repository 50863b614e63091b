//! Which subnets emission goes to: hotkeys vote with the stake on them.
//!
//! The [`SEATS`] hotkeys with most stake that want to vote do; a ballot stands until it is replaced. Votes are counted when someone
//! votes, with an epoch once a [`PERIOD`] is over, and whenever anyone asks for it: each ballot divides the stake that is on its hotkey
//! at that moment. Where votes come from less than half of all stake, what is missing to the half counts as a vote for all subnets
//! alike, so that a few cannot direct everything because the others are silent.

use ink::prelude::vec::Vec;
use ink::storage::{Lazy, Mapping};
use inktensor_primitives::rewards::{Error, SubnetVote};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};
use yuma::payout::Apportion;

/// How many hotkeys vote: a count reads them all.
pub const SEATS: usize = 64;
/// The most subnets on a ballot.
pub const MAX_BALLOT: usize = 128;
/// Blocks after which an epoch counts again.
pub const PERIOD: BlockNumber = 360;

/// A count of all votes for open subnets. Ballots may name others, those that dissolved among them: their number must not decide what
/// a count costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// By number, ascending.
    votes: Vec<(NetUid, u64)>,
    /// Stake that is missing from the quorum.
    pub missing: u64,
}

impl Count {
    /// The stake that votes for a subnet.
    pub fn of(&self, netuid: NetUid) -> u64 {
        let place = self.place(netuid).and_then(|place| self.votes.get(place));
        place.map_or(0, |(_, stake)| *stake)
    }

    fn add(&mut self, netuid: NetUid, stake: u64) {
        let place = self.place(netuid).and_then(|place| self.votes.get_mut(place));
        if let Some((_, sum)) = place {
            *sum = sum.saturating_add(stake);
        }
    }

    fn place(&self, netuid: NetUid) -> Option<usize> {
        self.votes.binary_search_by_key(&netuid, |(open, _)| *open).ok()
    }
}

/// All ballots.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Votes {
    voters: Lazy<Vec<AccountId>>,
    ballots: Mapping<AccountId, Vec<SubnetVote>>,
    counted_at: Lazy<BlockNumber>,
}

impl Votes {
    /// The hotkeys that vote.
    pub fn voters(&self) -> Vec<AccountId> {
        self.voters.get_or_default()
    }

    /// A hotkey's ballot.
    pub fn ballot(&self, hotkey: AccountId) -> Vec<SubnetVote> {
        self.ballots.get(hotkey).unwrap_or_default()
    }

    /// Whether the next epoch counts.
    pub fn is_due(&self, now: BlockNumber) -> bool {
        now.saturating_sub(self.counted_at.get_or_default()) >= PERIOD
    }

    /// Casts a hotkey's ballot in place of its last one; an empty ballot gives the seat up. `stakes` are those of [`Self::voters`], in
    /// their order. Returns who had to give up a seat for it.
    ///
    /// # Errors
    /// [`Error::MalformedVotes`], [`Error::NotEnoughStake`] where it has none or every seat is taken by a hotkey with as much.
    pub fn cast(
        &mut self,
        hotkey: AccountId,
        stake: Rao,
        ballot: &Vec<SubnetVote>,
        stakes: &[Rao],
    ) -> Result<Option<AccountId>, Error> {
        check(ballot)?;
        let mut voters = self.voters();
        let seat = voters.iter().position(|voter| *voter == hotkey);
        if ballot.is_empty() {
            if let Some(seat) = seat {
                voters.swap_remove(seat);
                self.voters.set(&voters);
            }
            self.ballots.remove(hotkey);
            return Ok(None);
        }
        if stake == Rao::ZERO {
            return Err(Error::NotEnoughStake);
        }
        let mut replaced = None;
        if seat.is_none() {
            if voters.len() < SEATS {
                voters.push(hotkey);
            } else {
                let weakest = voters.iter_mut().zip(stakes).min_by_key(|(_, stake)| **stake);
                match weakest {
                    Some((voter, least)) if *least < stake => {
                        self.ballots.remove(*voter);
                        replaced = Some(core::mem::replace(voter, hotkey));
                    }
                    _ => return Err(Error::NotEnoughStake),
                }
            }
            self.voters.set(&voters);
        }
        self.ballots.insert(hotkey, ballot);
        Ok(replaced)
    }

    /// Counts all ballots. `stakes` are those of [`Self::voters`], in their order; `open` are the open subnets, ascending.
    pub fn count(
        &mut self,
        stakes: &[Rao],
        all_stake: Rao,
        open: impl Iterator<Item = NetUid>,
        now: BlockNumber,
    ) -> Count {
        let mut count = Count {
            votes: open.map(|netuid| (netuid, 0)).collect(),
            missing: 0,
        };
        let mut voted = 0_u64;
        for (voter, stake) in self.voters().into_iter().zip(stakes) {
            let ballot = self.ballot(voter);
            let total = ballot
                .iter()
                .fold(0, |sum: u64, vote| sum.saturating_add(u64::from(vote.weight)));
            let mut parts = Apportion::new(stake.0, total);
            for vote in &ballot {
                count.add(vote.netuid, parts.next_for(u64::from(vote.weight)));
            }
            voted = voted.saturating_add(stake.0);
        }
        let quorum = all_stake.0.checked_div(2).unwrap_or_default();
        count.missing = quorum.saturating_sub(voted);
        self.counted_at.set(&now);
        count
    }
}

/// A ballot names subnets in ascending order, each with some weight.
fn check(ballot: &[SubnetVote]) -> Result<(), Error> {
    let ascending = ballot
        .iter()
        .zip(ballot.iter().skip(1))
        .all(|(one, next)| one.netuid < next.netuid);
    let weighty = ballot.iter().all(|vote| vote.weight != 0);
    if ballot.len() > MAX_BALLOT || !ascending || !weighty {
        return Err(Error::MalformedVotes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::account;

    fn ballot(votes: &[(u16, u16)]) -> Vec<SubnetVote> {
        let votes = votes.iter().map(|(netuid, weight)| SubnetVote {
            netuid: NetUid(*netuid),
            weight: *weight,
        });
        votes.collect()
    }

    fn open(subnets: u16) -> impl Iterator<Item = NetUid> {
        (0..subnets).map(NetUid)
    }

    #[ink::test]
    fn ballots_for_subnets_that_are_not_open_make_no_count_longer() {
        let mut votes = Votes::default();
        let mut stakes = Vec::new();
        for number in 0..SEATS as u16 {
            let first = 1_000 + number * 200;
            let many: Vec<(u16, u16)> = (first..first + 127).map(|netuid| (netuid, 1)).collect();
            let all = [&[(1, 127)], &many[..]].concat();
            votes
                .cast(account(number as u8), Rao(254), &ballot(&all), &stakes)
                .unwrap();
            stakes.push(Rao(254));
        }
        let count = votes.count(&stakes, Rao(1), open(2), 5);
        assert_eq!(count.votes, [(NetUid(0), 0), (NetUid(1), 64 * 127)]);
    }

    #[ink::test]
    fn votes_are_weighed_by_stake() {
        let mut votes = Votes::default();
        votes
            .cast(account(1), Rao(300), &ballot(&[(0, 2), (1, 1)]), &[])
            .unwrap();
        votes
            .cast(account(2), Rao(50), &ballot(&[(1, 7)]), &[Rao(300)])
            .unwrap();
        let count = votes.count(&[Rao(300), Rao(50)], Rao(1_000), open(3), 5);
        assert_eq!(
            (count.of(NetUid(0)), count.of(NetUid(1)), count.of(NetUid(2))),
            (200, 150, 0)
        );
        assert_eq!(count.missing, 150, "to half of all stake");
        let count = votes.count(&[Rao(3), Rao(50)], Rao(100), open(3), 5);
        assert_eq!((count.of(NetUid(0)), count.of(NetUid(1)), count.missing), (2, 51, 0));
        assert!(!votes.is_due(4 + PERIOD) && votes.is_due(5 + PERIOD));
    }

    #[ink::test]
    fn a_ballot_is_replaced_and_withdrawn() {
        let mut votes = Votes::default();
        votes.cast(account(1), Rao(9), &ballot(&[(0, 1)]), &[]).unwrap();
        votes.cast(account(1), Rao(9), &ballot(&[(1, 1)]), &[Rao(9)]).unwrap();
        let count = votes.count(&[Rao(9)], Rao(9), open(2), 5);
        assert_eq!((count.of(NetUid(0)), count.of(NetUid(1))), (0, 9));
        votes.cast(account(1), Rao::ZERO, &ballot(&[]), &[Rao(9)]).unwrap();
        assert!(votes.voters().is_empty() && votes.ballot(account(1)).is_empty());
    }

    #[ink::test]
    fn malformed_ballots_and_voters_without_stake_are_refused() {
        let mut votes = Votes::default();
        for malformed in [&[(1, 1), (0, 1)][..], &[(1, 1), (1, 1)], &[(1, 0)]] {
            let refused = votes.cast(account(1), Rao(9), &ballot(malformed), &[]);
            assert_eq!(refused, Err(Error::MalformedVotes), "{malformed:?}");
        }
        let many: Vec<(u16, u16)> = (0..=128).map(|netuid| (netuid, 1)).collect();
        assert_eq!(
            votes.cast(account(1), Rao(9), &ballot(&many), &[]),
            Err(Error::MalformedVotes)
        );
        let poor = votes.cast(account(1), Rao::ZERO, &ballot(&[(0, 1)]), &[]);
        assert_eq!(poor, Err(Error::NotEnoughStake));
    }

    #[ink::test]
    fn the_hotkeys_with_most_stake_vote() {
        let mut votes = Votes::default();
        let mut stakes = Vec::new();
        for number in 0..64 {
            let stake = Rao(100 + u64::from(number));
            votes.cast(account(number), stake, &ballot(&[(0, 1)]), &stakes).unwrap();
            stakes.push(stake);
        }
        let mut cast = |stake| votes.cast(account(99), Rao(stake), &ballot(&[(0, 1)]), &stakes);
        assert_eq!(cast(100), Err(Error::NotEnoughStake));
        assert_eq!(cast(101), Ok(Some(account(0))));
        assert_eq!((votes.voters().len(), votes.voters()[0]), (SEATS, account(99)));
        assert!(votes.ballot(account(0)).is_empty());
    }
}
