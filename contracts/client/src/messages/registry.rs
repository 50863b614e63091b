//! Messages of the registry.

use super::messages;
use inktensor_primitives::registry::{
    ColdkeySwap, Endpoint, Error, Freeze, Hyperparameter, Hyperparameters, ModelCommitment, ModelRecord, NetworkRule,
    NetworkRules, Neuron, NeuronUpdate, RuleBounds, Slot, Subnet, SubnetChange, SubnetIdentity, Task, Terms,
};
use inktensor_primitives::{AccountId, BlockNumber, Hash, NetUid, Page, Rao, Uid};

messages! {
    Registry:
    /// Constructor.
    new(tao: AccountId) -> ();
    /// Names the rewards contract, once; only the deployer may.
    set_rewards(rewards: AccountId) -> Result<(), Error>;
    /// The rewards contract, once it is set.
    rewards() -> Option<AccountId>;
    /// Who governs: sets what no subnet owner may.
    governance() -> AccountId;
    /// Hands governance over; only who governs may.
    set_governance(governance: AccountId) -> Result<(), Error>;
    /// What is the same for all subnets.
    network_rules() -> Result<NetworkRules, Error>;
    /// Changes a rule of the network within its bounds; only who governs may.
    set_network_rule(value: NetworkRule) -> Result<(), Error>;
    /// Opens a subnet owned by the caller, who allowed the registry to take the lock.
    create_subnet(identity: SubnetIdentity, task: Task, max_lock: Rao) -> Result<NetUid, Error>;
    /// What opening a subnet locks now.
    lock_cost() -> Result<Rao, Error>;
    /// One subnet.
    subnet(netuid: NetUid) -> Result<Subnet, Error>;
    /// Open subnets, oldest first, at most 16 a page, fewer where their texts are long: the next page begins after the last item.
    subnets(start: u32, limit: u32) -> Result<Page<Subnet>, Error>;
    /// Which subnets opened and dissolved, in that order, at most 128 a page.
    subnet_changes(start: u32, limit: u32) -> Result<Page<SubnetChange>, Error>;
    /// Offers the caller's subnet to another account, which has to accept; `None` takes the offer back.
    offer_subnet(netuid: NetUid, to: Option<AccountId>) -> Result<(), Error>;
    /// To whom a subnet is offered.
    subnet_offer(netuid: NetUid) -> Result<Option<AccountId>, Error>;
    /// Makes the caller, to whom the subnet was offered, its owner. The lock goes with it.
    accept_subnet(netuid: NetUid) -> Result<(), Error>;
    /// Dissolves a subnet and pays its lock back to its owner, who may do it as governance may. Returns the refund.
    dissolve_subnet(netuid: NetUid) -> Result<Rao, Error>;
    /// Forgets neurons of a dissolved subnet, at most 64 at a time; returns how many are left. Anyone may.
    sweep_subnet(netuid: NetUid, limit: u32) -> Result<u32, Error>;
    /// Changes the identity; only the subnet's owner may.
    set_identity(netuid: NetUid, identity: SubnetIdentity) -> Result<(), Error>;
    /// Changes the task; only the subnet's owner may.
    set_task(netuid: NetUid, task: Task) -> Result<(), Error>;
    /// A subnet's rules.
    hyperparameters(netuid: NetUid) -> Result<Hyperparameters, Error>;
    /// What an epoch needs of a subnet.
    terms(netuid: NetUid) -> Result<Terms, Error>;
    /// Every rule of a subnet with its bounds, and whether only governance may set it.
    rule_bounds(netuid: NetUid) -> Result<Vec<RuleBounds>, Error>;
    /// When the subnet's owner may not change its rules.
    rules_freeze(netuid: NetUid) -> Result<Freeze, Error>;
    /// Changes one rule within its bounds; the subnet's owner may outside of the freeze before an epoch, governance always.
    set_hyperparameter(netuid: NetUid, value: Hyperparameter) -> Result<(), Error>;
    /// What a registration burns now.
    burn_price(netuid: NetUid) -> Result<Rao, Error>;
    /// Registers a hotkey of the calling coldkey, who allowed the registry to burn the price.
    register(netuid: NetUid, hotkey: AccountId, max_price: Rao) -> Result<Uid, Error>;
    /// The coldkey that a hotkey belongs to, once it was registered anywhere.
    owner_of(hotkey: AccountId) -> Result<Option<AccountId>, Error>;
    /// The hotkeys of a coldkey, swapped ones included, at most 128 a page.
    hotkeys(coldkey: AccountId, start: u32, limit: u32) -> Result<Page<AccountId>, Error>;
    /// Puts `new` in the place of the calling coldkey's hotkey on every subnet, and burns what that costs.
    swap_hotkey(old: AccountId, new: AccountId) -> Result<(), Error>;
    /// Announces that everything which the caller owns here will belong to `new`, and burns what that costs. Returns the first block in
    /// which it can be finished.
    announce_coldkey_swap(new: AccountId) -> Result<BlockNumber, Error>;
    /// The swap that a coldkey announced.
    coldkey_swap(coldkey: AccountId) -> Result<Option<ColdkeySwap>, Error>;
    /// Takes the caller's announcement back, unless it is disputed.
    cancel_coldkey_swap() -> Result<(), Error>;
    /// Stops the caller's announced swap until governance decides: for an owner whose key was stolen.
    dispute_coldkey_swap() -> Result<(), Error>;
    /// Decides on an announced swap: allowed, it goes on; refused, it is cancelled. Only who governs may.
    settle_coldkey_swap(coldkey: AccountId, allow: bool) -> Result<(), Error>;
    /// Finishes an announced swap whose delay is over, or a part of it: returns how many hotkeys are left to move. Anyone may.
    finish_coldkey_swap(coldkey: AccountId) -> Result<u32, Error>;
    /// The slot of a hotkey.
    uid_of(netuid: NetUid, hotkey: AccountId) -> Result<Option<Uid>, Error>;
    /// One neuron.
    neuron(netuid: NetUid, uid: Uid) -> Result<Neuron, Error>;
    /// Neurons by UID, at most 32 a page.
    neurons(netuid: NetUid, start: u32, limit: u32) -> Result<Page<Neuron>, Error>;
    /// Slots by UID (what an epoch needs of neurons), at most 128 a page.
    slots(netuid: NetUid, start: u32, limit: u32) -> Result<Page<Slot>, Error>;
    /// Commits the calling hotkey to a model; returns how many it committed before.
    publish_model(netuid: NetUid, commitment: ModelCommitment) -> Result<u32, Error>;
    /// The model a neuron stands for now.
    model(netuid: NetUid, uid: Uid) -> Result<Option<ModelRecord>, Error>;
    /// Models by UID (neurons without one are left out; `total` counts UIDs), at most 16 UIDs a page.
    models(netuid: NetUid, start: u32, limit: u32) -> Result<Page<ModelRecord>, Error>;
    /// What a neuron committed to, the latest first, at most 16 a page.
    model_history(netuid: NetUid, uid: Uid, start: u32, limit: u32) -> Result<Page<ModelRecord>, Error>;
    /// A commitment by its place in the order of all.
    commitment(sequence: u64) -> Result<Option<ModelRecord>, Error>;
    /// The first commitment to an artifact, on whatever subnet.
    model_origin(model: Hash) -> Result<Option<ModelRecord>, Error>;
    /// Says where the calling hotkey serves; `None` takes it back.
    set_endpoint(netuid: NetUid, endpoint: Option<Endpoint>) -> Result<(), Error>;
    /// Writes what an epoch decided; only the rewards contract may.
    apply_epoch(netuid: NetUid, at: BlockNumber, updates: Vec<NeuronUpdate>) -> Result<(), Error>;
}
