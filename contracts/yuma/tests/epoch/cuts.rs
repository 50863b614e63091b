//! An epoch that is cut off and goes on later has the same outcome.

use proptest::prelude::*;
use yuma::{Error, Neurons, Outcome, Progress, SparseMatrix, Stage};

use crate::cases::{any_case, case, matrix, Case, Dice, Wealth};

/// Runs the case in pages: before each step, with a chance of one in `pages`, everything is put into lists and read again.
fn in_pages(case: &Case, dice: &mut Dice, pages: u64) -> Result<Outcome, Error> {
    let params = &case.params;
    let neurons = Neurons {
        stake: &case.stake,
        last_update: &case.last_update,
        registered_at: &case.registered_at,
        permits: &case.permits,
        earliest_commit: &case.earliest_commit,
    };
    let (weights, old) = (matrix(&case.weights), matrix(&case.bonds));
    let mut progress = Progress::begin(params, &neurons)?;
    let mut bonds = SparseMatrix::new();
    let (mut done, all) = progress.steps(params);
    assert!(done == 0 || case.neurons() == 0);
    loop {
        if dice.below(pages) == 0 {
            progress = Progress::from_lists(progress.into_lists()).expect("the lists of an epoch that was cut off");
        }
        match progress.stage(params) {
            Stage::Weights => progress.agree(params, &neurons, &weights)?,
            Stage::Bonds { row, stores } => {
                let stored = progress.bond(params, &neurons, weights.packed(row), old.packed(row))?;
                assert_eq!(stored.is_some(), stores);
                stored.into_iter().for_each(|row| bonds.push_packed(row));
            }
            Stage::Finished => break,
        }
        let before = std::mem::replace(&mut done, progress.steps(params).0);
        assert!(done == before + 1 || case.neurons() == 0, "{before} {done}");
    }
    assert!(done == all || case.neurons() == 0);
    Ok(Outcome {
        bonds,
        ..progress.finish(params)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_change_nothing(case in any_case(24), seed: u64, pages in 1u64..6) {
        prop_assert_eq!(in_pages(&case, &mut Dice(seed), pages), case.run());
    }
}

#[test]
fn cuts_change_nothing_in_a_large_subnet() {
    for seed in 0..6 {
        let case = case(300, Wealth::Ordinary, seed);
        assert_eq!(in_pages(&case, &mut Dice(seed), 40), case.run());
    }
}

#[test]
fn what_is_not_a_progress_is_refused() {
    let case = case(5, Wealth::Ordinary, 3);
    let neurons = Neurons {
        stake: &case.stake,
        last_update: &case.last_update,
        registered_at: &case.registered_at,
        permits: &case.permits,
        earliest_commit: &case.earliest_commit,
    };
    let lists = Progress::begin(&case.params, &neurons).unwrap().into_lists();
    assert_eq!(lists.len(), Progress::LISTS);
    assert!(Progress::from_lists(lists.clone()).is_some());
    for end in 0..lists.len() {
        assert!(Progress::from_lists(lists[..end].to_vec()).is_none(), "{end}");
        let mut cut = lists.clone();
        cut[end] = vec![1; 4];
        assert!(Progress::from_lists(cut).is_none(), "{end}");
    }
    assert!(Progress::from_lists([&lists[..], &[vec![]]].concat()).is_none());
}

/// Rows out of order are read in one stripe, ordered ones in several: both count the same.
#[test]
fn the_order_of_a_row_does_not_matter() {
    let mut agreed = 0;
    for seed in 0..12 {
        let mut case = case(220, Wealth::Ordinary, seed);
        case.weights.iter_mut().for_each(|row| row.sort());
        let ascending = case.run().unwrap();
        case.weights.iter_mut().for_each(|row| row.reverse());
        let descending = case.run().unwrap();
        agreed += ascending.consensus.iter().filter(|&&consensus| consensus > 0).count();
        assert_eq!(ascending.consensus, descending.consensus);
        assert_eq!(ascending.server_emission, descending.server_emission);
        assert_eq!(ascending.validator_trust, descending.validator_trust);
    }
    assert!(agreed > 100, "{agreed}");
}
