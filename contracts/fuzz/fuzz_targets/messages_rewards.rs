#![no_main]

#[path = "../messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    messages::run::<rewards_contract::Rewards>(include_str!("../../rewards/src/lib.rs"), bytes);
});
