//! What must hold of every epoch.

use proptest::prelude::*;
use yuma::{payout, LiquidAlpha, Outcome, Uid, Version};

use crate::cases::{any_case, case, ordinary_case, Case, Dice, Rows, Wealth};

/// The case with everyone renamed: the neuron `i` becomes `names[i]`.
fn renamed(case: &Case, names: &[Uid]) -> Case {
    let rename = |uid: Uid| names[usize::from(uid)];
    let rows = |rows: &Rows| {
        let renamed = |row: &Vec<(Uid, u16)>| row.iter().map(|&(uid, value)| (rename(uid), value)).collect();
        moved(&rows.iter().map(renamed).collect::<Rows>(), names)
    };
    let mut params = case.params.clone();
    params.owner = params.owner.map(rename);
    Case {
        params,
        stake: moved(&case.stake, names),
        last_update: moved(&case.last_update, names),
        registered_at: moved(&case.registered_at, names),
        permits: moved(&case.permits, names),
        earliest_commit: if case.earliest_commit.is_empty() {
            Vec::new()
        } else {
            moved(&case.earliest_commit, names)
        },
        weights: rows(&case.weights),
        bonds: rows(&case.bonds),
    }
}

fn moved<T: Clone>(values: &[T], names: &[Uid]) -> Vec<T> {
    let mut moved = values.to_vec();
    for (value, &name) in values.iter().zip(names) {
        moved[usize::from(name)] = value.clone();
    }
    moved
}

fn sorted_rows(outcome: &Outcome) -> Rows {
    let mut rows: Rows = outcome.bonds.iter().map(Iterator::collect).collect();
    rows.iter_mut().for_each(|row| row.sort());
    rows
}

fn sum(values: &[u64]) -> u128 {
    values.iter().copied().map(u128::from).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_more_is_paid_than_the_emission(case in ordinary_case(20)) {
        let outcome = case.run().unwrap();
        let emission = u128::from(case.params.emission);
        prop_assert!(sum(&outcome.server_emission) + sum(&outcome.validator_emission) <= emission);
        prop_assert!(sum(&outcome.emission) <= emission);
    }

    #[test]
    fn payouts_are_the_emission_to_the_rao(case in any_case(20)) {
        let Ok(outcome) = case.run() else { return Ok(()) };
        let someone_validates = sum(&outcome.validator_emission) > 0;
        let emission = case.params.emission;
        let paid = payout::split(emission, outcome.server_emission, outcome.validator_emission);
        prop_assert_eq!(sum(&paid.servers) + sum(&paid.validators) + u128::from(paid.carried), u128::from(emission));
        prop_assert!(!someone_validates || paid.carried == 0);
    }

    #[test]
    fn shares_sum_to_one_less_a_rounding_each(case in ordinary_case(20)) {
        let outcome = case.run().unwrap();
        for shares in [&outcome.stake_weight, &outcome.incentive, &outcome.dividends] {
            let sum: usize = shares.iter().copied().map(usize::from).sum();
            prop_assert!(sum == 0 || (65535 - 2 * case.neurons()..=65535).contains(&sum), "{:?}", shares);
        }

    }

    #[test]
    fn names_do_not_matter(case in ordinary_case(20), seed: u64) {
        let mut case = case;
        // Ties for the last permit do go by name, so everyone may have one.
        case.params.max_validators = u16::MAX;
        let mut names: Vec<Uid> = (0..case.neurons() as Uid).collect();
        Dice(seed).shuffle(&mut names);

        let outcome = case.run().unwrap();
        let other = renamed(&case, &names).run().unwrap();
        prop_assert_eq!(moved(&outcome.server_emission, &names), other.server_emission.clone());
        prop_assert_eq!(moved(&outcome.validator_emission, &names), other.validator_emission.clone());
        prop_assert_eq!(moved(&outcome.consensus, &names), other.consensus.clone());
        prop_assert_eq!(moved(&outcome.validator_trust, &names), other.validator_trust.clone());
        let renamed_bonds = sorted_rows(&outcome).into_iter().map(|row| {
            let mut row: Vec<_> = row.into_iter().map(|(uid, bond)| (names[usize::from(uid)], bond)).collect();
            row.sort();
            row
        });
        prop_assert_eq!(moved(&renamed_bonds.collect::<Rows>(), &names), sorted_rows(&other));
    }

    #[test]
    fn the_unit_of_stake_does_not_matter(case in ordinary_case(20), factor in 1u64..1000) {
        let mut case = case;
        case.params.stake_threshold = 0;
        case.stake.iter_mut().for_each(|stake| *stake >>= 11);
        let mut finer = case.clone();
        finer.stake.iter_mut().for_each(|stake| *stake *= factor);
        prop_assert_eq!(case.run(), finer.run());
    }

    #[test]
    fn the_unit_of_a_row_of_weights_does_not_matter(case in ordinary_case(20), factor in 1u16..256) {
        let mut case = case;
        let scaled = |case: &Case, factor: u16| {
            let mut case = case.clone();
            case.weights.iter_mut().step_by(2).flatten().for_each(|entry| entry.1 *= factor);
            case
        };
        case.weights.iter_mut().flatten().for_each(|entry| entry.1 >>= 8);
        prop_assert_eq!(case.run(), scaled(&case, factor).run());
    }

    #[test]
    fn weights_without_a_permit_do_not_count(case in any_case(20)) {
        let mut cleared = case.clone();
        for (uid, row) in cleared.weights.iter_mut().enumerate() {
            if !case.permits[uid] && case.params.owner.map(usize::from) != Some(uid) {
                row.clear();
            }
        }
        prop_assert_eq!(case.run(), cleared.run());
    }

    #[test]
    fn bonds_are_kept_under_a_new_permit_only(case in any_case(20)) {
        let Ok(outcome) = case.run() else { return Ok(()) };
        for (row, &permit) in outcome.bonds.iter().zip(&outcome.permits) {
            prop_assert!(permit || row.len() == 0);
        }
    }

    #[test]
    fn permits_are_no_more_than_allowed(case in any_case(20)) {
        let Ok(outcome) = case.run() else { return Ok(()) };
        let owner = case.params.owner.map(usize::from);
        let given = outcome.permits.iter().enumerate().filter(|&(uid, &permit)| permit && Some(uid) != owner).count();
        prop_assert!(given <= usize::from(case.params.max_validators));
    }

    /// Three validators with 60 % of the stake that agree decide, whatever the two others do.
    #[test]
    fn a_majority_that_agrees_decides(
        agreed in [1u16.., 1u16.., 1u16..],
        others in any::<[[u16; 3]; 2]>(),
        version in versions(),
    ) {
        let outcome = five_validators(agreed, others, version);
        let total: u64 = agreed.iter().copied().map(u64::from).sum();
        for (&weight, &consensus) in agreed.iter().zip(&outcome.consensus[5..]) {
            let bits = (u64::from(weight) << 32) / total;
            prop_assert_eq!(u64::from(consensus), (bits * 65535) >> 32);
        }
        // So the majority is trusted in full, and it gets at least its share of the dividends.
        prop_assert!(outcome.validator_trust[..3].iter().all(|&trust| trust >= 65532));
        let majority: u64 = outcome.validator_emission[..3].iter().sum();
        let all: u64 = outcome.validator_emission.iter().sum();
        prop_assert!(majority * 1000 >= all * 599, "{} of {}", majority, all);
    }
}

fn versions() -> impl Strategy<Value = Version> {
    let liquid = LiquidAlpha {
        low: 45875,
        high: 58982,
        steepness: 1000,
    };
    prop_oneof![
        Just(Version::Yuma2),
        Just(Version::Yuma3),
        Just(Version::Yuma3Liquid(liquid))
    ]
}

/// Validators 0 to 4 with a fifth of the stake each, servers 5 to 7.
fn five_validators(agreed: [u16; 3], others: [[u16; 3]; 2], version: Version) -> Outcome {
    let mut case = case(8, Wealth::Ordinary, 0);
    case.params.block = 10;
    case.params.tempo = 5;
    case.params.last_step = 0;
    case.params.activity_cutoff = 100;
    case.params.kappa = 32767;
    case.params.bonds_penalty = 65535;
    case.params.bonds_moving_average = 900_000;
    case.params.max_validators = 5;
    case.params.owner = None;
    case.params.stake_threshold = 0;
    case.params.emission = 1_000_000_000;
    case.params.version = version;
    case.stake = vec![20, 20, 20, 20, 20, 0, 0, 0];
    case.last_update = vec![9; 8];
    case.registered_at = vec![1; 8];
    case.permits = vec![true, true, true, true, true, false, false, false];
    case.earliest_commit = Vec::new();
    let row = |weights: [u16; 3]| (5..).zip(weights).collect();
    case.weights = [agreed, agreed, agreed, others[0], others[1]].map(row).into();
    case.weights.resize(8, Vec::new());
    case.bonds = vec![Vec::new(); 8];
    case.run().expect("these stakes could exist")
}

#[test]
fn the_largest_subnets_with_the_largest_stakes_do_not_panic() {
    for seed in 0..40 {
        for wealth in [Wealth::Absurd, Wealth::Wrapping] {
            let mut case = case(512, wealth, seed);
            if seed % 2 == 0 {
                case.stake = vec![u64::MAX; 512];
            }
            // An error is an answer too.
            if let Ok(outcome) = case.run() {
                assert_eq!(outcome.emission.len(), 512);
            }
        }
    }
}

/// The sum is 2^64 rao, which 64 integer bits hold as zero, and nothing is divided by zero.
#[test]
fn stakes_whose_sum_wraps_to_zero_stay_as_they_are() {
    let mut case = case(5, Wealth::Ordinary, 0);
    case.stake = vec![(1 << 63) - 1, 1, 0, 1 << 62, 1 << 62];
    case.params.stake_threshold = 0;
    case.params.owner = None;
    case.permits = vec![false; 5];
    let outcome = case.run().unwrap();
    assert_eq!(outcome.stake_weight, [65535, 65535, 0, 65535, 65535]);
}
