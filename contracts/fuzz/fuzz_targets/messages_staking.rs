#![no_main]

#[path = "../messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    messages::run::<staking::Staking>(include_str!("../../staking/src/lib.rs"), bytes);
});
