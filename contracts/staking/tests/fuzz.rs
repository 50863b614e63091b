//! What is fuzzed in `contracts/fuzz`, on random bytes: no call's data makes the contract's decoder panic, and no order of any amounts
//! loses or makes stake.

// Tests may panic.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

#[path = "../../fuzz/decoding.rs"]
mod decoding;
#[path = "../../fuzz/ledger.rs"]
mod ledger;

use proptest::prelude::*;

const SOURCE: &str = include_str!("../src/lib.rs");

#[test]
fn every_message_is_decoded() {
    decoding::every_message_is_decoded(SOURCE);
}

#[test]
fn any_data_is_decoded_or_refused() {
    decoding::any_data_is_decoded_or_refused::<staking::Staking>(SOURCE);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_any_amounts_keeps_all_stake(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        ledger::run(&bytes);
    }
}
