//! Weights, epochs and emission.

use crate::macros::shared;
use crate::{AccountId, BlockNumber, Hash, NetUid, Rao, Uid};
use alloc::vec::Vec;
use scale::Encode;

/// Separates weight commits from every other hash of the protocol.
const WEIGHTS_DOMAIN: &[u8; 20] = b"inktensor/weights/v1";

shared! {
    /// A commit that waits to be revealed.
    pub struct Commit {
        /// BLAKE2-256 of [`Reveal::preimage`].
        pub hash: Hash,
        /// When it was committed.
        pub committed_at: BlockNumber,
        /// The first block in which it can be revealed.
        pub reveal_from: BlockNumber,
        /// The last block in which it can be revealed.
        pub reveal_until: BlockNumber,
    }

    /// A validator's weights with all that its commit binds.
    pub struct Reveal {
        /// The UIDs weighed, ascending, each once.
        pub uids: Vec<Uid>,
        /// Their weights, in the same order.
        pub values: Vec<u16>,
        /// What hides the weights until they are revealed.
        pub salt: [u8; 32],
        /// See `Hyperparameters::weights_version_key`.
        pub version_key: u64,
    }

    /// A validator's weights in force.
    pub struct WeightRow {
        /// The validator.
        pub uid: Uid,
        /// When it set (or committed) them.
        pub last_update: BlockNumber,
        /// Max-upscaled weights by UID.
        pub weights: Vec<(Uid, u16)>,
    }

    /// Where a subnet stands between epochs.
    pub struct EpochStatus {
        /// How many epochs it ran.
        pub epoch: u32,
        /// The block of the last one; the subnet's creation before the first.
        pub last_epoch_at: BlockNumber,
        /// The first block in which the next may run.
        pub next_epoch_at: BlockNumber,
        /// TAO accrued and not yet paid.
        pub pending: Rao,
        /// Whether an epoch was begun and waits for more calls of `run_epoch`.
        pub in_progress: bool,
        /// How many of its steps are done; 0 where none was begun.
        pub steps_done: u32,
        /// How many steps it has; 0 where none was begun.
        pub steps: u32,
        /// Whether no validator was active in the last epoch: what the subnet is due waits until one is.
        pub silent: bool,
    }

    /// What a finished epoch did.
    pub struct EpochSummary {
        /// The subnet.
        pub netuid: NetUid,
        /// The epoch's number; the first is 1.
        pub epoch: u32,
        /// TAO minted and paid to neurons and the owner.
        pub paid: Rao,
        /// TAO that stays pending because nobody was due it.
        pub pending: Rao,
        /// Whether no validator was active: all stays pending then.
        pub silent: bool,
    }

    /// What a call of `run_epoch` achieved.
    pub enum EpochProgress {
        /// The epoch is finished.
        Finished(EpochSummary),
        /// More calls are needed; so many steps are done of so many.
        Continues {
            /// Steps done.
            done: u32,
            /// Steps in all.
            of: u32,
        },
    }

    /// A neuron's row of the metagraph, as of the last epoch. Proportions are in 65535ths.
    pub struct MetagraphRow {
        /// Its slot.
        pub uid: Uid,
        /// The key it acts with.
        pub hotkey: AccountId,
        /// The key that owns it.
        pub coldkey: AccountId,
        /// What it counts with now: the stake on the hotkey without what child keys have, with what parents lend.
        pub stake: Rao,
        /// Share of the subnet's server emission.
        pub incentive: u16,
        /// Share of the subnet's validator emission.
        pub dividends: u16,
        /// Consensus weight.
        pub consensus: u16,
        /// How much of its weights agreed with consensus.
        pub validator_trust: u16,
        /// What the last epoch paid it.
        pub emission: Rao,
        /// Whether its weights count.
        pub validator_permit: bool,
        /// When it last set weights.
        pub last_update: BlockNumber,
        /// When it was registered.
        pub registered_at: BlockNumber,
    }

    /// A subnet on a ballot.
    pub struct SubnetVote {
        /// The subnet.
        pub netuid: NetUid,
        /// How much of the voting stake is for it, in proportion to the ballot's other weights.
        pub weight: u16,
    }

    /// A subnet's part of emission.
    pub struct SubnetShare {
        /// The subnet.
        pub netuid: NetUid,
        /// The stake that votes for it.
        pub votes: Rao,
        /// Its part of what blocks emit now, in 65535ths.
        pub share: u16,
    }

    /// The network's money supply.
    pub struct Economy {
        /// TAO in existence.
        pub issuance: Rao,
        /// The most that can ever be issued.
        pub cap: Rao,
        /// TAO issued per block now.
        pub block_emission: Rao,
        /// The issuance at which block emission halves next.
        pub next_halving: Rao,
        /// All staked TAO.
        pub staked: Rao,
    }

    /// Why a rewards message failed. New reasons are added at the end.
    pub enum Error {
        /// The caller may not do this.
        NotAllowed,
        /// No subnet has this number.
        UnknownSubnet,
        /// The caller's hotkey is not registered on the subnet.
        NotRegistered,
        /// The caller's hotkey has no validator permit and too little stake to earn one.
        NoPermit,
        /// The subnet takes weights by commit and reveal only.
        CommitRevealRequired,
        /// The subnet takes weights directly only.
        CommitRevealDisabled,
        /// Weights were set too short a time ago.
        RateLimited,
        /// Too many commits wait to be revealed.
        TooManyCommits,
        /// No waiting commit has this hash.
        UnknownCommit,
        /// The commit cannot be revealed yet.
        RevealTooEarly,
        /// The commit can no longer be revealed.
        RevealTooLate,
        /// The version key is below the subnet's.
        VersionKeyTooLow,
        /// UIDs and values differ in number, UIDs are not ascending, or a UID is not registered.
        MalformedWeights,
        /// Fewer weights than the subnet allows.
        TooFewWeights,
        /// A weight is a larger share of the row than the subnet allows.
        WeightTooLarge,
        /// The next epoch is not due yet.
        EpochNotDue,
        /// More items were asked for than one call may return.
        PageTooLarge,
        /// The registry refused or could not be called.
        RegistryCallFailed,
        /// The staking contract refused or could not be called.
        StakingCallFailed,
        /// The TAO contract refused or could not be called.
        TokenCallFailed,
        /// The consensus mathematics refused its input.
        Consensus,
        /// An amount does not fit its type: nothing was changed.
        Overflow,
        /// A ballot names a subnet twice or out of order, gives one no weight, or names too many.
        MalformedVotes,
        /// The hotkey has no stake, or every seat is taken by hotkeys with as much.
        NotEnoughStake,
    }
}

impl Reveal {
    /// The bytes whose BLAKE2-256 is committed. They name the chain (`domain`, its genesis hash), the rewards contract, the subnet and
    /// the hotkey, so that a commit cannot be replayed anywhere else.
    pub fn preimage(&self, domain: &Hash, rewards: &AccountId, netuid: NetUid, hotkey: &AccountId) -> Vec<u8> {
        (WEIGHTS_DOMAIN, domain, rewards, netuid, hotkey, self).encode()
    }
}
