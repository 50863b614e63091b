#![no_main]

#[path = "../epoch.rs"]
mod epoch;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| epoch::run(bytes));
