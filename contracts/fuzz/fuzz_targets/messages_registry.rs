#![no_main]

#[path = "../messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    messages::run::<registry_contract::Registry>(include_str!("../../registry/src/lib.rs"), bytes);
});
