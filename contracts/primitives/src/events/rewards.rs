//! Events of the rewards contract.

use crate::macros::events;
use crate::rewards::SubnetVote;
use crate::{AccountId, Hash, NetUid, Rao, Uid};
use alloc::vec::Vec;

events! {
    "rewards-events"

    /// A validator committed to weights.
    pub struct WeightsCommitted {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The validator's hotkey.
        [topic] hotkey: AccountId,
        /// What it committed to.
        [topic] commit: Hash,
        /// The first block in which it can reveal.
        reveal_from: u32,
        /// The last block in which it can reveal.
        reveal_until: u32,
    }

    /// A validator's weights came into force: revealed, or set directly.
    pub struct WeightsSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The validator's hotkey.
        [topic] hotkey: AccountId,
        /// The commit that was revealed; none where weights were set directly.
        [topic] commit: Option<Hash>,
        /// The validator.
        uid: Uid,
    }

    /// An epoch was finished.
    pub struct EpochFinished {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The epoch's number; the first is 1.
        epoch: u32,
        /// TAO issued and paid to neurons and the owner.
        paid: Rao,
        /// The part of it that the owner got.
        owner_cut: Rao,
        /// TAO that stays pending because nobody was due it.
        pending: Rao,
        /// Whether no validator was active: all stays pending then.
        silent: bool,
    }

    /// A hotkey voted on subnets.
    pub struct SubnetsVoted {
        /// Who voted.
        [topic] hotkey: AccountId,
        /// The ballot; empty where it gave its vote up.
        ballot: Vec<SubnetVote>,
        /// Who votes no longer because this hotkey has more stake.
        replaced: Option<AccountId>,
    }

    /// All ballots were counted: emission is split by them from this block on.
    pub struct VotesCounted {
        /// Stake that is missing from the quorum: it counts as a vote for all subnets alike.
        missing: Rao,
    }
}
