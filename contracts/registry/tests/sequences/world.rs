//! The registry's rules as its messages use them, with a token beside them.

use inktensor_primitives::registry::{
    Endpoint, Error, Hyperparameter, Metric, ModelCommitment, ModelFormat, NetworkRule, Neuron, NeuronUpdate, Protocol,
    Subnet, SubnetIdentity, Task, TensorSpec,
};
use inktensor_primitives::{AccountId, BlockNumber, Hash, NetUid, Rao, Uid};
use registry::models::Models;
use registry::neurons::Neurons;
use registry::subnets::Subnets;
use registry::swaps::Swaps;

/// Who governs.
pub const GOVERNANCE: u8 = 0;
/// People: coldkeys are 0 to 5, hotkeys 10 to 21, but anybody tries anything.
pub const PEOPLE: u8 = 22;
/// TAO that everyone has in the beginning.
pub const WEALTH: u64 = 1 << 54;

/// A message, and who sends it.
#[derive(Clone, Debug)]
pub enum Step {
    Wait(u32),
    Create(u8, u64),
    Dissolve(u8, u16),
    Sweep(u16, u32),
    Offer(u8, u16, Option<u8>),
    Accept(u8, u16),
    SetIdentity(u8, u16),
    SetRule(u8, u16, Hyperparameter),
    SetNetworkRule(NetworkRule),
    Register(u8, u8, u16, u64),
    Serve(u8, u16, bool),
    Publish(u8, u16, u8),
    Epoch(u16, Vec<(u16, u16, bool)>),
    SwapHotkey(u8, u8, u8),
    Announce(u8, u8),
    Cancel(u8),
    Dispute(u8),
    Settle(u8, bool),
    Finish(u8),
}

/// The registry and everyone's TAO.
pub struct World {
    pub subnets: Subnets,
    pub neurons: Neurons,
    pub models: Models,
    pub swaps: Swaps,
    pub now: BlockNumber,
    pub balances: Vec<u64>,
    /// What the registry holds.
    pub held: u64,
    pub burned: u64,
    /// How many subnets were ever opened.
    pub opened: u16,
}

pub fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

fn number(account: &AccountId) -> usize {
    let bytes: &[u8; 32] = account.as_ref();
    usize::from(bytes[0])
}

impl World {
    pub fn new() -> Self {
        Self {
            subnets: Subnets::default(),
            neurons: Neurons::default(),
            models: Models::default(),
            swaps: Swaps::default(),
            now: 1,
            balances: vec![WEALTH; usize::from(PEOPLE)],
            held: 0,
            burned: 0,
            opened: 0,
        }
    }

    /// Does what the contract's message does.
    pub fn apply(&mut self, step: &Step) -> Result<(), Error> {
        let now = self.now;
        match step {
            Step::Wait(blocks) => self.now += blocks,
            Step::Create(who, max) => {
                // The token refuses then, and the contract reverts.
                if self.subnets.lock_cost(now).0 > self.balances[usize::from(*who)] {
                    return Err(Error::InsufficientTao);
                }
                let event = self
                    .subnets
                    .create(account(*who), &identity(), &task(), Rao(*max), now)?;
                self.opened += 1;
                self.balances[usize::from(*who)] -= event.lock.0;
                self.held += event.lock.0;
            }
            Step::Dissolve(who, netuid) => {
                let event = self
                    .subnets
                    .dissolve(account(*who), account(GOVERNANCE), NetUid(*netuid), now)?;
                self.held -= event.refund.0;
                self.balances[number(&event.owner)] += event.refund.0;
            }
            Step::Sweep(netuid, limit) => {
                let (swept, _) = self.neurons.sweep(&self.subnets, NetUid(*netuid), *limit)?;
                for uid in swept {
                    self.models.forget(NetUid(*netuid), uid);
                }
            }
            Step::Offer(who, netuid, to) => {
                self.subnets.offer(account(*who), NetUid(*netuid), to.map(account))?;
            }
            Step::Accept(who, netuid) => {
                let neurons = self.subnets.core(NetUid(*netuid))?.neurons;
                let uid = self.neurons.lowest_uid_of(NetUid(*netuid), neurons, &account(*who));
                self.subnets.accept(account(*who), NetUid(*netuid), uid)?;
            }
            Step::SetIdentity(who, netuid) => {
                self.subnets.set_identity(account(*who), NetUid(*netuid), &identity())?;
            }
            Step::SetRule(who, netuid, rule) => {
                let governance = account(GOVERNANCE);
                self.subnets
                    .set_rule(account(*who), governance, NetUid(*netuid), rule.clone(), now)?;
            }
            Step::SetNetworkRule(rule) => {
                self.subnets.set_network_rule(rule.clone())?;
            }
            Step::Register(who, hotkey, netuid, max) => {
                let (coldkey, hotkey, netuid) = (account(*who), account(*hotkey), NetUid(*netuid));
                let event = self
                    .neurons
                    .register(&mut self.subnets, netuid, coldkey, hotkey, Rao(*max), now)?;
                assert!(event.price.0 <= *max, "nobody pays more than allowed");
                self.models.forget(netuid, event.uid);
                self.burn(*who, event.price);
            }
            Step::Serve(hotkey, netuid, serving) => {
                self.subnets.core(NetUid(*netuid))?;
                let endpoint = serving.then(endpoint);
                self.neurons
                    .set_endpoint(NetUid(*netuid), account(*hotkey), endpoint.as_ref())?;
            }
            Step::Publish(hotkey, netuid, hash) => {
                let (hotkey, netuid) = (account(*hotkey), NetUid(*netuid));
                let task = self.subnets.task(netuid)?;
                let uid = self.neurons.uid_of(netuid, &hotkey).ok_or(Error::NotRegistered)?;
                let (_, replaces) = self.models.publish(netuid, uid, hotkey, model(*hash), &task, now)?;
                if replaces && self.subnets.rules(netuid)?.bonds_reset {
                    self.neurons.reset_bonds(netuid, uid, now)?;
                }
            }
            Step::Epoch(netuid, outcome) => {
                let neurons = self.subnets.core(NetUid(*netuid))?.neurons;
                let known = outcome.iter().filter(|(uid, ..)| *uid < neurons);
                let updates: Vec<NeuronUpdate> = known
                    .map(|(uid, pruning_score, validator_permit)| NeuronUpdate {
                        uid: Uid(*uid),
                        pruning_score: *pruning_score,
                        validator_permit: *validator_permit,
                    })
                    .collect();
                self.subnets.epoch_ended(NetUid(*netuid), now)?;
                self.neurons.apply_epoch(NetUid(*netuid), now, &updates)?;
            }
            Step::SwapHotkey(who, old, new) => {
                let price = self.subnets.network().hotkey_swap_cost;
                let (coldkey, old, new) = (account(*who), account(*old), account(*new));
                self.neurons
                    .swap_hotkey(&self.subnets, &mut self.models, coldkey, old, new)?;
                self.burn(*who, price);
            }
            Step::Announce(old, new) => {
                if self.neurons.owner_of(&account(*new)).is_some() {
                    return Err(Error::KeyInUse);
                }
                let rules = self.subnets.network();
                self.swaps
                    .announce(account(*old), account(*new), rules.coldkey_swap_delay, now)?;
                self.burn(*old, rules.coldkey_swap_cost);
            }
            Step::Cancel(old) => self.swaps.cancel(account(*old))?,
            Step::Dispute(old) => self.swaps.dispute(account(*old))?,
            Step::Settle(old, allow) => self.swaps.settle(account(*old), *allow)?,
            Step::Finish(old) => {
                let new = self.swaps.due(&account(*old), now)?;
                let left = self.neurons.swap_coldkey(&mut self.subnets, account(*old), new)?;
                assert_eq!(left, 0, "so few hotkeys move at once");
                self.swaps.finish(account(*old));
            }
        }
        Ok(())
    }

    fn burn(&mut self, who: u8, amount: Rao) {
        self.balances[usize::from(who)] -= amount.0;
        self.burned += amount.0;
    }

    /// Open subnets with their neurons.
    pub fn everything(&self) -> Vec<(Subnet, Vec<Neuron>)> {
        let subnets = self.subnets.open().into_iter().map(|netuid| {
            let neurons = self.neurons.page(netuid, 0, 32).unwrap().items;
            (self.subnets.subnet(netuid).unwrap(), neurons)
        });
        subnets.collect()
    }
}

fn identity() -> SubnetIdentity {
    SubnetIdentity {
        name: "digits".into(),
        description: String::new(),
        url: String::new(),
    }
}

fn task() -> Task {
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
        max_flops: 1_000_000,
        max_latency_ms: 1_000,
        data_hash: Hash::from([1; 32]),
        data_uri: "https://data.example/digits".into(),
    }
}

fn endpoint() -> Endpoint {
    Endpoint {
        uri: "https://miner.example".into(),
        protocol: Protocol::Grpc,
        tls_key: Some(Hash::from([5; 32])),
    }
}

fn model(hash: u8) -> ModelCommitment {
    ModelCommitment {
        hash: Hash::from([hash; 32]),
        uri: "https://models.example".into(),
        size: 10,
        parent: (hash % 2 == 0).then(|| Hash::from([hash / 2; 32])),
        format: ModelFormat::Onnx,
        licence: String::new(),
        task: String::new(),
        parameters: 0,
    }
}
