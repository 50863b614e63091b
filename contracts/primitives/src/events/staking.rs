//! Events of the staking contract.

use crate::macros::events;
use crate::{AccountId, Rao};

events! {
    "staking-events"

    /// The rewards contract was named.
    pub struct StakingWired {
        /// The rewards contract.
        rewards: AccountId,
    }

    /// A coldkey staked.
    pub struct StakeAdded {
        /// The hotkey staked to.
        [topic] hotkey: AccountId,
        /// Who staked.
        [topic] coldkey: AccountId,
        /// How much.
        amount: Rao,
        /// The position after it.
        position: Rao,
    }

    /// A coldkey took stake back.
    pub struct StakeRemoved {
        /// The hotkey it was staked to.
        [topic] hotkey: AccountId,
        /// Who took it.
        [topic] coldkey: AccountId,
        /// How much was paid.
        amount: Rao,
        /// The position after it.
        position: Rao,
    }

    /// A hotkey's take changed.
    pub struct TakeSet {
        /// The hotkey.
        [topic] hotkey: AccountId,
        /// The take before, in 65535ths.
        old: u16,
        /// The take now, in 65535ths.
        new: u16,
    }

    /// A neuron's earnings were credited. Without topics of its own: an epoch emits hundreds of these, and each topic costs the chain as
    /// much as a write to storage.
    pub struct Distributed {
        /// The neuron's hotkey.
        hotkey: AccountId,
        /// Its owner.
        coldkey: AccountId,
        /// Paid to the owner's stake.
        incentive: Rao,
        /// Shared by owner and nominators.
        dividends: Rao,
        /// The part of the dividends that went to the owner before nominators shared the rest.
        take: Rao,
    }
}
