//! Emission, payout, burn price and stored weights.

use proptest::prelude::*;
use yuma::burn::BurnTerms;
use yuma::emission::{block_emission, next_halving, span_emission, CAP};
use yuma::payout::{split, take, Apportion};
use yuma::upscale::max_upscale;

const TAO: u64 = 1_000_000_000;

#[test]
fn emission_halves_at_each_threshold() {
    assert_eq!(block_emission(0), TAO);
    for (k, threshold) in [(1, CAP / 2), (2, CAP / 4 * 3), (3, CAP / 8 * 7), (10, CAP - CAP / 1024)] {
        assert_eq!(block_emission(threshold - 1), TAO >> (k - 1));
        assert_eq!(block_emission(threshold), TAO >> k);
    }
    // 21e15 has fifteen factors of two: beyond, thresholds lie between two rao.
    assert_eq!(block_emission(CAP - CAP / (1 << 20) - 1), TAO >> 19);
    assert_eq!(block_emission(CAP - CAP / (1 << 20)), TAO >> 20);
    assert_eq!(block_emission(CAP - 1), 0);
    assert_eq!(block_emission(CAP), 0);
    assert_eq!(block_emission(u64::MAX), 0);
}

#[test]
fn the_next_halving_is_the_first_issuance_that_halves() {
    assert_eq!(next_halving(0), CAP / 2);
    assert_eq!(next_halving(CAP / 2 - 1), CAP / 2);
    assert_eq!(next_halving(CAP / 2), CAP / 4 * 3);
    assert_eq!(next_halving(CAP - 1), CAP);
    assert_eq!(next_halving(u64::MAX), CAP);
}

#[test]
fn all_blocks_together_stay_below_the_cap() {
    let issued = span_emission(0, u64::MAX);
    assert!(issued < CAP);
    assert_eq!(block_emission(issued), 0);
}

#[test]
fn a_delegate_takes_rounded_down() {
    assert_eq!(take(100, 0), (0, 100));
    assert_eq!(take(100, 65535), (100, 0));
    assert_eq!(take(100, 11796), (17, 83));
    assert_eq!(take(u64::MAX, 65535), (u64::MAX, 0));
}

#[test]
fn validators_share_the_whole_emission_where_no_server_earned() {
    let paid = split(1000, vec![0, 0, 0], vec![1, 2, 0]);
    assert_eq!(
        (paid.servers, paid.validators, paid.carried),
        (vec![0; 3], vec![333, 667, 0], 0)
    );
}

#[test]
fn what_nobody_earned_is_carried() {
    assert_eq!(split(1000, vec![400, 0], vec![0, 0]).carried, 600);
    assert_eq!(split(1000, Vec::new(), Vec::new()).carried, 1000);
}

#[test]
fn servers_never_get_more_than_there_is() {
    let paid = split(10, vec![7, 7], vec![1, 1]);
    assert_eq!(
        (paid.servers, paid.validators, paid.carried),
        (vec![7, 3], vec![0, 0], 0)
    );
}

#[test]
fn a_registration_costs_half_after_a_half_life() {
    let terms = BurnTerms::DEFAULT;
    assert_eq!(terms.after_blocks(TAO, 0), TAO);
    assert_eq!(terms.after_blocks(TAO, 360), TAO / 2);
    assert_eq!(terms.after_blocks(TAO, 180), 707_106_781);
    assert_eq!(terms.after_blocks(TAO, 90), 840_896_415);
    assert_eq!(terms.after_blocks(TAO, 540), 353_553_390);
    assert_eq!(terms.after_blocks(TAO, 3600), TAO / 1024);
    assert_eq!(terms.after_blocks(TAO, u64::MAX), terms.min);
}

#[test]
fn a_registration_raises_the_price_within_its_bounds() {
    let terms = BurnTerms::DEFAULT;
    assert_eq!(terms.after_registration(BurnTerms::FIRST_PRICE), 1_260_000_000);
    assert_eq!(terms.after_registration(90 * TAO), 100 * TAO);
    assert_eq!(terms.after_registration(u64::MAX), 100 * TAO);
    assert_eq!(terms.after_registration(0), terms.min);
}

#[test]
fn weights_are_stored_with_65535_as_the_largest() {
    assert_eq!(max_upscale(&[]), []);
    assert_eq!(max_upscale(&[0, 0]), [0, 0]);
    assert_eq!(max_upscale(&[1, 2, 3, 4]), [16384, 32768, 49151, 65535]);
    assert_eq!(max_upscale(&[32768, 16384]), [65535, 32768]);
    assert_eq!(max_upscale(&[65535, 1]), [65535, 1]);
    assert_eq!(max_upscale(&[40000, 20000, 7]), [65535, 32767, 11]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_late_crank_emits_what_the_blocks_would_have(k in 0u32..31, before in 0u64..2000, blocks in 0u64..2000) {
        // Start just before the k-th threshold.
        let threshold = CAP - (CAP >> k);
        let start = threshold.saturating_sub(before * (TAO >> k.min(29)));
        let one_by_one = (0..blocks).fold(start, |issued, _| issued + block_emission(issued)) - start;
        prop_assert_eq!(span_emission(start, blocks), one_by_one);
    }

    #[test]
    fn a_span_in_two_parts_emits_the_same(start in 0..CAP, first: u64, second: u64) {
        let (first, second) = (first >> 8, second >> 8);
        let earlier = span_emission(start, first);
        prop_assert_eq!(span_emission(start, first + second), earlier + span_emission(start + earlier, second));
    }

    #[test]
    fn parts_sum_to_the_amount_and_are_within_a_rao(
        amount: u64,
        shares in prop::collection::vec(0u64..1 << 40, 1..50),
    ) {
        let total: u64 = shares.iter().sum();
        let mut parts = Apportion::new(amount, total);
        let mut paid = 0;
        for &share in &shares {
            let part = parts.next_for(share);
            let exact = (u128::from(amount) * u128::from(share)).checked_div(total.into()).unwrap_or(0);
            prop_assert!(u128::from(part).abs_diff(exact) <= 1);
            prop_assert!(share > 0 || part == 0);
            paid += part;
        }
        prop_assert_eq!(paid + parts.left(), amount);
        prop_assert!(total == 0 || parts.left() == 0);
    }

    #[test]
    fn shares_that_exceed_their_total_mint_nothing(
        amount: u64,
        total: u64,
        shares in prop::collection::vec(any::<u64>(), 0..20),
    ) {
        let mut parts = Apportion::new(amount, total);
        let paid: u128 = shares.iter().map(|&share| u128::from(parts.next_for(share))).sum();
        prop_assert_eq!(paid + u128::from(parts.left()), u128::from(amount));
    }

    #[test]
    fn the_price_falls_with_time_and_stays_in_its_bounds(
        price: u64,
        blocks in 0u64..100_000,
        later in 0u64..1000,
        half_life in 1u64..5000,
    ) {
        let terms = BurnTerms { half_life, ..BurnTerms::DEFAULT };
        let (soon, late) = (terms.after_blocks(price, blocks), terms.after_blocks(price, blocks + later));
        prop_assert!(late <= soon + 1);
        prop_assert!((terms.min..=terms.max).contains(&soon));
    }

    #[test]
    fn stored_weights_keep_order_and_reach_the_top(weights in prop::collection::vec(1u16.., 1..50)) {
        let stored = max_upscale(&weights);
        prop_assert_eq!(stored.iter().max(), Some(&u16::MAX));
        for (a, b) in weights.iter().zip(&stored) {
            for (c, d) in weights.iter().zip(&stored) {
                prop_assert!(a > c || b <= d);
            }
        }
    }

    #[test]
    fn nothing_panics_at_the_extremes(a: u64, b: u64, c: u64, rate: u16, permille: u32) {
        let terms = BurnTerms { min: a, max: b, half_life: c, increase_permille: permille };
        prop_assert!(terms.after_blocks(b, a) >= a.min(b));
        prop_assert!(terms.after_registration(c) >= a.min(b));
        prop_assert!(span_emission(a, b) <= CAP.saturating_sub(a));
        let (taken, rest) = take(a, rate);
        prop_assert_eq!(taken + rest, a);
    }
}
