//! Events of the TAO token. PSP22's crate emits the first two itself: here they are data only.

use super::Event;
use crate::macros::{events, shared};
use crate::AccountId;

shared! {
    /// TAO moved; no sender means issued, no recipient means burned.
    pub struct Transfer {
        /// Who held it; a topic.
        pub from: Option<AccountId>,
        /// Who holds it now; a topic.
        pub to: Option<AccountId>,
        /// How much, in rao.
        pub value: u128,
    }

    /// An allowance changed.
    pub struct Approval {
        /// Whose TAO; a topic.
        pub owner: AccountId,
        /// Who may move it; a topic.
        pub spender: AccountId,
        /// How much is allowed now, in rao.
        pub amount: u128,
    }
}

impl Event for Transfer {
    const SIGNATURE: &'static str = "Transfer(Option<AccountId>,Option<AccountId>,u128)";
}

impl Event for Approval {
    const SIGNATURE: &'static str = "Approval(AccountId,AccountId,u128)";
}

events! {
    "tao-events"

    /// The one minter was named.
    pub struct MinterSet {
        /// The minter.
        [topic] minter: AccountId,
    }
}
