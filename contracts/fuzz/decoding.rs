//! What the fuzz targets `messages_*` feed, on random bytes, for the tests of each contract.

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

#[path = "messages.rs"]
mod messages;

use ink::reflect::ContractMessageDecoder;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Asserts that every message that the contract's source marks is among those that are decoded.
pub fn every_message_is_decoded(source: &str) {
    let marked = source.lines().filter(|line| line.trim().starts_with("#[ink(message"));
    assert_eq!(messages::selectors(source).len(), marked.count());
}

/// Asserts that no call's data makes the contract's decoder panic.
pub fn any_data_is_decoded_or_refused<C: ContractMessageDecoder>(source: &str) {
    let config = ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let data = prop::collection::vec(any::<u8>(), 0..400);
    let run = TestRunner::new(config).run(&data, |bytes| {
        messages::run::<C>(source, &bytes);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
