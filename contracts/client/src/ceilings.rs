//! What messages that take an allowance stay below, for estimates that no dry run can give.
//!
//! A call that spends what the call before it allows fails when it is run dry alone. These ceilings are more than four times what
//! such calls use on the local chain, which `e2e/tests/tests/client_contracts.rs` checks (`register` reads every slot of a full
//! subnet, so its ceiling is higher). A swap of a hotkey costs by how many subnets it is on: on all 128, with a model on each, 148 ms
//! and 9.9 MiB. Its ceiling is twice that (`e2e/sandbox/tests/swaps.rs`). Storage is counted in items and bytes: each chain prices it
//! itself.

use crate::calls::Call;
use crate::contract::Contract;

/// What a message stays below.
#[derive(Clone, Copy, Debug)]
pub struct Ceiling {
    /// Computation, in picoseconds.
    pub ref_time: u64,
    /// What it adds to a proof of validity, in bytes.
    pub proof_size: u64,
    /// Items of storage that it adds.
    pub items: u32,
    /// Bytes of storage that it adds.
    pub bytes: u32,
}

/// The ceiling of a call, if its message is one of those that take an allowance.
pub fn of(call: &Call) -> Option<Ceiling> {
    let (milliseconds, kilobytes, items, bytes) = match (call.contract, call.label) {
        (Contract::Staking, "stake") => (40, 2048, 24, 2048),
        (Contract::Registry, "register") => (100, 3072, 10, 1024),
        (Contract::Registry, "create_subnet") => (24, 1280, 16, 4096),
        // Moves what a hotkey has on every subnet, its stake and its vote.
        (Contract::Rewards, "swap_hotkey") => (300, 20_480, 16, 2048),
        (Contract::Registry, "announce_coldkey_swap") => (24, 1280, 8, 1024),
        _ => return None,
    };
    Some(Ceiling {
        ref_time: milliseconds * 1_000_000_000,
        proof_size: kilobytes * 1024,
        items,
        bytes,
    })
}
