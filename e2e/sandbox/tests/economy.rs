//! Random sequences of the messages of all contracts, by honest and hostile callers: nothing traps, nobody gets what is not theirs, and
//! TAO issued is what is held, staked and locked, and each block's TAO is issued or pending, always.
//!
//! `SEQUENCES=200` runs so many instead of a few; a failure names the seed that `SEED` runs again.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::{Contract, Message};
use inktensor_primitives::registry::{Hyperparameter, NetworkRule, NeuronUpdate};
use inktensor_primitives::rewards::{EpochProgress, Reveal, SubnetVote};
use inktensor_primitives::staking::{Child, Payout};
use inktensor_primitives::{Hash, NetUid, RAO_PER_TAO, Rao, Uid};
use inktensor_sandbox::chance::{self, Chance};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, model, task};
use scale::Decode;

/// Steps in a sequence.
const STEPS: u32 = 120;
/// Steps between two looks at all balances.
const LOOK_EVERY: u32 = 15;
/// Hotkeys; the coldkey of each has a number higher by 100.
const HOTKEYS: std::ops::Range<u8> = 11..17;
/// Hotkeys that can take others' places have numbers higher by this.
const FRESH: u8 = 20;

/// What people choose.
trait Choices {
    fn hotkey(&mut self) -> u8;
    fn anyone(&mut self) -> u8;
    fn amount(&mut self) -> Rao;
    fn part(&mut self) -> Option<Rao>;
    fn netuid(&mut self) -> NetUid;
}

impl Choices for Chance {
    fn hotkey(&mut self) -> u8 {
        HOTKEYS.start + u8::try_from(self.below(u64::from(HOTKEYS.end - HOTKEYS.start))).unwrap()
    }

    /// Somebody: mostly a coldkey, sometimes a hotkey or the owner.
    fn anyone(&mut self) -> u8 {
        match self.below(8) {
            0 => OWNER,
            1 => self.hotkey(),
            _ => self.hotkey() + 100,
        }
    }

    /// An amount: mostly some TAO, sometimes next to nothing, zero or more than there is.
    fn amount(&mut self) -> Rao {
        match self.below(8) {
            0 => Rao(self.below(3)),
            1 => Rao(self.below(5_000_000)),
            2 => Rao(u64::MAX - self.below(2)),
            _ => Rao(self.below(Rao::from_tao(500).0)),
        }
    }

    fn part(&mut self) -> Option<Rao> {
        (self.below(3) != 0).then(|| self.amount())
    }

    fn netuid(&mut self) -> NetUid {
        NetUid(u16::try_from(self.below(4)).unwrap())
    }
}

/// A network, and what was issued and burned on it so far.
struct World {
    network: Network,
    chance: Chance,
    /// The block from which on there are subnets.
    first: u32,
    issued: u128,
    burned: u128,
    reveals: Vec<(u8, NetUid, Reveal)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut network = Network::new();
        let first = network.chain.block();
        for _ in 0..2 {
            network.open_subnet();
        }
        network.ok(OWNER, registry::set_network_rule(NetworkRule::ColdkeySwapDelay(30)));
        for hotkey in HOTKEYS {
            network.fund(hotkey + 100, Rao::from_tao(2_000));
        }
        Self {
            network,
            chance: Chance(seed),
            first,
            issued: u128::from(ENDOWMENT.0),
            burned: 0,
            reveals: Vec::new(),
        }
    }

    /// Sends a message that may be refused, but neither trap nor change the supply.
    fn attempt<T: Decode, E: Decode>(&mut self, from: u8, message: Message<Result<T, E>>) -> Option<T> {
        self.network.send(from, message).ok()
    }

    /// Sends a message that burns; notes how much.
    fn burn<T: Decode, E: Decode>(&mut self, from: u8, message: Message<Result<T, E>>) {
        let before = self.network.read(tao::total_supply());
        self.attempt(from, message);
        self.burned += before - self.network.read(tao::total_supply());
    }

    fn step(&mut self) {
        match self.chance.below(12) {
            0..=3 => self.stake_or_leave(),
            4 => self.decide(),
            5 => self.register_or_publish(),
            6 => self.weigh(),
            7 => self.epoch(),
            8 => self.cheat(),
            9 | 10 => self.hand_over(),
            _ => {
                let blocks = [1, 5, 11, 60, 8_000][usize::try_from(self.chance.below(5)).unwrap()];
                self.network.wait(blocks);
            }
        }
    }

    fn stake_or_leave(&mut self) {
        let (who, amount) = (self.chance.anyone(), self.chance.amount());
        let (on, to, part) = (
            account(self.chance.hotkey()),
            account(self.chance.hotkey()),
            self.chance.part(),
        );
        let other = account(self.chance.anyone());
        match self.chance.below(7) {
            0..=2 => drop(self.attempt(who, staking::stake(on, amount))),
            3 => drop(self.attempt(who, staking::unstake(on, amount))),
            4 => drop(self.attempt(who, staking::unstake_all(on))),
            5 => drop(self.attempt(who, staking::move_stake(on, to, part))),
            _ => drop(self.attempt(who, staking::transfer_stake(on, other, part))),
        }
    }

    fn decide(&mut self) {
        let (who, netuid) = (self.chance.anyone(), self.chance.netuid());
        let own = self.chance.hotkey();
        let take = u16::try_from(self.chance.below(13_000)).unwrap();
        match self.chance.below(8) {
            0 => drop(self.attempt(own, staking::set_take(account(own), take))),
            1 => drop(self.attempt(own, staking::set_child_take(netuid, account(own), take))),
            2 => {
                let children = (0..self.chance.below(3)).map(|_| Child {
                    hotkey: account(self.chance.hotkey()),
                    proportion: self.chance.next() / 2,
                });
                let children = children.collect();
                self.attempt(own, staking::set_children(netuid, account(own), children));
            }
            3 => {
                let target = (self.chance.below(2) == 0).then(|| account(own));
                self.attempt(who, staking::set_auto_stake(netuid, target));
            }
            4 => drop(self.attempt(who, staking::record_votes(account(own)))),
            5 => {
                let netuids = (0..3).filter(|_| self.chance.below(2) == 0).collect::<Vec<u16>>();
                let votes = netuids.into_iter().map(|netuid| SubnetVote {
                    netuid: NetUid(netuid),
                    weight: u16::try_from(self.chance.below(65_536)).unwrap(),
                });
                let ballot = votes.collect();
                self.attempt(own, rewards::vote_subnets(ballot));
                self.attempt(who, rewards::count_votes());
            }
            6 => {
                let fresh = FRESH + self.chance.hotkey();
                let old = if self.chance.below(2) == 0 { own } else { FRESH + own };
                self.burn(own + 100, rewards::swap_hotkey(account(old), account(fresh)));
            }
            _ => {
                let rule = match self.chance.below(4) {
                    0 => Hyperparameter::CommitReveal(self.chance.below(2) == 0),
                    1 => Hyperparameter::MaxUids(u16::try_from(self.chance.below(6)).unwrap()),
                    2 => Hyperparameter::Yuma3(self.chance.below(2) == 0),
                    _ => Hyperparameter::StakeThreshold(self.chance.amount()),
                };
                self.attempt(OWNER, registry::set_hyperparameter(netuid, rule));
            }
        }
    }

    /// Subnets open, dissolve and change hands, as all that a coldkey owns does.
    fn hand_over(&mut self) {
        let (who, netuid) = (self.chance.anyone(), self.chance.netuid());
        let other = account(self.chance.anyone());
        match self.chance.below(8) {
            0 => drop(self.attempt(who, registry::offer_subnet(netuid, Some(other)))),
            1 => drop(self.attempt(who, registry::accept_subnet(netuid))),
            2 => drop(self.attempt(who, registry::create_subnet(identity(), task(), ENDOWMENT))),
            3 => {
                // Blocks without any subnet are nobody's.
                if self.network.read(registry::subnets(0, 1)).unwrap().total > 1 {
                    self.attempt(OWNER, registry::dissolve_subnet(netuid));
                }
                self.attempt(who, registry::sweep_subnet(netuid, 64));
            }
            4 => self.burn(who, registry::announce_coldkey_swap(other)),
            5 => drop(self.attempt(who, registry::cancel_coldkey_swap())),
            6 => {
                self.attempt(who, registry::dispute_coldkey_swap());
                let allow = self.chance.below(2) == 0;
                self.attempt(OWNER, registry::settle_coldkey_swap(other, allow));
            }
            _ => drop(self.attempt(who, registry::finish_coldkey_swap(other))),
        }
    }

    fn register_or_publish(&mut self) {
        let (hotkey, netuid) = (self.chance.hotkey(), self.chance.netuid());
        if self.chance.below(3) == 0 {
            self.attempt(hotkey, registry::publish_model(netuid, model(hotkey)));
        } else {
            let price = self.chance.amount();
            self.burn(hotkey + 100, registry::register(netuid, account(hotkey), price));
        }
    }

    fn weigh(&mut self) {
        let (hotkey, netuid) = (self.chance.hotkey(), self.chance.netuid());
        let uids: Vec<Uid> = (0..6).filter(|_| self.chance.below(2) == 0).map(Uid).collect();
        let values: Vec<u16> = uids
            .iter()
            .map(|_| u16::try_from(self.chance.below(65_536)).unwrap())
            .collect();
        match self.chance.below(3) {
            0 => drop(self.attempt(hotkey, rewards::set_weights(netuid, uids, values, 0))),
            1 => {
                let reveal = Reveal {
                    uids,
                    values,
                    salt: [hotkey; 32],
                    version_key: 0,
                };
                let hash = self.network.hash(netuid, hotkey, &reveal);
                self.attempt(hotkey, rewards::commit_weights(netuid, hash));
                self.reveals.push((hotkey, netuid, reveal));
            }
            _ => {
                if let Some((hotkey, netuid, reveal)) = self.reveals.pop() {
                    self.attempt(hotkey, rewards::reveal_weights(netuid, reveal));
                }
            }
        }
    }

    fn epoch(&mut self) {
        let (who, netuid) = (self.chance.anyone(), self.chance.netuid());
        if let Some(EpochProgress::Finished(summary)) = self.attempt(who, rewards::run_epoch(netuid)) {
            self.issued += u128::from(summary.paid.0);
        }
    }

    /// What nobody may.
    fn cheat(&mut self) {
        let (who, other, netuid) = (
            self.chance.anyone(),
            account(self.chance.hotkey() + 100),
            self.chance.netuid(),
        );
        let amount = self.chance.amount();
        let value = u128::from(amount.0);
        let refused = match self.chance.below(8) {
            0 => self.attempt(who, tao::mint(account(who), value)).is_none(),
            1 => {
                let payout = Payout {
                    hotkey: account(who),
                    coldkey: account(who),
                    incentive: amount,
                    dividends: amount,
                };
                self.attempt(who, staking::distribute(netuid, vec![payout])).is_none()
            }
            2 => {
                let update = NeuronUpdate {
                    uid: Uid(0),
                    pruning_score: 1,
                    validator_permit: true,
                };
                self.attempt(who, registry::apply_epoch(netuid, 1, vec![update]))
                    .is_none()
            }
            3 => {
                let spent = self.attempt(who, tao::transfer_from(other, account(who), value.max(1), vec![]));
                spent.is_none() || other == account(who)
            }
            5 => self.attempt(who, staking::rename_hotkey(other, account(who))).is_none(),
            6 => {
                let swap = registry::swap_hotkey(other, account(self.chance.hotkey()), account(who));
                self.attempt(who, swap).is_none()
            }
            4 => self.attempt(who, tao::set_minter(account(who))).is_none(),
            _ => {
                let hash = Hash::from([7; 32]);
                self.attempt(who, rewards::commit_weights(NetUid(9), hash)).is_none()
            }
        };
        assert!(refused);
        let amount = u128::from(self.chance.below(1_000));
        self.burn(who, tao::burn(amount));
        let contract = self.network.address(Contract::Staking);
        self.attempt(who, tao::approve(contract, value));
        if self.chance.below(40) == 0 {
            self.attempt(OWNER, registry::create_subnet(identity(), task(), ENDOWMENT));
        }
    }

    fn look(&mut self) {
        self.network.assert_conserved();
        let supply = self.network.read(tao::total_supply());
        assert_eq!(supply, self.issued - self.burned, "issued less burned");
        let economy = self.network.read(rewards::economy()).unwrap();
        assert!(u128::from(economy.cap.0) >= supply);
        let subnets = self.network.read(registry::subnets(0, 16)).unwrap().items;
        let blocks = u128::from(self.network.chain.block() - self.first);
        let mut accrued = self.issued - u128::from(ENDOWMENT.0);
        for subnet in subnets {
            let status = self.network.read(rewards::epoch_status(subnet.netuid)).unwrap();
            accrued += u128::from(status.pending.0);
            let rows = self
                .network
                .read(rewards::metagraph(subnet.netuid, 0, 64))
                .unwrap()
                .items;
            let counted: u128 = rows.iter().map(|row| u128::from(row.stake.0)).sum();
            assert!(counted <= u128::from(economy.staked.0), "stake counts once");
        }
        // Nobody gets near the first halving here.
        assert_eq!(
            accrued,
            blocks * u128::from(RAO_PER_TAO),
            "each block's TAO is paid or pending"
        );
    }

    /// Everyone leaves with what they have; nothing remains.
    fn close(&mut self) {
        for who in (0..=u8::MAX).map(account) {
            let positions = self.network.read(staking::positions(who, 0, 64)).unwrap().items;
            for position in positions {
                let number = <inktensor_primitives::AccountId as AsRef<[u8; 32]>>::as_ref(&who)[0];
                let paid = self.network.ok(number, staking::unstake_all(position.hotkey));
                assert!(paid >= position.stake);
            }
        }
        assert_eq!(self.network.read(staking::total_stake()), Ok(Rao::ZERO));
        self.network.assert_conserved();
    }
}

fn run(seed: u64) {
    println!("SEED={seed}");
    let mut world = World::new(seed);
    for step in 1..=STEPS {
        world.step();
        if step % LOOK_EVERY == 0 {
            world.look();
        }
    }
    world.close();
}

#[test]
fn all_tao_is_somebodys_whatever_anyone_does() {
    chance::seeds(6).into_iter().for_each(run);
}
