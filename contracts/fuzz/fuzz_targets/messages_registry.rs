#![no_main]

#[path = "../messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    messages::run::<registry::Registry>(include_str!("../../registry/src/lib.rs"), bytes);
});
