//! Subnets, their rules, and the neurons registered on them.

use crate::macros::shared;
pub use crate::metric::{Average, Form, Metric, UnknownMetric, METRIC_NAMES};
use crate::{AccountId, BlockNumber, Hash, NetUid, Rao, Uid};
use alloc::string::String;
use alloc::vec::Vec;

mod network;

pub use network::{MAX_BLOCKS, MAX_FREEZE, MAX_SUBNETS, MAX_SWAP_COST};

/// The longest text (name, URI, …) that the registry stores, in bytes.
pub const MAX_TEXT: usize = 256;

shared! {
    /// Who a subnet says it is.
    pub struct SubnetIdentity {
        /// A short name.
        pub name: String,
        /// What the subnet asks of models.
        pub description: String,
        /// Where to read more; may be empty.
        pub url: String,
    }

    /// A tensor in a model's interface.
    pub struct TensorSpec {
        /// The tensor's name in the model; empty means the model's only one.
        pub name: String,
        /// The ONNX element type, for example `float32`.
        pub element: String,
        /// Dimensions; 0 stands for the batch.
        pub shape: Vec<u32>,
    }

    /// What a subnet asks of models, and with what they are measured.
    pub struct Task {
        /// The model's input.
        pub input: TensorSpec,
        /// The model's output.
        pub output: TensorSpec,
        /// The score.
        pub metric: Metric,
        /// The largest artifact in bytes.
        pub max_model_bytes: u64,
        /// The most floating-point operations for one sample.
        pub max_flops: u64,
        /// The longest evaluation in milliseconds.
        pub max_latency_ms: u32,
        /// BLAKE2-256 of the evaluation data.
        pub data_hash: Hash,
        /// Where the evaluation data is.
        pub data_uri: String,
    }

    /// A subnet as the registry knows it.
    pub struct Subnet {
        /// Its number.
        pub netuid: NetUid,
        /// The account that may change its rules.
        pub owner: AccountId,
        /// Who it says it is.
        pub identity: SubnetIdentity,
        /// What it asks.
        pub task: Task,
        /// When it was created.
        pub created_at: BlockNumber,
        /// How many UIDs are taken.
        pub neurons: u16,
        /// What its owner locked to open it.
        pub lock: Rao,
    }

    /// A subnet was opened or dissolved.
    pub struct SubnetChange {
        /// Its number; numbers are never used again.
        pub netuid: NetUid,
        /// When.
        pub at: BlockNumber,
        /// Whether it is open from then on.
        pub open: bool,
    }

    /// A subnet's rules. Defaults and bounds are in the registry's `hyperparameters` module.
    pub struct Hyperparameters {
        /// Blocks between epochs.
        pub tempo: u16,
        /// The stake share, in 65535ths, that a consensus weight needs behind it.
        pub kappa: u16,
        /// The fewest weights a validator may set.
        pub min_allowed_weights: u16,
        /// The largest share of one weight in a row, in 65535ths.
        pub max_weight_limit: u16,
        /// The most UIDs.
        pub max_uids: u16,
        /// The most validator permits.
        pub max_validators: u16,
        /// Blocks in which a new UID is not pruned.
        pub immunity_period: u32,
        /// Permille of the tempo after which a validator that set no weights counts as inactive.
        pub activity_factor: u32,
        /// Blocks between two weight settings of a validator.
        pub weights_rate_limit: u32,
        /// Weights with a lower key are refused.
        pub weights_version_key: u64,
        /// Whether weights are committed first and revealed later.
        pub commit_reveal: bool,
        /// Tempos between commit and reveal.
        pub reveal_period: u16,
        /// How slowly bonds move, in millionths.
        pub bonds_moving_average: u64,
        /// How much of out-of-consensus weight is kept from bonds, in 65535ths.
        pub bonds_penalty: u16,
        /// Yuma3 (true) or Yuma2.
        pub yuma3: bool,
        /// Whether bonds move by liquid alpha (with Yuma3).
        pub liquid_alpha: bool,
        /// Liquid alpha's lower bound, in 65535ths.
        pub alpha_low: u16,
        /// Liquid alpha's upper bound, in 65535ths.
        pub alpha_high: u16,
        /// Liquid alpha's steepness, in hundredths.
        pub steepness: i32,
        /// The lowest registration burn.
        pub min_burn: Rao,
        /// The highest registration burn.
        pub max_burn: Rao,
        /// Blocks in which the burn halves.
        pub burn_half_life: u32,
        /// What a registration multiplies the burn by, in permille.
        pub burn_increase: u32,
        /// Whether UIDs can be registered.
        pub registration_allowed: bool,
        /// Whether replacing its model costs a miner the bonds on it.
        pub bonds_reset: bool,
        /// The percentile of the stakes that vote, in 65535ths, above which a stake counts as the percentile's value in consensus; 0 is
        /// off.
        pub stake_cap: u16,
        /// The least stake whose weights count.
        pub stake_threshold: Rao,
    }

    /// One rule and its new value.
    pub enum Hyperparameter {
        /// See [`Hyperparameters::tempo`].
        Tempo(u16),
        /// See [`Hyperparameters::kappa`].
        Kappa(u16),
        /// See [`Hyperparameters::min_allowed_weights`].
        MinAllowedWeights(u16),
        /// See [`Hyperparameters::max_weight_limit`].
        MaxWeightLimit(u16),
        /// See [`Hyperparameters::max_uids`].
        MaxUids(u16),
        /// See [`Hyperparameters::max_validators`].
        MaxValidators(u16),
        /// See [`Hyperparameters::immunity_period`].
        ImmunityPeriod(u32),
        /// See [`Hyperparameters::activity_factor`].
        ActivityFactor(u32),
        /// See [`Hyperparameters::weights_rate_limit`].
        WeightsRateLimit(u32),
        /// See [`Hyperparameters::weights_version_key`].
        WeightsVersionKey(u64),
        /// See [`Hyperparameters::commit_reveal`].
        CommitReveal(bool),
        /// See [`Hyperparameters::reveal_period`].
        RevealPeriod(u16),
        /// See [`Hyperparameters::bonds_moving_average`].
        BondsMovingAverage(u64),
        /// See [`Hyperparameters::bonds_penalty`].
        BondsPenalty(u16),
        /// See [`Hyperparameters::yuma3`].
        Yuma3(bool),
        /// See [`Hyperparameters::liquid_alpha`].
        LiquidAlpha(bool),
        /// See [`Hyperparameters::alpha_low`].
        AlphaLow(u16),
        /// See [`Hyperparameters::alpha_high`].
        AlphaHigh(u16),
        /// See [`Hyperparameters::steepness`].
        Steepness(i32),
        /// See [`Hyperparameters::min_burn`].
        MinBurn(Rao),
        /// See [`Hyperparameters::max_burn`].
        MaxBurn(Rao),
        /// See [`Hyperparameters::burn_half_life`].
        BurnHalfLife(u32),
        /// See [`Hyperparameters::burn_increase`].
        BurnIncrease(u32),
        /// See [`Hyperparameters::registration_allowed`].
        RegistrationAllowed(bool),
        /// See [`Hyperparameters::bonds_reset`].
        BondsReset(bool),
        /// See [`Hyperparameters::stake_cap`].
        StakeCap(u16),
        /// See [`Hyperparameters::stake_threshold`].
        StakeThreshold(Rao),
    }

    /// A rule as it is, and how it may change.
    pub struct RuleBounds {
        /// The rule and its value now.
        pub value: Hyperparameter,
        /// The lowest value that it can be set to now; switches count as 0 and 1.
        pub lowest: i128,
        /// The highest.
        pub highest: i128,
        /// Whether only governance may set it.
        pub governance_only: bool,
    }

    /// When a subnet's owner may not change its rules.
    pub struct Freeze {
        /// The first block in which the next epoch may run.
        pub next_epoch_at: BlockNumber,
        /// The first block from which the owner has to wait for that epoch.
        pub from: BlockNumber,
        /// Whether the owner has to wait now.
        pub active: bool,
    }

    /// What is the same for all subnets, and governance's to set. Defaults are in the registry's `network` module.
    pub struct NetworkRules {
        /// The least lock of a new subnet.
        pub min_lock: Rao,
        /// Blocks in which the lock falls by the newest subnet's.
        pub lock_fall: u32,
        /// The most subnets that are open.
        pub max_subnets: u16,
        /// Blocks before an epoch in which owners may not change rules.
        pub freeze_window: u16,
        /// What a hotkey swap burns.
        pub hotkey_swap_cost: Rao,
        /// What announcing a coldkey swap burns.
        pub coldkey_swap_cost: Rao,
        /// Blocks between the announcement of a coldkey swap and the swap.
        pub coldkey_swap_delay: u32,
    }

    /// One rule of the network and its new value.
    pub enum NetworkRule {
        /// See [`NetworkRules::min_lock`].
        MinLock(Rao),
        /// See [`NetworkRules::lock_fall`].
        LockFall(u32),
        /// See [`NetworkRules::max_subnets`].
        MaxSubnets(u16),
        /// See [`NetworkRules::freeze_window`].
        FreezeWindow(u16),
        /// See [`NetworkRules::hotkey_swap_cost`].
        HotkeySwapCost(Rao),
        /// See [`NetworkRules::coldkey_swap_cost`].
        ColdkeySwapCost(Rao),
        /// See [`NetworkRules::coldkey_swap_delay`].
        ColdkeySwapDelay(u32),
    }

    /// A coldkey swap that is announced.
    pub struct ColdkeySwap {
        /// The coldkey that everything will belong to.
        pub new: AccountId,
        /// The first block in which it can be finished.
        pub ready_at: BlockNumber,
        /// Whether it waits for governance's decision.
        pub disputed: bool,
    }

    /// How an endpoint is spoken to.
    pub enum Protocol {
        /// HTTP/1.1 or HTTP/2, TLS by the URI's scheme.
        Http,
        /// gRPC.
        Grpc,
        /// QUIC.
        Quic,
    }

    /// Where a neuron serves.
    pub struct Endpoint {
        /// The address, for example `https://miner.example:8091`.
        pub uri: String,
        /// How to speak to it.
        pub protocol: Protocol,
        /// BLAKE2-256 of its TLS public key, where it pins one.
        pub tls_key: Option<Hash>,
    }

    /// A registered neuron.
    pub struct Neuron {
        /// Its slot.
        pub uid: Uid,
        /// The key it acts with.
        pub hotkey: AccountId,
        /// The key that owns it and is paid.
        pub coldkey: AccountId,
        /// When the slot was taken.
        pub registered_at: BlockNumber,
        /// Whether its weights count since the last epoch.
        pub validator_permit: bool,
        /// Its emission in the last epoch, in 65535ths: the lowest is replaced first.
        pub pruning_score: u16,
        /// Where it serves.
        pub endpoint: Option<Endpoint>,
    }

    /// A neuron as an epoch needs it: without what only people read.
    pub struct Slot {
        /// See [`Neuron::hotkey`].
        pub hotkey: AccountId,
        /// See [`Neuron::coldkey`].
        pub coldkey: AccountId,
        /// See [`Neuron::registered_at`].
        pub registered_at: BlockNumber,
        /// See [`Neuron::validator_permit`].
        pub validator_permit: bool,
        /// When replacing its model last cost it the bonds on it; 0 for never.
        pub bonds_reset_at: BlockNumber,
    }

    /// A subnet as an epoch needs it: without what only people read.
    pub struct Terms {
        /// See [`Subnet::owner`].
        pub owner: AccountId,
        /// See [`Subnet::created_at`].
        pub created_at: BlockNumber,
        /// See [`Subnet::neurons`].
        pub neurons: u16,
        /// Its rules.
        pub rules: Hyperparameters,
    }

    /// What an epoch decided of a neuron; `rewards` writes these into `registry`.
    pub struct NeuronUpdate {
        /// The neuron.
        pub uid: Uid,
        /// See [`Neuron::pruning_score`].
        pub pruning_score: u16,
        /// See [`Neuron::validator_permit`].
        pub validator_permit: bool,
    }

    /// The file format of a model.
    pub enum ModelFormat {
        /// An ONNX protobuf file.
        Onnx,
    }

    /// A model that a miner stands for: its bytes are named by hash, so nobody can change them afterwards.
    pub struct ModelCommitment {
        /// BLAKE2-256 of the artifact.
        pub hash: Hash,
        /// Where the artifact is.
        pub uri: String,
        /// The artifact's size in bytes.
        pub size: u64,
        /// The model that this one was derived from, by hash.
        pub parent: Option<Hash>,
        /// The file format.
        pub format: ModelFormat,
        /// An SPDX licence expression; may be empty.
        pub licence: String,
        /// What the model does, for example `image-classification`; may be empty.
        pub task: String,
        /// How many numbers it learned; 0 where the miner does not say.
        pub parameters: u64,
    }

    /// A commitment as the registry recorded it.
    pub struct ModelRecord {
        /// The subnet.
        pub netuid: NetUid,
        /// The miner's slot.
        pub uid: Uid,
        /// The miner's hotkey.
        pub hotkey: AccountId,
        /// What was committed.
        pub commitment: ModelCommitment,
        /// When it was committed.
        pub committed_at: BlockNumber,
        /// Orders commitments of all miners, also inside one block: lower came first.
        pub sequence: u64,
        /// How many models the neuron committed before this one.
        pub revision: u32,
        /// The sequence of the one before.
        pub previous: Option<u64>,
    }

    /// Why a registry message failed. New reasons are added at the end.
    pub enum Error {
        /// The caller may not do this.
        NotAllowed,
        /// The rewards contract is set already.
        AlreadyWired,
        /// No subnet has this number.
        UnknownSubnet,
        /// No neuron has this UID.
        UnknownNeuron,
        /// The caller's hotkey is not registered on the subnet.
        NotRegistered,
        /// The hotkey is registered on the subnet already.
        AlreadyRegistered,
        /// The hotkey belongs to another coldkey.
        HotkeyOwnedByOther,
        /// The subnet takes no registrations now.
        RegistrationClosed,
        /// Every slot is taken by neurons that cannot be replaced now.
        NoFreeSlot,
        /// The burn or lock costs more than the caller allowed.
        PriceAboveMaximum,
        /// The most subnets are open already.
        TooManySubnets,
        /// A value is outside its bounds.
        ValueOutOfBounds,
        /// A text is longer than 256 bytes.
        TextTooLong,
        /// A text that must not be empty is empty.
        TextEmpty,
        /// More items were asked for than one call may return.
        PageTooLarge,
        /// The caller's TAO balance or allowance does not cover the amount.
        InsufficientTao,
        /// The TAO contract refused or could not be called.
        TokenCallFailed,
        /// An amount does not fit its type: nothing was changed.
        Overflow,
        /// The owner may not change rules in the last blocks before an epoch, nor while one is due.
        RulesFrozen,
        /// Only governance may change this rule.
        GovernanceOnly,
        /// The subnet was not offered to the caller.
        NotOffered,
        /// The subnet is not dissolved.
        SubnetStillOpen,
        /// The key is in use already.
        KeyInUse,
        /// The hotkey does not belong to the coldkey.
        HotkeyNotOwned,
        /// The coldkey announced a swap already: cancel it first.
        SwapAnnounced,
        /// The coldkey announced no swap.
        NoSwapAnnounced,
        /// The announced delay is not over.
        SwapTooEarly,
        /// The swap is disputed: governance decides.
        SwapDisputed,
        /// A model cannot be derived from itself.
        OwnParent,
        /// The hotkey was swapped for another: it never acts again.
        HotkeySwappedAway,
    }
}
