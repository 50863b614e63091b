//! What stake was at a past block, so that a vote counts what its voter had when it was called.
//!
//! Three kinds of values are recorded when someone acts on stake: the position's shares, its pool's stake and shares, and all stake.
//! The one who acts pays for the records; a block has at most one of each. Earnings change pools in every epoch, and whoever runs the
//! epoch should not pay for that: they count as votes from the next act on the pool on, and anyone can have a position of their own
//! recorded as it is.
//!
//! Records older than [`VOTES_HORIZON`] are dropped two at a time as new ones come, so none grows without end, and who adds gets the
//! deposits of what is dropped. Reading is a binary search.
//!
//! Invariant: at any past block the worths of all positions of a pool sum to at most the pool's stake, and the stakes of all pools to
//! at most all stake. For taking out is recorded with all three values, and earnings, which are not, only add.

use ink::storage::Mapping;
use inktensor_primitives::staking::{Error, VOTES_HORIZON};
use inktensor_primitives::{AccountId, BlockNumber, Rao};

/// How many old records one new record drops.
const DROPS: usize = 2;

/// Whose past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct Trace {
    hotkey: Option<AccountId>,
    coldkey: Option<AccountId>,
}

impl Trace {
    /// All stake; shares are not used.
    pub const TOTAL: Self = Self {
        hotkey: None,
        coldkey: None,
    };

    /// The pool of a hotkey.
    pub const fn pool(hotkey: AccountId) -> Self {
        Self {
            hotkey: Some(hotkey),
            coldkey: None,
        }
    }

    /// The shares of a hotkey that a coldkey holds; stake is not used.
    pub const fn holding(hotkey: AccountId, coldkey: AccountId) -> Self {
        Self {
            hotkey: Some(hotkey),
            coldkey: Some(coldkey),
        }
    }
}

/// What held from a block on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Checkpoint {
    /// The block.
    pub at: BlockNumber,
    /// The stake.
    pub stake: Rao,
    /// The shares.
    pub shares: u128,
}

/// The newest checkpoint, and where the older ones are: their numbers are `first..next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
struct Line {
    first: u32,
    next: u32,
    newest: Checkpoint,
}

/// All pasts.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Checkpoints {
    lines: Mapping<Trace, Line>,
    older: Mapping<(Trace, u32), Checkpoint>,
}

impl Checkpoints {
    /// Records what holds from this block on.
    ///
    /// # Errors
    /// [`Error::Overflow`] after 2^32 records of one trace.
    pub fn record(&mut self, trace: Trace, newest: Checkpoint) -> Result<(), Error> {
        let Some(mut line) = self.lines.get(trace) else {
            let line = Line {
                first: 0,
                next: 0,
                newest,
            };
            self.lines.insert(trace, &line);
            return Ok(());
        };
        if line.newest.at < newest.at {
            self.older.insert((trace, line.next), &line.newest);
            line.next = line.next.checked_add(1).ok_or(Error::Overflow)?;
            self.drop_expired(trace, &mut line, newest.at);
        }
        line.newest = newest;
        self.lines.insert(trace, &line);
        Ok(())
    }

    /// What held at a block that is over and within the horizon.
    ///
    /// # Errors
    /// [`Error::BlockNotPast`], [`Error::BlockForgotten`]
    pub fn at(&self, trace: Trace, block: BlockNumber, now: BlockNumber) -> Result<Checkpoint, Error> {
        if block >= now {
            return Err(Error::BlockNotPast);
        }
        if now.saturating_sub(block) > VOTES_HORIZON {
            return Err(Error::BlockForgotten);
        }
        let Some(line) = self.lines.get(trace) else {
            return Ok(Checkpoint::default());
        };
        if line.newest.at <= block {
            return Ok(line.newest);
        }
        let (mut low, mut high) = (line.first, line.next);
        let mut found = Checkpoint::default();
        while low < high {
            let middle = low.midpoint(high);
            let point = self.older.get((trace, middle)).unwrap_or_default();
            if point.at <= block {
                found = point;
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok(found)
    }

    /// Drops what no block within the horizon needs: a checkpoint whose successor is beyond it too.
    fn drop_expired(&mut self, trace: Trace, line: &mut Line, now: BlockNumber) {
        let horizon = now.saturating_sub(VOTES_HORIZON);
        for _ in 0..DROPS {
            let second = line.first.saturating_add(1);
            let needless =
                second < line.next && self.older.get((trace, second)).is_some_and(|point| point.at <= horizon);
            if !needless {
                return;
            }
            self.older.remove((trace, line.first));
            line.first = second;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: Trace = Trace::TOTAL;

    fn point(at: BlockNumber, stake: u64) -> Checkpoint {
        Checkpoint {
            at,
            stake: Rao(stake),
            shares: 0,
        }
    }

    fn stake_at(checkpoints: &Checkpoints, block: BlockNumber, now: BlockNumber) -> u64 {
        checkpoints.at(TRACE, block, now).unwrap().stake.0
    }

    #[ink::test]
    fn a_past_block_has_what_was_recorded_last_before_its_end() {
        let mut checkpoints = Checkpoints::default();
        for (at, stake) in [(10, 1), (10, 2), (20, 3), (30, 4)] {
            checkpoints.record(TRACE, point(at, stake)).unwrap();
        }
        let found = [9, 10, 19, 20, 29, 30, 99].map(|block| stake_at(&checkpoints, block, 100));
        assert_eq!(found, [0, 2, 2, 3, 3, 4, 4]);
    }

    #[ink::test]
    fn the_present_block_and_forgotten_ones_have_no_answer() {
        let checkpoints = Checkpoints::default();
        assert_eq!(checkpoints.at(TRACE, 5, 5), Err(Error::BlockNotPast));
        assert_eq!(checkpoints.at(TRACE, 0, VOTES_HORIZON + 1), Err(Error::BlockForgotten));
        assert_eq!(stake_at(&checkpoints, 1, VOTES_HORIZON + 1), 0);
    }

    #[ink::test]
    fn records_do_not_grow_without_end() {
        let mut checkpoints = Checkpoints::default();
        for number in 0..200 {
            checkpoints.record(TRACE, point(number * 10_000, 7)).unwrap();
        }
        let line = checkpoints.lines.get(TRACE).unwrap();
        assert!(line.next - line.first <= VOTES_HORIZON / 10_000 + 2, "{line:?}");
        assert!(!checkpoints.older.contains((TRACE, line.first - 1)));
    }

    proptest! {
        #[test]
        fn every_block_within_the_horizon_is_answered_as_by_a_full_history(
            steps in prop::collection::vec((0..30_000_u32, 0..100_u64), 1..60),
            asked in 0..VOTES_HORIZON,
        ) {
            let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
                let mut checkpoints = Checkpoints::default();
                let (mut now, mut history) = (1, Vec::new());
                for (blocks, stake) in &steps {
                    now += blocks;
                    history.push((now, *stake));
                    checkpoints.record(TRACE, point(now, *stake)).unwrap();
                }
                now += 1;
                let block = now.saturating_sub(asked + 1);
                let expected = history.iter().rev().find(|(at, _)| *at <= block).map_or(0, |(_, stake)| *stake);
                assert_eq!(stake_at(&checkpoints, block, now), expected);
                Ok(())
            });
            prop_assert!(ran.is_ok());
        }
    }
}
