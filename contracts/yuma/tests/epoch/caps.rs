//! What capping stake does to shares, and what it leaves alone.

use proptest::prelude::*;

use crate::cases::{any_case, case, ordinary_case, Case, Wealth};

const OFF: u16 = 0;
const MOST: u16 = u16::MAX;

fn with_cap(case: &Case, stake_cap: u16) -> Case {
    let mut case = case.clone();
    case.params.stake_cap = stake_cap;
    case
}

/// Everyone votes, and so many neurons have these stakes.
fn voters(stake: &[u64], stake_cap: u16) -> Case {
    let n = stake.len();
    let mut case = case(n, Wealth::Ordinary, 0);
    case.params.block = 10;
    case.params.activity_cutoff = 100;
    case.params.owner = None;
    case.params.stake_threshold = 0;
    case.params.max_validators = u16::MAX;
    case.params.stake_cap = stake_cap;
    case.stake = stake.to_vec();
    case.last_update = vec![9; n];
    case.registered_at = vec![1; n];
    case.permits = vec![true; n];
    case.earliest_commit = Vec::new();
    case
}

fn weights(stake: &[u64], stake_cap: u16) -> Vec<u16> {
    voters(stake, stake_cap)
        .run()
        .expect("these stakes could exist")
        .stake_weight
}

/// The percentile's value among stakes that all vote.
fn percentile(stakes: &[u64], cap: u16) -> u64 {
    let mut sorted: Vec<u64> = stakes.iter().copied().filter(|&stake| stake > 0).collect();
    sorted.sort_unstable();
    let rank = (usize::from(cap) * sorted.len()).div_ceil(65535);
    sorted.get(rank.wrapping_sub(1)).copied().unwrap_or(u64::MAX)
}

#[test]
fn the_percentile_is_that_of_the_nearest_rank() {
    let stakes = [10, 0, 20, 30, 40];
    let shares = |parts: [u64; 5]| {
        let sum: u64 = parts.iter().sum();
        parts.map(|part| (((part << 32) / sum * 65535) >> 32) as u16)
    };
    // Of four stakes a quarter of the percentiles ends at each.
    assert_eq!(weights(&stakes, 1), shares([10, 0, 10, 10, 10]));
    assert_eq!(weights(&stakes, 16383), shares([10, 0, 10, 10, 10]));
    assert_eq!(weights(&stakes, 16384), shares([10, 0, 20, 20, 20]));
    assert_eq!(weights(&stakes, 32767), shares([10, 0, 20, 20, 20]));
    assert_eq!(weights(&stakes, 32768), shares([10, 0, 20, 30, 30]));
    assert_eq!(weights(&stakes, 49152), shares(stakes.map(|stake| stake.min(40))));
    assert_eq!(weights(&stakes, MOST), weights(&stakes, OFF));
}

#[test]
fn stake_that_has_no_say_does_not_move_the_percentile() {
    let mut case = voters(&[1, 1, 1, 1, 50, 60, 900], 32768);
    // Four with little stake: without a permit, inactive, and below the threshold.
    case.permits[0] = false;
    case.permits[1] = false;
    case.last_update[2] = 0;
    case.params.activity_cutoff = 5;
    case.stake[3] = 9;
    case.params.stake_threshold = 10;
    let capped = case.run().unwrap().stake_weight;
    assert_eq!(capped[5], capped[6], "60 is the median of 50, 60 and 900: {capped:?}");
    assert!(capped[4] < capped[5]);
}

#[test]
fn permits_go_by_stake_without_the_cap() {
    let mut case = voters(&[40, 30, 20, 10], 1);
    case.params.max_validators = 2;
    let outcome = case.run().unwrap();
    assert_eq!(outcome.permits, [true, true, false, false]);
    assert_eq!(outcome.stake_weight, [16383; 4]);
}

#[test]
fn where_nobody_votes_nothing_is_capped() {
    let mut case = voters(&[10, 20, 30], 1);
    case.permits = vec![false; 3];
    assert_eq!(case.run(), with_cap(&case, OFF).run());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// No cap and the hundredth percentile are the same: the largest voting stake caps only stakes that have no say.
    #[test]
    fn the_largest_percentile_takes_from_no_voter(case in any_case(20)) {
        let mut case = case;
        case.permits.iter_mut().for_each(|permit| *permit = true);
        case.params.activity_cutoff = u64::MAX;
        prop_assert_eq!(with_cap(&case, MOST).run(), with_cap(&case, OFF).run());
    }

    /// Against everyone who is not capped, the capped fall; the largest share never grows; who has more never counts less.
    #[test]
    fn a_cap_moves_shares_from_those_above_it_to_those_below(
        stakes in prop::collection::vec(prop_oneof![0..1_000_000_000_000_u64, 0..40_u64], 1..30),
        cap in 1..=MOST,
    ) {
        let (free, capped) = (weights(&stakes, OFF), weights(&stakes, cap));
        let value = percentile(&stakes, cap);
        let largest = |weights: &[u16]| weights.iter().copied().max();
        prop_assert!(largest(&capped) <= largest(&free));
        for (i, &stake) in stakes.iter().enumerate() {
            prop_assert!(stake > value || capped[i] >= free[i], "{} of {} lost", i, stake);
            for (j, &other) in stakes.iter().enumerate() {
                prop_assert!(stake < other || capped[i] >= capped[j]);
                if stake > value && other <= value {
                    // A share is cut by less than one of 65535 and 2^32.
                    let (was, is) = (u64::from(free[i]) + 1, u64::from(capped[i]));
                    let (other_was, other_is) = (u64::from(free[j]), u64::from(capped[j]) + 1);
                    prop_assert!(is * other_was <= was * other_is, "{} against {}", i, j);
                }
            }
        }
        let sum: usize = capped.iter().copied().map(usize::from).sum();
        let is_empty = stakes.iter().all(|&stake| stake == 0);
        prop_assert!(is_empty || (65535 - 2 * stakes.len()..=65535).contains(&sum), "{}", sum);
    }

    #[test]
    fn capped_stakes_count_as_if_nobody_had_more(
        stakes in prop::collection::vec(0..1_000_000_u64, 1..30),
        cap in 1..=MOST,
    ) {
        let value = percentile(&stakes, cap);
        let counted: Vec<u64> = stakes.iter().map(|&stake| stake.min(value)).collect();
        prop_assert_eq!(weights(&stakes, cap), weights(&counted, OFF));
    }

    #[test]
    fn no_more_is_paid_under_a_cap(case in ordinary_case(20), cap in 1..=MOST) {
        let outcome = with_cap(&case, cap).run().unwrap();
        let sum = |values: &[u64]| values.iter().copied().map(u128::from).sum::<u128>();
        prop_assert!(sum(&outcome.server_emission) + sum(&outcome.validator_emission) <= case.params.emission.into());
        prop_assert_eq!(outcome.permits, with_cap(&case, OFF).run().unwrap().permits);
    }
}
