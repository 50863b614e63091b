//! Commits that wait to be revealed.
//!
//! A commit hides weights for `reveal_period` tempos and can then be revealed for one tempo, but at least for
//! [`SHORTEST_WINDOW`] blocks. Later it is void. Revealing a commit drops the older ones: weights never go back.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::Hyperparameters;
use inktensor_primitives::rewards::{Commit, Error};
use inktensor_primitives::{AccountId, BlockNumber, Hash, NetUid};

/// The most commits of one hotkey that wait on one subnet.
pub const MAX_WAITING: usize = 10;
/// The least number of blocks in which a commit can be revealed, so that a validator of a fast subnet can restart in between.
pub const SHORTEST_WINDOW: u32 = 50;

/// Whose commits.
type Committer = (NetUid, AccountId);

/// All waiting commits.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Commits {
    waiting: Mapping<Committer, Vec<Commit>>,
}

impl Commits {
    /// Adds a commit and drops void ones.
    ///
    /// # Errors
    /// [`Error::TooManyCommits`]
    pub fn add(
        &mut self,
        netuid: NetUid,
        hotkey: AccountId,
        hash: Hash,
        rules: &Hyperparameters,
        now: BlockNumber,
    ) -> Result<Commit, Error> {
        let mut waiting = self.live(netuid, hotkey, now);
        if waiting.len() >= MAX_WAITING {
            return Err(Error::TooManyCommits);
        }
        let tempo = u32::from(rules.tempo);
        let reveal_from = u32::from(rules.reveal_period)
            .checked_mul(tempo)
            .and_then(|hidden| now.checked_add(hidden))
            .ok_or(Error::Overflow)?;
        let reveal_until = reveal_from
            .checked_add(tempo.max(SHORTEST_WINDOW))
            .ok_or(Error::Overflow)?;
        let commit = Commit {
            hash,
            committed_at: now,
            reveal_from,
            reveal_until,
        };
        waiting.push(commit.clone());
        self.waiting.insert((netuid, hotkey), &waiting);
        Ok(commit)
    }

    /// Takes a commit out, and all older ones with it.
    ///
    /// # Errors
    /// [`Error::UnknownCommit`], [`Error::RevealTooEarly`], [`Error::RevealTooLate`]
    pub fn take(&mut self, netuid: NetUid, hotkey: AccountId, hash: &Hash, now: BlockNumber) -> Result<Commit, Error> {
        let mut waiting = self.waiting.get((netuid, hotkey)).unwrap_or_default();
        let place = waiting
            .iter()
            .position(|commit| commit.hash == *hash)
            .ok_or(Error::UnknownCommit)?;
        let mut older = waiting.drain(..=place);
        let commit = older.next_back().ok_or(Error::UnknownCommit)?;
        drop(older);
        if now < commit.reveal_from {
            return Err(Error::RevealTooEarly);
        }
        if now > commit.reveal_until {
            return Err(Error::RevealTooLate);
        }
        self.store(netuid, hotkey, &waiting);
        Ok(commit)
    }

    /// Waiting commits, oldest first, without those that can no longer be revealed.
    pub fn live(&self, netuid: NetUid, hotkey: AccountId, now: BlockNumber) -> Vec<Commit> {
        let mut waiting = self.waiting.get((netuid, hotkey)).unwrap_or_default();
        waiting.retain(|commit| now <= commit.reveal_until);
        waiting
    }

    fn store(&mut self, netuid: NetUid, hotkey: AccountId, waiting: &Vec<Commit>) {
        if waiting.is_empty() {
            self.waiting.remove((netuid, hotkey));
        } else {
            self.waiting.insert((netuid, hotkey), waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{account, rules};

    const NETUID: NetUid = NetUid(0);

    fn hash(number: u8) -> Hash {
        Hash::from([number; 32])
    }

    fn add(commits: &mut Commits, number: u8, now: BlockNumber) -> Result<Commit, Error> {
        commits.add(NETUID, account(1), hash(number), &rules(), now)
    }

    #[ink::test]
    fn a_commit_is_revealed_within_its_window_only() {
        let rules = rules();
        let from = 7 + u32::from(rules.reveal_period) * u32::from(rules.tempo);
        let mut commits = Commits::default();
        let commit = add(&mut commits, 1, 7).unwrap();
        assert_eq!(commit.reveal_from, from);
        let mut take = |now| commits.take(NETUID, account(1), &hash(1), now);
        assert_eq!(take(from - 1), Err(Error::RevealTooEarly));
        assert_eq!(take(commit.reveal_until + 1), Err(Error::RevealTooLate));
        assert_eq!(take(commit.reveal_until), Ok(commit));
        assert_eq!(take(from), Err(Error::UnknownCommit));
    }

    #[ink::test]
    fn revealing_drops_older_commits_and_keeps_newer_ones() {
        let mut commits = Commits::default();
        for number in 1..=3 {
            add(&mut commits, number, 7).unwrap();
        }
        let from = commits.live(NETUID, account(1), 7)[0].reveal_from;
        commits.take(NETUID, account(1), &hash(2), from).unwrap();
        let left: Vec<Hash> = commits
            .live(NETUID, account(1), from)
            .into_iter()
            .map(|commit| commit.hash)
            .collect();
        assert_eq!(left, [hash(3)]);
    }

    #[ink::test]
    fn too_many_commits_are_refused_until_some_are_void() {
        let mut commits = Commits::default();
        for _ in 0..MAX_WAITING {
            add(&mut commits, 1, 7).unwrap();
        }
        assert_eq!(add(&mut commits, 2, 7), Err(Error::TooManyCommits));
        let until = commits.live(NETUID, account(1), 7)[0].reveal_until;
        assert!(add(&mut commits, 2, until + 1).is_ok());
        assert_eq!(commits.live(NETUID, account(1), until + 1).len(), 1);
    }

    #[ink::test]
    fn commits_of_others_stay_hidden() {
        let mut commits = Commits::default();
        let commit = add(&mut commits, 1, 7).unwrap();
        let stranger = commits.take(NETUID, account(2), &hash(1), commit.reveal_from);
        assert_eq!(stranger, Err(Error::UnknownCommit));
    }
}
