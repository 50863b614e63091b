//! Events of the registry.

use crate::macros::events;
use crate::registry::{Hyperparameter, NetworkRule};
use crate::{AccountId, BlockNumber, Hash, NetUid, Rao, Uid};

events! {
    "registry-events"

    /// The rewards contract was named.
    pub struct RegistryWired {
        /// The rewards contract.
        rewards: AccountId,
    }

    /// Another account governs.
    pub struct GovernanceSet {
        /// Who governed.
        old: AccountId,
        /// Who governs now.
        new: AccountId,
    }

    /// A rule of the network changed.
    pub struct NetworkRuleSet {
        /// The rule and its value before.
        old: NetworkRule,
        /// The rule and its value now.
        new: NetworkRule,
    }

    /// A subnet was opened.
    pub struct SubnetCreated {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Who opened it.
        [topic] owner: AccountId,
        /// What was locked for it.
        lock: Rao,
    }

    /// A subnet's owner offered it to another account, or took the offer back.
    pub struct SubnetOffered {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Who may accept it now.
        [topic] to: Option<AccountId>,
    }

    /// A subnet has another owner.
    pub struct SubnetTransferred {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Who owned it.
        [topic] from: AccountId,
        /// Who owns it now.
        [topic] to: AccountId,
    }

    /// A subnet was dissolved.
    pub struct SubnetDissolved {
        /// The subnet.
        [topic] netuid: NetUid,
        /// Who owned it.
        [topic] owner: AccountId,
        /// The lock, paid back to the owner.
        refund: Rao,
    }

    /// A subnet's identity changed.
    pub struct IdentitySet {
        /// The subnet.
        [topic] netuid: NetUid,
    }

    /// A subnet's task changed.
    pub struct TaskSet {
        /// The subnet.
        [topic] netuid: NetUid,
    }

    /// A rule of a subnet changed.
    pub struct HyperparameterSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The rule and its value before.
        old: Hyperparameter,
        /// The rule and its value now.
        new: Hyperparameter,
    }

    /// A neuron was registered.
    pub struct NeuronRegistered {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The key it acts with.
        [topic] hotkey: AccountId,
        /// The key that owns it.
        [topic] coldkey: AccountId,
        /// Its slot.
        uid: Uid,
        /// What was burned.
        price: Rao,
        /// The hotkey that lost the slot, where one did.
        replaced: Option<AccountId>,
    }

    /// A hotkey's neurons and models go on under another hotkey.
    pub struct HotkeySwapped {
        /// The hotkey until now.
        [topic] old: AccountId,
        /// The hotkey from now on.
        [topic] new: AccountId,
        /// Whose hotkeys they are.
        [topic] coldkey: AccountId,
        /// What was burned.
        price: Rao,
    }

    /// A coldkey announced that everything it owns here will belong to another.
    pub struct ColdkeySwapAnnounced {
        /// The coldkey until then.
        [topic] old: AccountId,
        /// The coldkey from then on.
        [topic] new: AccountId,
        /// The first block in which it can be finished.
        ready_at: BlockNumber,
        /// What was burned.
        price: Rao,
    }

    /// An announced swap will not happen: the coldkey cancelled it, or governance refused it.
    pub struct ColdkeySwapCancelled {
        /// The coldkey.
        [topic] old: AccountId,
    }

    /// An announced swap waits for governance: somebody with the coldkey says that it is not the owner's wish.
    pub struct ColdkeySwapDisputed {
        /// The coldkey.
        [topic] old: AccountId,
    }

    /// Governance allowed a disputed swap.
    pub struct ColdkeySwapAllowed {
        /// The coldkey.
        [topic] old: AccountId,
    }

    /// A coldkey swap is finished.
    pub struct ColdkeySwapped {
        /// The coldkey until now.
        [topic] old: AccountId,
        /// The coldkey from now on.
        [topic] new: AccountId,
    }

    /// A miner committed to a model.
    pub struct ModelPublished {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The miner's hotkey.
        [topic] hotkey: AccountId,
        /// BLAKE2-256 of the artifact.
        [topic] model: Hash,
        /// The miner's slot.
        uid: Uid,
        /// How many models it committed before.
        revision: u32,
        /// Orders commitments of all miners.
        sequence: u64,
    }

    /// A miner replaced its model, which cost it the bonds on it.
    pub struct BondsReset {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The miner's hotkey.
        [topic] hotkey: AccountId,
        /// The miner's slot.
        uid: Uid,
    }

    /// A neuron said where it serves, or that it no longer does.
    pub struct EndpointSet {
        /// The subnet.
        [topic] netuid: NetUid,
        /// The neuron's hotkey.
        [topic] hotkey: AccountId,
        /// The neuron's slot.
        uid: Uid,
        /// Whether it serves now.
        serving: bool,
    }
}
