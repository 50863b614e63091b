//! Delegation of TAO to hotkeys.

use crate::macros::shared;
use crate::{AccountId, Rao};

/// The take of a hotkey that never set one, and the most that it can set: 18 % of 65535.
pub const MAX_TAKE: u16 = 11_796;

shared! {
    /// A coldkey's stake on one hotkey.
    pub struct Position {
        /// The hotkey staked to.
        pub hotkey: AccountId,
        /// What unstaking everything would pay now.
        pub stake: Rao,
    }

    /// A hotkey that holds stake.
    pub struct Delegate {
        /// The hotkey.
        pub hotkey: AccountId,
        /// The coldkey that receives the take, once known.
        pub owner: Option<AccountId>,
        /// All stake on the hotkey.
        pub stake: Rao,
        /// How many coldkeys have stake on it.
        pub nominators: u32,
        /// The owner's part of dividends before nominators share them, in 65535ths.
        pub take: u16,
    }

    /// What one neuron earned in an epoch; `rewards` hands these to `staking`.
    pub struct Payout {
        /// The neuron's hotkey.
        pub hotkey: AccountId,
        /// The neuron's coldkey: the hotkey's owner.
        pub coldkey: AccountId,
        /// Paid whole to the coldkey's stake on the hotkey.
        pub incentive: Rao,
        /// Split by take, then over nominators by share.
        pub dividends: Rao,
    }

    /// Why a staking message failed. New reasons are added at the end.
    pub enum Error {
        /// The caller may not do this.
        NotAllowed,
        /// The rewards contract is set already.
        AlreadyWired,
        /// The amount is zero or below the minimum stake.
        BelowMinimumStake,
        /// The position holds less than asked for.
        InsufficientStake,
        /// The take is above the maximum.
        TakeTooHigh,
        /// More items were asked for than one call may return.
        PageTooLarge,
        /// The caller's TAO balance or allowance does not cover the amount.
        InsufficientTao,
        /// The TAO contract refused or could not be called.
        TokenCallFailed,
        /// An amount does not fit its type: nothing was changed.
        Overflow,
    }
}
