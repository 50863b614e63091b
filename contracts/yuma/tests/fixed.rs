//! Fixed point against the same operations on wide integers.

use proptest::prelude::*;
use yuma::fixed::{normalise, wrapping_sum, I32F32};

const ONE: i128 = 1 << 32;

/// All sizes: fractions, ones, large numbers, the extremes.
fn bits() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -(1i64 << 33)..(1 << 33),
        0..(1i64 << 32),
        prop::sample::select(vec![0, 1, -1, 1 << 32, -(1 << 32), (1 << 32) - 1, i64::MAX, i64::MIN]),
    ]
}

fn saturated(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn multiplication_rounds_down_and_saturates(a in bits(), b in bits()) {
        let exact = (i128::from(a) * i128::from(b)).div_euclid(ONE);
        let (x, y) = (I32F32::from_bits(a), I32F32::from_bits(b));
        prop_assert_eq!(x.saturating_mul(y).to_bits(), saturated(exact));
        prop_assert_eq!(x.mul_or_zero(y).to_bits(), i64::try_from(exact).unwrap_or(0));
    }

    #[test]
    fn division_rounds_toward_zero_and_gives_zero_without_a_quotient(a in bits(), b in bits()) {
        let quotient = (i128::from(a) * ONE).checked_div(b.into()).and_then(|exact| i64::try_from(exact).ok());
        prop_assert_eq!(I32F32::from_bits(a).div_or_zero(I32F32::from_bits(b)).to_bits(), quotient.unwrap_or(0));
    }

    #[test]
    fn amounts_round_down_and_clamp(a in bits(), amount: u64) {
        let exact = (i128::from(a) * i128::from(amount)).div_euclid(ONE);
        let clamped = exact.clamp(0, u64::MAX.into()) as u64;
        prop_assert_eq!(I32F32::from_bits(a).of(amount), clamped);
    }

    #[test]
    fn proportions_round_down_and_clamp(a in bits()) {
        let exact = i128::from(saturated(i128::from(a) * 65535)).div_euclid(ONE);
        prop_assert_eq!(I32F32::from_bits(a).to_proportion(), exact.clamp(0, 65535) as u16);
    }

    #[test]
    fn a_proportion_is_at_most_one_less_after_a_round_trip(value: u16) {
        let back = I32F32::from_proportion(value).to_proportion();
        prop_assert!(back == value || back + 1 == value);
    }

    #[test]
    fn exp_is_the_truncated_series(a in -(25i64 << 32)..(25 << 32)) {
        prop_assume!(a != 1 << 32);
        let x = i128::from(a).clamp(-20 * ONE, 20 * ONE);
        let (mut term, mut sum) = (x.abs(), ONE + x.abs());
        for i in 2..=31 {
            term = (term * x.abs() / ONE) / i;
            sum += term;
        }
        let expected = if x < 0 { ONE * ONE / sum } else { sum };
        prop_assert_eq!(i128::from(I32F32::from_bits(a).exp().to_bits()), expected);
    }

    #[test]
    fn normalised_values_sum_to_just_below_one(values in prop::collection::vec(0i64..1 << 40, 1..100)) {
        prop_assume!(values.iter().sum::<i64>() > 0);
        let mut values: Vec<_> = values.into_iter().map(I32F32::from_bits).collect();
        normalise(&mut values);
        let missing = (1 << 32) - wrapping_sum(&values).to_bits();
        prop_assert!((0..values.len() as i64).contains(&missing));
    }
}

#[test]
fn exp_of_the_limits_is_what_31_terms_give() {
    let exp = |x: i32| I32F32::from_int(x).exp().to_bits();
    assert_eq!(exp(0), 1 << 32);
    // e with 23 fraction bits, where the series would give 32.
    assert_eq!(exp(1), 22_802_600 << 9);
    assert_eq!(exp(21), exp(20));
    assert_eq!(exp(-21), exp(-20));
    assert_eq!(exp(-20), 8);
}
