//! What the browser remembers for the next visit. A browser that remembers nothing (private mode) only forgets.

use gloo::storage::{LocalStorage, Storage};

/// The node that the user chose instead of the configured one.
pub const NODE: &str = "inktensor.node";
/// The chosen wallet.
pub const WALLET: &str = "inktensor.wallet";
/// The chosen account's address.
pub const ACCOUNT: &str = "inktensor.account";
/// The chosen theme.
pub const THEME: &str = "inktensor.theme";

/// What is remembered under a key.
pub fn recall(key: &str) -> Option<String> {
    LocalStorage::get(key).ok()
}

/// Remembers, or forgets.
pub fn remember(key: &str, value: Option<&str>) {
    match value {
        // Storage that is full or forbidden loses nothing but the convenience.
        Some(value) => drop(LocalStorage::set(key, value)),
        None => LocalStorage::delete(key),
    }
}
