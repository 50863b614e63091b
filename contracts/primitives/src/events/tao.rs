//! Events of the TAO token. The first two are PSP22's own.

use crate::macros::events;
use crate::AccountId;

// PSP22's crate emits these itself: here they are data only, whatever is built.
events! {
    "psp22-events"

    /// TAO moved; no sender means issued, no recipient means burned.
    pub struct Transfer {
        /// Who held it.
        [topic] from: Option<AccountId>,
        /// Who holds it now.
        [topic] to: Option<AccountId>,
        /// How much, in rao.
        value: u128,
    }

    /// An allowance changed.
    pub struct Approval {
        /// Whose TAO.
        [topic] owner: AccountId,
        /// Who may move it.
        [topic] spender: AccountId,
        /// How much is allowed now, in rao.
        amount: u128,
    }
}

events! {
    "tao-events"

    /// The one minter was named.
    pub struct MinterSet {
        /// The minter.
        [topic] minter: AccountId,
    }
}
