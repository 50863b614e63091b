//! Events of the staking contract.

use crate::macros::events;
use crate::staking::Child;
use crate::{AccountId, BlockNumber, NetUid, Rao};
use alloc::vec::Vec;

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
        /// The take from then on, in 65535ths.
        new: u16,
        /// The first block with it.
        from: BlockNumber,
    }

    /// All stake on a hotkey, with its take, child keys and past, is on another one that took its place.
    pub struct HotkeyRenamed {
        /// The hotkey until now; whatever still names it means the new one.
        [topic] old: AccountId,
        /// The hotkey from now on.
        [topic] new: AccountId,
    }

    /// A coldkey moved stake to another hotkey.
    pub struct StakeMoved {
        /// Whose stake.
        [topic] coldkey: AccountId,
        /// The hotkey it was staked to.
        [topic] from: AccountId,
        /// The hotkey it is staked to.
        [topic] to: AccountId,
        /// How much.
        amount: Rao,
    }

    /// A coldkey gave stake to another coldkey.
    pub struct StakeTransferred {
        /// The hotkey it is staked to.
        [topic] hotkey: AccountId,
        /// Whose stake it was.
        [topic] from: AccountId,
        /// Whose stake it is.
        [topic] to: AccountId,
        /// How much.
        amount: Rao,
    }

    /// A hotkey's child keys on a subnet were announced.
    pub struct ChildrenSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The hotkey that lends.
        [topic] hotkey: AccountId,
        /// All its children from then on.
        children: Vec<Child>,
        /// The first block with them.
        from: BlockNumber,
    }

    /// A hotkey lost a parent because another one lends it more.
    pub struct ParentReplaced {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The hotkey that borrows.
        [topic] hotkey: AccountId,
        /// The parent that lends no more.
        [topic] parent: AccountId,
    }

    /// What a hotkey keeps of the dividends that it earns for parents changed on a subnet.
    pub struct ChildTakeSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The hotkey.
        [topic] hotkey: AccountId,
        /// The take before, in 65535ths.
        old: u16,
        /// The take from then on, in 65535ths.
        new: u16,
        /// The first block with it.
        from: BlockNumber,
    }

    /// A coldkey chose where incentive that it earns on a subnet is staked.
    pub struct AutoStakeSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Whose incentive.
        [topic] coldkey: AccountId,
        /// The hotkey that it is staked to; none for the one that earns it.
        hotkey: Option<AccountId>,
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
        /// The hotkey that the incentive is staked to.
        staked_to: AccountId,
        /// Shared by owner and nominators; what parents got is not in it, what they left to the child is.
        dividends: Rao,
        /// The part of the dividends that went to the owner before nominators shared the rest.
        take: Rao,
    }

    /// What a child key earned for a parent was credited. Without topics of its own, like [`Distributed`].
    pub struct ParentPaid {
        /// The subnet.
        netuid: NetUid,
        /// The hotkey that lends.
        parent: AccountId,
        /// The hotkey that earned.
        child: AccountId,
        /// Shared by the parent's owner and nominators.
        dividends: Rao,
        /// What the child kept; it is in its own dividends.
        child_take: Rao,
        /// The part of the dividends that went to the parent's owner before nominators shared the rest.
        take: Rao,
    }
}
