#![no_main]

#[path = "../messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    messages::run::<tao_contract::Tao>(include_str!("../../tao/src/lib.rs"), bytes);
});
