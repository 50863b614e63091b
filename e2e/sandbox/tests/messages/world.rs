//! People, what they own, and messages that must not take it from them.

use super::arguments::Arguments;
use super::metadata::{Metadata, Signature};
use inktensor_client::Contract;
use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_primitives::registry::{Hyperparameter, NetworkRule};
use inktensor_primitives::{AccountId, NetUid, Rao};
use inktensor_sandbox::chance::Chance;
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, on_chain, task};
use std::collections::BTreeMap;

/// Hotkeys; the coldkey of each has a number higher by 100.
const HOTKEYS: std::ops::Range<u8> = 11..17;
/// Hotkeys that nobody has registered yet.
const FRESH: std::ops::Range<u8> = 31..34;
/// Nobody gave this account anything.
const STRANGER: u8 = 240;
/// Nobody has the keys of this account.
const NOBODY: u8 = 0;

/// Whoever messages name, and so whoever can hold anything.
pub struct Cast {
    hotkeys: Vec<AccountId>,
    coldkeys: Vec<AccountId>,
    others: Vec<AccountId>,
    contracts: [AccountId; 4],
    /// The subnets that are open.
    pub subnets: Vec<NetUid>,
}

impl Cast {
    fn new(network: &Network, subnets: Vec<NetUid>) -> Self {
        Self {
            hotkeys: HOTKEYS.map(account).collect(),
            coldkeys: HOTKEYS.map(|hotkey| account(hotkey + 100)).collect(),
            others: FRESH.chain([OWNER, STRANGER, NOBODY]).map(account).collect(),
            contracts: Contract::ALL.map(|contract| network.address(contract)),
            subnets,
        }
    }

    /// Mostly somebody who takes part, sometimes somebody else or a contract.
    pub fn account(&self, chance: &mut Chance) -> AccountId {
        match chance.below(9) {
            0..=2 => chance.pick(&self.hotkeys),
            3..=5 => chance.pick(&self.coldkeys),
            6 | 7 => chance.pick(&self.others),
            _ => chance.pick(&self.contracts),
        }
    }

    fn all(&self) -> Vec<AccountId> {
        let people = [&self.hotkeys, &self.coldkeys, &self.others].into_iter().flatten();
        people.chain(&self.contracts).copied().collect()
    }
}

/// What somebody owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wealth {
    tao: u128,
    stake: u128,
}

impl Wealth {
    /// Whether nothing went but TAO that the owner let somebody take: any number, more than there is too.
    fn keeps(self, old: Self, allowed: u128) -> bool {
        self.stake >= old.stake && self.tao.saturating_add(allowed) >= old.tao
    }
}

/// How often a message was sent, and how often it was carried out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub sent: u32,
    pub accepted: u32,
}

/// A network with two subnets, and what everyone on it owned after the last message.
pub struct World {
    pub network: Network,
    pub metadata: Metadata,
    pub chance: Chance,
    cast: Cast,
    wealth: BTreeMap<AccountId, Wealth>,
    supply: u128,
    issued: u128,
    burned: u128,
    /// What each contract holds and owes to nobody.
    gifts: [u128; 4],
    /// By the message's name.
    pub counts: BTreeMap<String, Count>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut network = Network::new();
        let netuid = network.open_subnet();
        let other = network.open_subnet();
        for hotkey in HOTKEYS {
            network.join(netuid, hotkey, Rao::from_tao(100));
            if hotkey % 2 == 0 {
                network.join(other, hotkey, Rao::ZERO);
            }
        }
        for rule in [Hyperparameter::CommitReveal(false), Hyperparameter::ImmunityPeriod(50)] {
            network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
        }
        network.ok(OWNER, registry::set_network_rule(NetworkRule::ColdkeySwapDelay(30)));
        let supply = network.read(tao::total_supply());
        let cast = Cast::new(&network, vec![netuid, other]);
        let mut world = Self {
            network,
            metadata: Metadata::read(),
            chance: Chance(seed),
            cast,
            wealth: BTreeMap::new(),
            supply,
            issued: u128::from(ENDOWMENT.0),
            burned: u128::from(ENDOWMENT.0) - supply,
            gifts: [0; 4],
            counts: BTreeMap::new(),
        };
        world.wealth = world.everyones_wealth();
        world
    }

    /// Somebody with keys: a hotkey, a coldkey, the owner who governs, or one who has nothing.
    fn anyone(&mut self) -> u8 {
        let hotkey = self.chance.pick(&HOTKEYS.collect::<Vec<u8>>());
        let fresh = self.chance.pick(&FRESH.collect::<Vec<u8>>());
        let coldkey = hotkey + 100;
        self.chance
            .pick(&[OWNER, OWNER, STRANGER, fresh, hotkey, hotkey, coldkey, coldkey])
    }

    /// Mostly whom a message names first, or the owner of that key: others are refused more often than not.
    fn sender(&mut self, named: &[AccountId]) -> u8 {
        let anyone = self.anyone();
        let named = named.first().filter(|first| !self.cast.contracts.contains(first));
        match named.map(|first| <AccountId as AsRef<[u8; 32]>>::as_ref(first)[0]) {
            None | Some(NOBODY) => anyone,
            Some(number) if HOTKEYS.contains(&number) => {
                self.chance.pick(&[anyone, number, number + 100, number + 100])
            }
            Some(number) => self.chance.pick(&[anyone, number]),
        }
    }

    pub fn wait(&mut self) {
        let blocks = self.chance.pick(&[1, 11, 60, 400]);
        self.network.wait(blocks);
    }

    /// Somebody sends a message with arguments that decode. Whatever it does, it neither traps nor takes from others.
    pub fn send(&mut self, message: &Signature) {
        let now = self.network.chain.block();
        let (data, named) = Arguments::new(&self.metadata, &self.cast, &mut self.chance, now).of(message);
        let who = self.sender(&named);
        let name = message.name();
        let sender = account(who);
        // Only the token itself lets anyone take what is not theirs: what its holder allowed.
        let allowed: Vec<u128> = match message.contract {
            Contract::Tao => self.allowances(sender),
            _ => vec![0; self.wealth.len()],
        };
        let contract = on_chain(&self.network.address(message.contract));
        let outcome = self.network.chain.call(&on_chain(&sender), &contract, data.clone());
        let outcome = outcome.unwrap_or_else(|error| panic!("{name} of {who} trapped: {error}; its data: {data:02x?}"));
        let is_understood = outcome.output.first() == Some(&0);
        assert!(is_understood, "{name} did not understand its arguments: {data:02x?}");
        let count = self.counts.entry(name.clone()).or_default();
        count.sent += 1;
        count.accepted += u32::from(!outcome.reverted);
        if outcome.reverted {
            return;
        }

        let supply = self.network.read(tao::total_supply());
        assert!(
            supply <= self.supply || message.label == "run_epoch",
            "{name} of {who} issued TAO"
        );
        self.issued += supply.saturating_sub(self.supply);
        self.burned += self.supply.saturating_sub(supply);
        self.supply = supply;
        let after = self.everyones_wealth();
        for ((owner, old), allowed) in std::mem::take(&mut self.wealth).into_iter().zip(allowed) {
            let new = after[&owner];
            assert!(
                owner == sender || self.cast.contracts.contains(&owner) || new.keeps(old, allowed),
                "{name} of {who} took from {owner:?}: {old:?} to {new:?}; its data: {data:02x?}"
            );
        }
        self.wealth = after;
        self.check_sums(&name);
    }

    /// Where subnets have dissolved, the owner opens others: most messages are about one.
    pub fn reopen(&mut self) {
        let open = self.network.read(registry::subnets(0, 16)).unwrap().items;
        if !open.is_empty() {
            self.cast.subnets = open.iter().map(|subnet| subnet.netuid).collect();
        }
        let price = self.network.read(registry::lock_cost()).unwrap();
        if open.len() < 2 && self.network.tao_of(account(OWNER)) > u128::from(price.0) {
            let contract = self.network.address(Contract::Registry);
            self.network.ok(OWNER, tao::approve(contract, u128::from(price.0)));
            let opened = self
                .network
                .send(OWNER, registry::create_subnet(identity(), task(), price));
            self.cast.subnets.extend(opened.ok());
            self.wealth = self.everyones_wealth();
        }
    }

    /// All TAO is somebody's, and the contracts hold what they owe.
    fn check_sums(&mut self, name: &str) {
        assert_eq!(self.supply, self.issued - self.burned);
        let held: u128 = self.wealth.values().map(|wealth| wealth.tao).sum();
        assert_eq!(held, self.supply, "after {name} some TAO is nobody's");
        let positions: u128 = self.wealth.values().map(|wealth| wealth.stake).sum();
        let staked = u128::from(self.network.read(staking::total_stake()).unwrap().0);
        // Each position is rounded down by less than a rao.
        let dust = staked - positions;
        assert!(dust < 500, "after {name} positions are worth {positions} of {staked}");
        let subnets = self.network.read(registry::subnets(0, 16)).unwrap().items;
        let locked: u128 = subnets.iter().map(|subnet| u128::from(subnet.lock.0)).sum();
        // Anyone can send TAO to a contract, which owes it to nobody then.
        let owed = [0, locked, staked, 0];
        for ((contract, owed), gifts) in self.cast.contracts.iter().zip(owed).zip(&mut self.gifts) {
            let held = self.wealth[contract].tao;
            assert!(
                held >= owed + *gifts,
                "after {name} {contract:?} holds {held}, owes {owed} and was given {gifts}"
            );
            *gifts = held - owed;
        }
    }

    /// No more is issued and due than blocks have passed for.
    pub fn check_emission(&mut self) {
        let economy = self.network.read(rewards::economy()).unwrap();
        assert!(u128::from(economy.cap.0) >= self.supply);
        assert_eq!(u128::from(economy.issuance.0), self.supply);
        let mut due = 0;
        for subnet in self.network.read(registry::subnets(0, 16)).unwrap().items {
            let status = self.network.read(rewards::epoch_status(subnet.netuid)).unwrap();
            due += u128::from(status.pending.0);
        }
        let emitted = u128::from(self.network.chain.block()) * u128::from(Rao::from_tao(1).0);
        let minted = self.issued - u128::from(ENDOWMENT.0);
        assert!(
            minted + due <= emitted,
            "{minted} issued and {due} pending of {emitted}"
        );
    }

    /// Everyone with keys leaves with what they have; what others sent to contracts and to nobody remains.
    pub fn close(&mut self) {
        for number in 1..=u8::MAX {
            let positions = self.network.read(staking::positions(account(number), 0, 64)).unwrap();
            assert_eq!(positions.items.len(), positions.total as usize);
            for position in positions.items {
                let paid = self.network.ok(number, staking::unstake_all(position.hotkey));
                assert!(paid >= position.stake, "{paid} of {}", position.stake);
            }
        }
        self.wealth = self.everyones_wealth();
        self.check_sums("all left");
        let left = [account(NOBODY)].into_iter().chain(self.cast.contracts);
        let left: u128 = left.map(|account| self.wealth[&account].stake).sum();
        let positions: u128 = self.wealth.values().map(|wealth| wealth.stake).sum();
        assert_eq!(positions, left);
        if left == 0 {
            assert_eq!(self.network.read(staking::total_stake()), Ok(Rao::ZERO));
        }
    }

    fn everyones_wealth(&mut self) -> BTreeMap<AccountId, Wealth> {
        let all = self.cast.all();
        all.into_iter()
            .map(|account| (account, self.wealth_of(account)))
            .collect()
    }

    fn wealth_of(&mut self, account: AccountId) -> Wealth {
        let positions = self.network.read(staking::positions(account, 0, 64)).unwrap();
        Wealth {
            tao: self.network.tao_of(account),
            stake: positions
                .items
                .iter()
                .map(|position| u128::from(position.stake.0))
                .sum(),
        }
    }

    /// What everyone, in the order of `wealth`, allows somebody to take.
    fn allowances(&mut self, spender: AccountId) -> Vec<u128> {
        let owners: Vec<AccountId> = self.wealth.keys().copied().collect();
        let read = |owner| self.network.read(tao::allowance(owner, spender));
        owners.into_iter().map(read).collect()
    }
}

#[test]
fn an_allowance_of_the_largest_number_overflows_nothing() {
    let old = Wealth { tao: 7, stake: 3 };
    assert!(Wealth { tao: 1, stake: 3 }.keeps(old, u128::MAX));
    assert!(!Wealth { tao: 1, stake: 3 }.keeps(old, 5));
    assert!(!Wealth { tao: 7, stake: 2 }.keeps(old, u128::MAX));
}
