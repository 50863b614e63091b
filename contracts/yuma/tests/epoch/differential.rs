//! The library equals the reference to the last bit.

use proptest::prelude::*;
use yuma::Error;

use crate::cases::{any_case, case, Case, Wealth};
use crate::reference;

fn assert_same(case: &Case) {
    match reference::run(case) {
        Some(expected) => assert_eq!(case.run(), Ok(expected)),
        None => assert_eq!(case.run(), Err(Error::StakeOverflow)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_subnets_equal_the_reference(case in any_case(20)) {
        assert_same(&case);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn subnets_of_more_than_a_bitmap_word_equal_the_reference(case in any_case(150)) {
        assert_same(&case);
    }
}

#[test]
fn subnets_of_512_equal_the_reference_whatever_the_stakes() {
    for (seed, wealth) in (0..).zip([Wealth::Ordinary, Wealth::Tiny, Wealth::Absurd, Wealth::Wrapping]) {
        assert_same(&case(512, wealth, seed));
    }
}

/// The cases must reach the branches that they are there for.
#[test]
fn random_cases_are_not_all_trivial() {
    let outcomes: Vec<_> = (0..2000).map(|seed| case(12, Wealth::Ordinary, seed).run()).collect();
    let count = |is: &dyn Fn(&yuma::Outcome) -> bool| outcomes.iter().flatten().filter(|outcome| is(outcome)).count();
    assert!(count(&|outcome| outcome.incentive.iter().any(|&share| share > 0)) > 300);
    assert!(count(&|outcome| outcome.dividends.iter().any(|&share| share > 0)) > 300);
    assert!(count(&|outcome| outcome.bonds.entries() > 0) > 300);
    let overflows = (0..2000)
        .filter(|&seed| case(12, Wealth::Wrapping, seed).run().is_err())
        .count();
    assert!((1..1900).contains(&overflows), "{overflows} of 2000 overflow");
}
