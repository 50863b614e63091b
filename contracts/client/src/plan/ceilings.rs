//! What messages that take an allowance stay below, for estimates that no dry run can give.
//!
//! A call that spends what the call before it allows fails when it is run dry alone. These ceilings are about four times what
//! `e2e/tests/tests/client.rs` measures on the local chain, where it also checks that they hold; storage is counted in items and
//! bytes, so that each chain prices it itself.

use crate::calls::Call;
use crate::contract::Contract;
use crate::dry_run::Gas;

/// What a message stays below.
pub(super) struct Ceiling {
    pub gas: Gas,
    /// Items of storage that it adds.
    pub items: u32,
    /// Bytes of storage that it adds.
    pub bytes: u32,
}

/// The ceiling of a call, if its message is one of those that take an allowance.
pub(super) fn of(call: &Call) -> Option<Ceiling> {
    let (milliseconds, kilobytes, items, bytes) = match (call.contract, call.label) {
        (Contract::Staking, "stake") => (60, 1024, 12, 1024),
        (Contract::Registry, "register") => (60, 1024, 16, 2048),
        (Contract::Registry, "create_subnet") => (60, 1024, 16, 4096),
        _ => return None,
    };
    Some(Ceiling {
        gas: Gas {
            ref_time: milliseconds * 1_000_000_000,
            proof_size: kilobytes * 1024,
        },
        items,
        bytes,
    })
}
