//! Events of the staking contract.

use crate::macros::events;
use crate::staking::{Child, Earned, ParentEarned};
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

    /// What neurons of a subnet earned was credited: one event for a page of them, because an event for each would cost the chain more
    /// than crediting it.
    pub struct Distributed {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Each neuron's earnings.
        neurons: Vec<Earned>,
    }

    /// What child keys earned for parents was credited.
    pub struct ParentsPaid {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Each parent's part of each child's dividends.
        parents: Vec<ParentEarned>,
    }
}
