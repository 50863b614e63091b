#![no_main]

#[path = "../ledger.rs"]
mod ledger;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ledger::run(bytes));
