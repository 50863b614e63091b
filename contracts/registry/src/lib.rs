//! The registry: subnets, their rules, neurons, endpoints and model commitments.
//!
//! [`subnets`], [`neurons`], [`models`] and [`swaps`] hold the rules; the contract binds them to storage, caller, events and the token.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Tests may panic.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)
)]

#[cfg(test)]
mod fixtures;

pub mod hyperparameters;
pub mod lock;
pub mod models;
pub mod network;
pub mod neurons;
pub mod ownership;
pub mod subnets;
pub mod swaps;
mod text;

pub use contract::{Registry, RegistryRef};

#[ink::contract]
mod contract {
    use crate::models::Models;
    use crate::neurons::Neurons;
    use crate::subnets::Subnets;
    use crate::swaps::Swaps;
    use ink::prelude::vec::Vec;
    use inktensor_primitives::call::{Token, TokenFailure};
    use inktensor_primitives::events::registry::{
        BondsReset, ColdkeySwapAllowed, ColdkeySwapAnnounced, ColdkeySwapCancelled, ColdkeySwapDisputed,
        ColdkeySwapped, GovernanceSet, HotkeySwapped, RegistryWired,
    };
    use inktensor_primitives::registry::{
        ColdkeySwap, Endpoint, Error, Freeze, Hyperparameter, Hyperparameters, ModelCommitment, ModelRecord,
        NetworkRule, NetworkRules, Neuron, NeuronUpdate, RuleBounds, Slot, Subnet, SubnetChange, SubnetIdentity, Task,
        Terms,
    };
    use inktensor_primitives::{NetUid, Page, Rao, Uid};

    /// The contract's storage.
    #[ink(storage)]
    pub struct Registry {
        tao: AccountId,
        deployer: AccountId,
        governance: AccountId,
        rewards: Option<AccountId>,
        subnets: Subnets,
        neurons: Neurons,
        models: Models,
        swaps: Swaps,
    }

    impl Registry {
        /// Takes locks and burns in the token at `tao`. The deployer governs until it hands over.
        #[ink(constructor)]
        pub fn new(tao: AccountId) -> Self {
            Self {
                tao,
                deployer: Self::env().caller(),
                governance: Self::env().caller(),
                rewards: None,
                subnets: Subnets::default(),
                neurons: Neurons::default(),
                models: Models::default(),
                swaps: Swaps::default(),
            }
        }

        /// Names the rewards contract, once; only the deployer may.
        #[ink(message)]
        pub fn set_rewards(&mut self, rewards: AccountId) -> Result<(), Error> {
            if self.env().caller() != self.deployer {
                return Err(Error::NotAllowed);
            }
            if self.rewards.is_some() {
                return Err(Error::AlreadyWired);
            }
            self.rewards = Some(rewards);
            self.env().emit_event(RegistryWired { rewards });
            Ok(())
        }

        /// The rewards contract, once it is set.
        #[ink(message)]
        pub fn rewards(&self) -> Option<AccountId> {
            self.rewards
        }

        /// Who governs: sets what no subnet owner may.
        #[ink(message)]
        pub fn governance(&self) -> AccountId {
            self.governance
        }

        /// Hands governance over; only who governs may.
        #[ink(message)]
        pub fn set_governance(&mut self, governance: AccountId) -> Result<(), Error> {
            self.check_governance()?;
            let old = core::mem::replace(&mut self.governance, governance);
            self.env().emit_event(GovernanceSet { old, new: governance });
            Ok(())
        }

        /// What is the same for all subnets.
        #[ink(message)]
        pub fn network_rules(&self) -> Result<NetworkRules, Error> {
            Ok(self.subnets.network())
        }

        /// Changes a rule of the network within its bounds; only who governs may.
        #[ink(message)]
        pub fn set_network_rule(&mut self, value: NetworkRule) -> Result<(), Error> {
            self.check_governance()?;
            let event = self.subnets.set_network_rule(value)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Opens a subnet owned by the caller, who allowed the registry to take the lock.
        #[ink(message)]
        pub fn create_subnet(&mut self, identity: SubnetIdentity, task: Task, max_lock: Rao) -> Result<NetUid, Error> {
            let caller = self.env().caller();
            let event = self
                .subnets
                .create(caller, &identity, &task, max_lock, self.env().block_number())?;
            let netuid = event.netuid;
            self.token()
                .transfer_from(caller, self.env().account_id(), event.lock)
                .map_err(refused)?;
            self.env().emit_event(event);
            Ok(netuid)
        }

        /// What opening a subnet locks now.
        #[ink(message)]
        pub fn lock_cost(&self) -> Result<Rao, Error> {
            Ok(self.subnets.lock_cost(self.env().block_number()))
        }

        /// One subnet.
        #[ink(message)]
        pub fn subnet(&self, netuid: NetUid) -> Result<Subnet, Error> {
            self.subnets.subnet(netuid)
        }

        /// Open subnets, oldest first, at most 16 a page; fewer where their texts are long.
        #[ink(message)]
        pub fn subnets(&self, start: u32, limit: u32) -> Result<Page<Subnet>, Error> {
            self.subnets.page(start, limit)
        }

        /// Which subnets opened and dissolved, in that order, at most 128 a page.
        #[ink(message)]
        pub fn subnet_changes(&self, start: u32, limit: u32) -> Result<Page<SubnetChange>, Error> {
            self.subnets.changes(start, limit)
        }

        /// Offers the caller's subnet to another account, which has to accept; `None` takes the offer back.
        #[ink(message)]
        pub fn offer_subnet(&mut self, netuid: NetUid, to: Option<AccountId>) -> Result<(), Error> {
            let event = self.subnets.offer(self.env().caller(), netuid, to)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// To whom a subnet is offered.
        #[ink(message)]
        pub fn subnet_offer(&self, netuid: NetUid) -> Result<Option<AccountId>, Error> {
            self.subnets.offered_to(netuid)
        }

        /// Makes the caller, to whom the subnet was offered, its owner. The lock goes with it.
        #[ink(message)]
        pub fn accept_subnet(&mut self, netuid: NetUid) -> Result<(), Error> {
            let caller = self.env().caller();
            let neurons = self.subnets.core(netuid)?.neurons;
            let uid = self.neurons.lowest_uid_of(netuid, neurons, &caller);
            let event = self.subnets.accept(caller, netuid, uid)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Dissolves a subnet and pays its lock back to its owner, who may do it as governance may. Returns the refund.
        #[ink(message)]
        pub fn dissolve_subnet(&mut self, netuid: NetUid) -> Result<Rao, Error> {
            let caller = self.env().caller();
            let now = self.env().block_number();
            let event = self.subnets.dissolve(caller, self.governance, netuid, now)?;
            let refund = event.refund;
            self.token().transfer(event.owner, refund).map_err(refused)?;
            self.env().emit_event(event);
            Ok(refund)
        }

        /// Forgets neurons of a dissolved subnet, at most 64 at a time; returns how many are left. Anyone may, and is paid back the
        /// deposits for what was stored.
        #[ink(message)]
        pub fn sweep_subnet(&mut self, netuid: NetUid, limit: u32) -> Result<u32, Error> {
            let (swept, left) = self.neurons.sweep(&self.subnets, netuid, limit)?;
            for uid in swept {
                self.models.forget(netuid, uid);
            }
            Ok(left)
        }

        /// Changes the identity; only the subnet's owner may.
        #[ink(message)]
        pub fn set_identity(&mut self, netuid: NetUid, identity: SubnetIdentity) -> Result<(), Error> {
            let event = self.subnets.set_identity(self.env().caller(), netuid, &identity)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Changes the task; only the subnet's owner may.
        #[ink(message)]
        pub fn set_task(&mut self, netuid: NetUid, task: Task) -> Result<(), Error> {
            let event = self.subnets.set_task(self.env().caller(), netuid, &task)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// A subnet's rules.
        #[ink(message)]
        pub fn hyperparameters(&self, netuid: NetUid) -> Result<Hyperparameters, Error> {
            self.subnets.rules(netuid)
        }

        /// What an epoch needs of a subnet.
        #[ink(message)]
        pub fn terms(&self, netuid: NetUid) -> Result<Terms, Error> {
            let core = self.subnets.core(netuid)?;
            Ok(Terms {
                owner: core.owner,
                created_at: core.created_at,
                neurons: core.neurons,
                rules: self.subnets.rules(netuid)?,
            })
        }

        /// Every rule of a subnet with its bounds, and whether only governance may set it.
        #[ink(message)]
        pub fn rule_bounds(&self, netuid: NetUid) -> Result<Vec<RuleBounds>, Error> {
            let neurons = self.subnets.core(netuid)?.neurons;
            Ok(crate::hyperparameters::all(&self.subnets.rules(netuid)?, neurons))
        }

        /// When the subnet's owner may not change its rules.
        #[ink(message)]
        pub fn rules_freeze(&self, netuid: NetUid) -> Result<Freeze, Error> {
            self.subnets.freeze(netuid, self.env().block_number())
        }

        /// Changes one rule within its bounds; the subnet's owner may outside of the freeze before an epoch, governance always.
        #[ink(message)]
        pub fn set_hyperparameter(&mut self, netuid: NetUid, value: Hyperparameter) -> Result<(), Error> {
            let now = self.env().block_number();
            let caller = self.env().caller();
            let event = self.subnets.set_rule(caller, self.governance, netuid, value, now)?;
            self.env().emit_event(event);
            Ok(())
        }

        /// What a registration burns now.
        #[ink(message)]
        pub fn burn_price(&self, netuid: NetUid) -> Result<Rao, Error> {
            self.subnets.burn_price(netuid, self.env().block_number())
        }

        /// Registers a hotkey of the calling coldkey, who allowed the registry to burn the price.
        #[ink(message)]
        pub fn register(&mut self, netuid: NetUid, hotkey: AccountId, max_price: Rao) -> Result<Uid, Error> {
            let caller = self.env().caller();
            let now = self.env().block_number();
            let event = self
                .neurons
                .register(&mut self.subnets, netuid, caller, hotkey, max_price, now)?;
            let uid = event.uid;
            self.models.forget(netuid, uid);
            self.token().burn_from(caller, event.price).map_err(refused)?;
            self.env().emit_event(event);
            Ok(uid)
        }

        /// The coldkey that a hotkey belongs to, once it was registered anywhere.
        #[ink(message)]
        pub fn owner_of(&self, hotkey: AccountId) -> Result<Option<AccountId>, Error> {
            Ok(self.neurons.owner_of(&hotkey))
        }

        /// The hotkeys of a coldkey, swapped ones included, at most 128 a page.
        #[ink(message)]
        pub fn hotkeys(&self, coldkey: AccountId, start: u32, limit: u32) -> Result<Page<AccountId>, Error> {
            self.neurons.hotkeys(coldkey, start, limit)
        }

        /// Puts `new` in the place of the calling coldkey's hotkey on every subnet, and burns what that costs.
        #[ink(message)]
        pub fn swap_hotkey(&mut self, old: AccountId, new: AccountId) -> Result<(), Error> {
            let coldkey = self.env().caller();
            let price = self.subnets.network().hotkey_swap_cost;
            self.neurons
                .swap_hotkey(&self.subnets, &mut self.models, coldkey, old, new)?;
            self.token().burn_from(coldkey, price).map_err(refused)?;
            self.env().emit_event(HotkeySwapped {
                old,
                new,
                coldkey,
                price,
            });
            Ok(())
        }

        /// Announces that everything which the caller owns here will belong to `new`, and burns what that costs. Returns the first block
        /// in which it can be finished.
        #[ink(message)]
        pub fn announce_coldkey_swap(&mut self, new: AccountId) -> Result<BlockNumber, Error> {
            let old = self.env().caller();
            if self.neurons.owner_of(&new).is_some() {
                return Err(Error::KeyInUse);
            }
            let rules = self.subnets.network();
            let now = self.env().block_number();
            let ready_at = self.swaps.announce(old, new, rules.coldkey_swap_delay, now)?;
            let price = rules.coldkey_swap_cost;
            self.token().burn_from(old, price).map_err(refused)?;
            self.env().emit_event(ColdkeySwapAnnounced {
                old,
                new,
                ready_at,
                price,
            });
            Ok(ready_at)
        }

        /// The swap that a coldkey announced.
        #[ink(message)]
        pub fn coldkey_swap(&self, coldkey: AccountId) -> Result<Option<ColdkeySwap>, Error> {
            Ok(self.swaps.announced(&coldkey))
        }

        /// Takes the caller's announcement back, unless it is disputed.
        #[ink(message)]
        pub fn cancel_coldkey_swap(&mut self) -> Result<(), Error> {
            let old = self.env().caller();
            self.swaps.cancel(old)?;
            self.env().emit_event(ColdkeySwapCancelled { old });
            Ok(())
        }

        /// Stops the caller's announced swap until governance decides: for an owner whose key was stolen.
        #[ink(message)]
        pub fn dispute_coldkey_swap(&mut self) -> Result<(), Error> {
            let old = self.env().caller();
            self.swaps.dispute(old)?;
            self.env().emit_event(ColdkeySwapDisputed { old });
            Ok(())
        }

        /// Decides on an announced swap: allowed, it goes on; refused, it is cancelled. Only who governs may.
        #[ink(message)]
        pub fn settle_coldkey_swap(&mut self, coldkey: AccountId, allow: bool) -> Result<(), Error> {
            self.check_governance()?;
            self.swaps.settle(coldkey, allow)?;
            if allow {
                self.env().emit_event(ColdkeySwapAllowed { old: coldkey });
            } else {
                self.env().emit_event(ColdkeySwapCancelled { old: coldkey });
            }
            Ok(())
        }

        /// Finishes an announced swap whose delay is over, or a part of it: returns how many hotkeys are left to move. Anyone may.
        #[ink(message)]
        pub fn finish_coldkey_swap(&mut self, coldkey: AccountId) -> Result<u32, Error> {
            let new = self.swaps.due(&coldkey, self.env().block_number())?;
            let left = self.neurons.swap_coldkey(&mut self.subnets, coldkey, new)?;
            if left == 0 {
                self.swaps.finish(coldkey);
                self.env().emit_event(ColdkeySwapped { old: coldkey, new });
            }
            Ok(left)
        }

        /// The slot of a hotkey.
        #[ink(message)]
        pub fn uid_of(&self, netuid: NetUid, hotkey: AccountId) -> Result<Option<Uid>, Error> {
            self.subnets.core(netuid)?;
            Ok(self.neurons.uid_of(netuid, &hotkey))
        }

        /// One neuron.
        #[ink(message)]
        pub fn neuron(&self, netuid: NetUid, uid: Uid) -> Result<Neuron, Error> {
            self.subnets.core(netuid)?;
            self.neurons.neuron(netuid, uid)
        }

        /// Neurons by UID, at most 32 a page.
        #[ink(message)]
        pub fn neurons(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<Neuron>, Error> {
            self.subnets.core(netuid)?;
            self.neurons.page(netuid, start, limit)
        }

        /// Slots by UID (what an epoch needs of neurons), at most 128 a page.
        #[ink(message)]
        pub fn slots(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<Slot>, Error> {
            self.subnets.core(netuid)?;
            self.neurons.slots(netuid, start, limit)
        }

        /// Commits the calling hotkey to a model; returns how many it committed before.
        #[ink(message)]
        pub fn publish_model(&mut self, netuid: NetUid, commitment: ModelCommitment) -> Result<u32, Error> {
            let hotkey = self.env().caller();
            let task = self.subnets.task(netuid)?;
            let uid = self.neurons.uid_of(netuid, &hotkey).ok_or(Error::NotRegistered)?;
            let now = self.env().block_number();
            let (event, replaces) = self.models.publish(netuid, uid, hotkey, commitment, &task, now)?;
            let revision = event.revision;
            self.env().emit_event(event);
            if replaces && self.subnets.rules(netuid)?.bonds_reset {
                self.neurons.reset_bonds(netuid, uid, now)?;
                self.env().emit_event(BondsReset { netuid, hotkey, uid });
            }
            Ok(revision)
        }

        /// The model a neuron stands for now.
        #[ink(message)]
        pub fn model(&self, netuid: NetUid, uid: Uid) -> Result<Option<ModelRecord>, Error> {
            if uid.0 >= self.subnets.core(netuid)?.neurons {
                return Err(Error::UnknownNeuron);
            }
            Ok(self.models.get(netuid, uid))
        }

        /// Models by UID (neurons without one are left out; `total` counts UIDs), at most 16 UIDs a page.
        #[ink(message)]
        pub fn models(&self, netuid: NetUid, start: u32, limit: u32) -> Result<Page<ModelRecord>, Error> {
            self.models
                .page(netuid, self.subnets.core(netuid)?.neurons, start, limit)
        }

        /// What a neuron committed to, the latest first, at most 16 a page.
        #[ink(message)]
        pub fn model_history(
            &self,
            netuid: NetUid,
            uid: Uid,
            start: u32,
            limit: u32,
        ) -> Result<Page<ModelRecord>, Error> {
            self.subnets.core(netuid)?;
            self.models.history(netuid, uid, start, limit)
        }

        /// A commitment by its place in the order of all.
        #[ink(message)]
        pub fn commitment(&self, sequence: u64) -> Result<Option<ModelRecord>, Error> {
            Ok(self.models.commitment(sequence))
        }

        /// The first commitment to an artifact, on whatever subnet.
        #[ink(message)]
        pub fn model_origin(&self, model: Hash) -> Result<Option<ModelRecord>, Error> {
            Ok(self.models.origin(&model))
        }

        /// Says where the calling hotkey serves; `None` takes it back.
        #[ink(message)]
        pub fn set_endpoint(&mut self, netuid: NetUid, endpoint: Option<Endpoint>) -> Result<(), Error> {
            self.subnets.core(netuid)?;
            let event = self
                .neurons
                .set_endpoint(netuid, self.env().caller(), endpoint.as_ref())?;
            self.env().emit_event(event);
            Ok(())
        }

        /// Writes what the epoch of block `at` decided; only the rewards contract may.
        #[ink(message)]
        pub fn apply_epoch(
            &mut self,
            netuid: NetUid,
            at: BlockNumber,
            updates: Vec<NeuronUpdate>,
        ) -> Result<(), Error> {
            if self.rewards != Some(self.env().caller()) {
                return Err(Error::NotAllowed);
            }
            self.subnets.epoch_ended(netuid, at)?;
            self.neurons.apply_epoch(netuid, at, &updates)
        }

        fn check_governance(&self) -> Result<(), Error> {
            if self.env().caller() != self.governance {
                return Err(Error::NotAllowed);
            }
            Ok(())
        }

        fn token(&self) -> Token {
            Token(self.tao)
        }
    }

    fn refused(failure: TokenFailure) -> Error {
        match failure {
            TokenFailure::Insufficient => Error::InsufficientTao,
            TokenFailure::Refused => Error::TokenCallFailed,
        }
    }
}
