#![no_main]

#[path = "../types.rs"]
mod types;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| types::run(bytes));
