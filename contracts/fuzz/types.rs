//! Every type of `inktensor-primitives`: whatever decodes encodes to what was read, and nothing panics.

use inktensor_primitives::events::{
    registry as registry_events, rewards as rewards_events, staking as staking_events, tao as tao_events,
};
use inktensor_primitives::{registry, rewards, staking, tao, AccountId, Hash, NetUid, Page, Rao, Uid};
use scale::{Decode, Encode};

macro_rules! all {
    ($($type:ty,)*) => { &[$((stringify!($type), round_trip::<$type>),)*] };
}

/// Decodes the bytes after the first as the type that the first chooses.
pub fn run(bytes: &[u8]) {
    if let Some((&choice, bytes)) = bytes.split_first() {
        ALL[usize::from(choice) % ALL.len()].1(bytes);
    }
}

/// A type's name with its check.
pub type Check = (&'static str, fn(&[u8]));

/// Each type's name with its check.
pub const ALL: &[Check] = all![
    registry::SubnetIdentity,
    registry::TensorSpec,
    registry::Metric,
    registry::Task,
    registry::Subnet,
    registry::SubnetChange,
    registry::Hyperparameters,
    registry::Hyperparameter,
    registry::RuleBounds,
    registry::Freeze,
    registry::NetworkRules,
    registry::NetworkRule,
    registry::ColdkeySwap,
    registry::Protocol,
    registry::Endpoint,
    registry::Neuron,
    registry::Slot,
    registry::Terms,
    registry::NeuronUpdate,
    registry::ModelFormat,
    registry::ModelCommitment,
    registry::ModelRecord,
    registry::Error,
    registry_events::RegistryWired,
    registry_events::GovernanceSet,
    registry_events::NetworkRuleSet,
    registry_events::SubnetCreated,
    registry_events::SubnetOffered,
    registry_events::SubnetTransferred,
    registry_events::SubnetDissolved,
    registry_events::IdentitySet,
    registry_events::TaskSet,
    registry_events::HyperparameterSet,
    registry_events::NeuronRegistered,
    registry_events::HotkeySwapped,
    registry_events::ColdkeySwapAnnounced,
    registry_events::ColdkeySwapCancelled,
    registry_events::ColdkeySwapDisputed,
    registry_events::ColdkeySwapAllowed,
    registry_events::ColdkeySwapped,
    registry_events::ModelPublished,
    registry_events::BondsReset,
    registry_events::EndpointSet,
    rewards::Commit,
    rewards::Reveal,
    rewards::WeightRow,
    rewards::EpochStatus,
    rewards::EpochSummary,
    rewards::EpochProgress,
    rewards::MetagraphRow,
    rewards::SubnetVote,
    rewards::SubnetShare,
    rewards::Economy,
    rewards::Error,
    rewards_events::WeightsCommitted,
    rewards_events::WeightsSet,
    rewards_events::EpochFinished,
    rewards_events::SubnetsVoted,
    rewards_events::VotesCounted,
    staking::Position,
    staking::Delegate,
    staking::Rise,
    staking::Child,
    staking::Relative,
    staking::NextProportion,
    staking::Family,
    staking::Payout,
    staking::Error,
    staking_events::StakingWired,
    staking_events::StakeAdded,
    staking_events::StakeRemoved,
    staking_events::HotkeyRenamed,
    staking_events::TakeSet,
    staking_events::StakeMoved,
    staking_events::StakeTransferred,
    staking_events::ChildrenSet,
    staking_events::ParentReplaced,
    staking_events::ChildTakeSet,
    staking_events::AutoStakeSet,
    staking_events::Distributed,
    tao::Psp22Error,
    tao_events::Transfer,
    tao_events::Approval,
    tao_events::MinterSet,
    staking::Earned,
    staking::ParentEarned,
    staking_events::ParentsPaid,
    NetUid,
    Uid,
    Rao,
    AccountId,
    Hash,
    Page<registry::Neuron>,
    Page<registry::ModelRecord>,
    Page<rewards::MetagraphRow>,
    Page<rewards::WeightRow>,
];

fn round_trip<T: Decode + Encode>(bytes: &[u8]) {
    let mut rest = bytes;
    if let Ok(value) = T::decode(&mut rest) {
        let read = &bytes[..bytes.len() - rest.len()];
        let encoded = value.encode();
        assert!(encoded == read, "{read:?} became {encoded:?}");
    }
}
