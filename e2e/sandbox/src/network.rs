//! The four contracts on a sandbox, wired as a deployment wires them, and people who use them.

use crate::chains::{Chain, Local};
use crate::{Outcome, Sandbox};
use frame_support::weights::Weight;
use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::{Contract, Message};
use inktensor_primitives::registry::{
    Hyperparameter, Metric, ModelCommitment, ModelFormat, SubnetIdentity, Task, TensorSpec,
};
use inktensor_primitives::rewards::{EpochProgress, EpochSummary, MetagraphRow, Reveal};
use inktensor_primitives::{AccountId, Hash, NetUid, Rao, Uid};
use inktensor_runtime::AccountId as ChainAccount;
use scale::Decode;
use sp_core::hashing::blake2_256;
use std::fmt::Debug;

/// Deploys, owns the subnet and holds the endowment.
pub const OWNER: u8 = 1;
/// What the owner is endowed with.
pub const ENDOWMENT: Rao = Rao::from_tao(1_000_000);
/// The chain that commits name.
pub const DOMAIN: [u8; 32] = [7; 32];

/// A network of contracts.
pub struct Network<C = Local> {
    /// The chain.
    pub chain: Sandbox<C>,
    addresses: [ChainAccount; 4],
    /// Every successful call: its label and what it cost.
    pub costs: Vec<(&'static str, Outcome)>,
}

/// A person or machine by number.
pub fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

/// An account as the chain names it.
pub fn on_chain(account: &AccountId) -> ChainAccount {
    ChainAccount::from(*<AccountId as AsRef<[u8; 32]>>::as_ref(account))
}

fn shared(account: &ChainAccount) -> AccountId {
    AccountId::from(*<ChainAccount as AsRef<[u8; 32]>>::as_ref(account))
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl Network {
    /// Deploys and wires the contracts on the local chain.
    pub fn new() -> Self {
        Self::on_a_chain()
    }
}

impl<C: Chain> Network<C> {
    /// Deploys and wires the contracts that are built for a chain on it.
    pub fn on_a_chain() -> Self {
        let people: Vec<ChainAccount> = (0..=u8::MAX).map(|number| on_chain(&account(number))).collect();
        let mut chain = Sandbox::of_chain(&people);
        let deployer = on_chain(&account(OWNER));
        let mut deploy =
            |name: &str, constructor: Vec<u8>| chain.deploy(&deployer, C::contract_code(name), constructor, vec![]);
        let tao = deploy("tao", tao::new(ENDOWMENT).data);
        let registry = deploy("registry", registry::new(shared(&tao)).data);
        let staking = deploy("staking", staking::new(shared(&tao)).data);
        let constructor = rewards::new(shared(&tao), shared(&registry), shared(&staking), Hash::from(DOMAIN));
        let rewards = deploy("rewards", constructor.data);
        let mut network = Self {
            chain,
            addresses: [tao, registry, staking, rewards],
            costs: Vec::new(),
        };
        let minter = network.address(Contract::Rewards);
        network.ok(OWNER, tao::set_minter(minter));
        network.ok(OWNER, registry::set_rewards(minter));
        network.ok(OWNER, staking::set_rewards(minter));
        network
    }

    /// A contract's account.
    pub fn address(&self, contract: Contract) -> AccountId {
        shared(self.on_chain_address(contract))
    }

    fn on_chain_address(&self, contract: Contract) -> &ChainAccount {
        let [tao, registry, staking, rewards] = &self.addresses;
        match contract {
            Contract::Tao => tao,
            Contract::Registry => registry,
            Contract::Staking => staking,
            Contract::Rewards => rewards,
        }
    }

    /// Sends a message and returns the contract's answer.
    pub fn send<T: Decode, E: Decode>(&mut self, from: u8, message: Message<Result<T, E>>) -> Result<T, E> {
        let contract = self.on_chain_address(message.contract).clone();
        let outcome = self
            .chain
            .call(&on_chain(&account(from)), &contract, message.data.clone())
            .unwrap_or_else(|error| panic!("{} trapped: {error}", message.label));
        let answer = message
            .decode(&outcome.output)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            outcome.reverted,
            answer.is_err(),
            "{} reverts where it fails",
            message.label
        );
        if answer.is_ok() {
            self.costs.push((message.label, outcome));
        }
        answer
    }

    /// Sends a message with so much gas; `Err` where that does not suffice.
    pub fn send_within<R: Decode>(&mut self, from: u8, message: Message<R>, gas: Weight) -> Result<R, String> {
        let contract = self.on_chain_address(message.contract).clone();
        let outcome = self
            .chain
            .call_within(&on_chain(&account(from)), &contract, message.data.clone(), gas)?;
        Ok(message
            .decode(&outcome.output)
            .unwrap_or_else(|error| panic!("{error}")))
    }

    /// Sends a message that must succeed.
    pub fn ok<T: Decode, E: Decode + Debug>(&mut self, from: u8, message: Message<Result<T, E>>) -> T {
        let label = message.label;
        self.send(from, message)
            .unwrap_or_else(|error| panic!("{label}: {error:?}"))
    }

    /// Sends a message that must be refused.
    pub fn refused<T: Decode + Debug, E: Decode + Debug>(&mut self, from: u8, message: Message<Result<T, E>>) -> E {
        let label = message.label;
        match self.send(from, message) {
            Err(error) => error,
            Ok(value) => panic!("{label} should be refused, answered {value:?}"),
        }
    }

    /// Reads without effect.
    pub fn read<R: Decode>(&mut self, message: Message<R>) -> R {
        let contract = self.on_chain_address(message.contract).clone();
        let reader = on_chain(&account(0));
        let outcome = self
            .chain
            .dry_call(&reader, &contract, message.data.clone())
            .unwrap_or_else(|error| panic!("{} trapped: {error}", message.label));
        let answer = message
            .decode(&outcome.output)
            .unwrap_or_else(|error| panic!("{error}"));
        self.costs.push((message.label, outcome));
        answer
    }

    /// Passes blocks.
    pub fn wait(&mut self, blocks: u32) {
        let now = self.chain.block();
        self.chain.run_to_block(now + blocks);
    }

    /// Gives a person TAO of the owner's, and allows contracts to take it.
    pub fn fund(&mut self, who: u8, amount: Rao) {
        if who != OWNER {
            self.ok(OWNER, tao::transfer(account(who), u128::from(amount.0), vec![]));
        }
        for contract in [Contract::Registry, Contract::Staking] {
            let spender = self.address(contract);
            self.ok(who, tao::approve(spender, u128::from(ENDOWMENT.0)));
        }
    }

    /// Opens a subnet of the owner's whose epochs are 10 blocks long.
    pub fn open_subnet(&mut self) -> NetUid {
        self.fund(OWNER, Rao::ZERO);
        let netuid = self.ok(OWNER, registry::create_subnet(identity(), task(), ENDOWMENT));
        for rule in [Hyperparameter::Tempo(10), Hyperparameter::WeightsRateLimit(0)] {
            self.ok(OWNER, registry::set_hyperparameter(netuid, rule));
        }
        netuid
    }

    /// Registers the hotkey `number` for the coldkey `number + 100`, which stakes so much to it.
    pub fn join(&mut self, netuid: NetUid, number: u8, stake: Rao) -> Uid {
        let coldkey = number + 100;
        self.fund(coldkey, Rao(stake.0 + Rao::from_tao(200).0));
        let uid = self.ok(coldkey, registry::register(netuid, account(number), Rao::from_tao(100)));
        if stake != Rao::ZERO {
            self.ok(coldkey, staking::stake(account(number), stake));
        }
        uid
    }

    /// Passes blocks until the epoch is due and runs it as a stranger, in as many calls as it takes.
    pub fn epoch(&mut self, netuid: NetUid) -> EpochSummary {
        self.wait_for_epoch(netuid);
        loop {
            if let EpochProgress::Finished(summary) = self.ok(250, rewards::run_epoch(netuid)) {
                return summary;
            }
        }
    }

    /// Passes blocks until the epoch is due.
    pub fn wait_for_epoch(&mut self, netuid: NetUid) {
        let due = self.read(rewards::epoch_status(netuid)).unwrap().next_epoch_at;
        let now = self.chain.block();
        self.chain.run_to_block(due.max(now));
    }

    /// Every neuron of a subnet with what the last epoch gave it.
    pub fn metagraph(&mut self, netuid: NetUid) -> Vec<MetagraphRow> {
        let mut rows = Vec::new();
        loop {
            let start = u32::try_from(rows.len()).unwrap();
            let page = self.read(rewards::metagraph(netuid, start, 64)).unwrap();
            rows.extend(page.items);
            if rows.len() >= page.total as usize {
                return rows;
            }
        }
    }

    /// Opens a subnet of validators with stake, hotkeys `first..`, and of miners, all of one coldkey, in which weights are set at once
    /// and validators have their permits: its first epoch is over.
    pub fn crowd(&mut self, coldkey: u8, first: u8, validators: u8, miners: u16) -> NetUid {
        let netuid = self.open_subnet();
        let neurons = u16::from(validators) + miners;
        for rule in [
            Hyperparameter::CommitReveal(false),
            Hyperparameter::MaxUids(neurons.max(256)),
            Hyperparameter::MaxValidators(u16::from(validators).max(64)),
            // Registrations stay cheap.
            Hyperparameter::BurnIncrease(1_000),
        ] {
            self.ok(OWNER, registry::set_hyperparameter(netuid, rule));
        }
        self.fund(coldkey, Rao::from_tao(100_000));
        for validator in first..first + validators {
            self.ok(coldkey, registry::register(netuid, account(validator), ENDOWMENT));
            let stake = Rao::from_tao(100 + u64::from(validator));
            self.ok(coldkey, staking::stake(account(validator), stake));
        }
        for miner in 0..miners {
            self.ok(
                coldkey,
                registry::register(netuid, miner_key(coldkey, miner), ENDOWMENT),
            );
        }
        self.epoch(netuid);
        netuid
    }

    /// Commits a validator to weights; returns what it has to reveal.
    pub fn commit(&mut self, netuid: NetUid, validator: u8, weights: &[(u16, u16)]) -> Reveal {
        let reveal = Reveal {
            uids: weights.iter().map(|(uid, _)| Uid(*uid)).collect(),
            values: weights.iter().map(|(_, value)| *value).collect(),
            salt: [validator; 32],
            version_key: 0,
        };
        let hash = self.hash(netuid, validator, &reveal);
        self.ok(validator, rewards::commit_weights(netuid, hash));
        reveal
    }

    /// What a validator commits to.
    pub fn hash(&self, netuid: NetUid, validator: u8, reveal: &Reveal) -> Hash {
        let contract = self.address(Contract::Rewards);
        Hash::from(blake2_256(&reveal.preimage(
            &Hash::from(DOMAIN),
            &contract,
            netuid,
            &account(validator),
        )))
    }

    /// TAO that an account holds.
    pub fn tao_of(&mut self, account: AccountId) -> u128 {
        self.read(tao::balance_of(account))
    }

    /// Asserts that TAO is where it should be: the supply is what people and contracts hold, staking holds what is staked, the registry
    /// holds the locks.
    pub fn assert_conserved(&mut self) {
        let supply = self.read(tao::total_supply());
        let people: u128 = (0..=u8::MAX).map(|number| self.tao_of(account(number))).sum();
        let staked = u128::from(self.read(staking::total_stake()).unwrap().0);
        let locked: u128 = {
            let subnets = self.read(registry::subnets(0, 16)).unwrap();
            subnets.items.iter().map(|subnet| u128::from(subnet.lock.0)).sum()
        };
        let (staking, registry) = (self.address(Contract::Staking), self.address(Contract::Registry));
        assert_eq!(self.tao_of(staking), staked, "staking holds what is staked");
        assert_eq!(self.tao_of(registry), locked, "the registry holds the locks");
        assert_eq!(people + staked + locked, supply, "all TAO is somebody's");
    }
}

/// The hotkey of a miner of a crowd.
pub fn miner_key(coldkey: u8, miner: u16) -> AccountId {
    let mut key = [255; 32];
    key[..2].copy_from_slice(&miner.to_le_bytes());
    key[2] = coldkey;
    AccountId::from(key)
}

/// A subnet's identity.
pub fn identity() -> SubnetIdentity {
    SubnetIdentity {
        name: "digits".into(),
        description: "Handwritten digits".into(),
        url: String::new(),
    }
}

/// A subnet's task.
pub fn task() -> Task {
    let tensor = |last| TensorSpec {
        name: String::new(),
        element: "float32".into(),
        shape: vec![0, last],
    };
    Task {
        input: tensor(64),
        output: tensor(10),
        metric: Metric::Accuracy,
        max_model_bytes: 1_000_000,
        max_flops: 10_000_000,
        max_latency_ms: 1_000,
        data_hash: Hash::from([3; 32]),
        data_uri: "https://data.example/digits.npz".into(),
    }
}

/// A model by number.
pub fn model(number: u8) -> ModelCommitment {
    ModelCommitment {
        hash: Hash::from([number; 32]),
        uri: format!("https://models.example/{number}.onnx"),
        size: 10_000,
        parent: None,
        format: ModelFormat::Onnx,
        licence: "Apache-2.0".into(),
        task: "image-classification".into(),
        parameters: 2_410,
    }
}
