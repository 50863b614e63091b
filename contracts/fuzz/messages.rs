//! The arguments of every message of a contract, decoded by the decoder that the contract dispatches with.

use ink::env::hash::Blake2x256;
use ink::reflect::ContractMessageDecoder;
use ink::scale::Decode;
use std::sync::OnceLock;

/// Decodes the arguments of the message that the first byte chooses, and the bytes as they are.
pub fn run<C: ContractMessageDecoder>(source: &str, bytes: &[u8]) {
    static SELECTORS: OnceLock<Vec<[u8; 4]>> = OnceLock::new();
    let selectors = SELECTORS.get_or_init(|| selectors(source));
    let _ = C::Type::decode(&mut &*bytes);
    if let Some((&choice, arguments)) = bytes.split_first() {
        let selector = selectors[usize::from(choice) % selectors.len()];
        let _ = C::Type::decode(&mut &*[&selector, arguments].concat());
    }
}

/// The selectors of all messages: of `NAME`, or of `TRAIT::NAME` in the implementation of a trait.
pub fn selectors(source: &str) -> Vec<[u8; 4]> {
    let (mut namespace, mut is_message, mut selectors) = (String::new(), false, Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("impl ") {
            namespace = match rest.split_once(" for ") {
                Some((name, _)) => format!("{name}::"),
                None => String::new(),
            };
        }
        let function = line.strip_prefix("pub fn ").or(line.strip_prefix("fn "));
        if let (true, Some(function)) = (is_message, function) {
            let name = function.split('(').next().unwrap_or_default();
            let mut hash = [0; 32];
            ink::env::hash_bytes::<Blake2x256>(format!("{namespace}{name}").as_bytes(), &mut hash);
            selectors.push([hash[0], hash[1], hash[2], hash[3]]);
        }
        is_message = line.starts_with("#[ink(message") || (is_message && line.starts_with('#'));
    }
    selectors
}
