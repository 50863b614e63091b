//! What is fuzzed in `contracts/fuzz`, on random bytes: no call's data makes the contract's decoder panic.

#[path = "../../fuzz/decoding.rs"]
mod decoding;

const SOURCE: &str = include_str!("../src/lib.rs");

#[test]
fn every_message_is_decoded() {
    decoding::every_message_is_decoded(SOURCE);
}

#[test]
fn any_data_is_decoded_or_refused() {
    decoding::any_data_is_decoded_or_refused::<tao::Tao>(SOURCE);
}
