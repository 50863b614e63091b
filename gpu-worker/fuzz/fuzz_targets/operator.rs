#![no_main]

#[allow(dead_code)] // what the other targets use
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::operator(bytes));
