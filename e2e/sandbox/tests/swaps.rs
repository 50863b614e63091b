//! A hotkey that takes another's place, with everything that others staked to it.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::{Call, ceilings};
use inktensor_primitives::registry::{
    Error as RegistryError, Hyperparameter, MAX_SUBNETS, ModelCommitment, NetworkRule,
};
use inktensor_primitives::rewards::{Error, SubnetVote};
use inktensor_primitives::staking::{Child, Error as StakingError};
use inktensor_primitives::{AccountId, NetUid, Rao, Uid};
use inktensor_runtime::Runtime;
use inktensor_sandbox::network::{Network, OWNER, account, miner_key, model};

const OLD: u8 = 10;
const NEW: u8 = 20;
/// Owns both hotkeys.
const COLDKEY: u8 = 110;
const NOMINATOR: u8 = 130;
const STRANGER: u8 = 240;

/// A subnet with a validator, which a nominator staked to, and a miner that it weighs; one epoch has paid for it.
fn validating() -> (Network, NetUid) {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, OLD, Rao::from_tao(100));
    network.join(netuid, 11, Rao::ZERO);
    network.fund(NOMINATOR, Rao::from_tao(500));
    network.ok(NOMINATOR, staking::stake(account(OLD), Rao::from_tao(300)));
    network.epoch(netuid);
    let reveal = network.commit(netuid, OLD, &[(1, 65_535)]);
    network.wait(10);
    network.ok(OLD, rewards::reveal_weights(netuid, reveal));
    assert!(network.epoch(netuid).paid > Rao::ZERO);
    (network, netuid)
}

fn stake_of(network: &mut Network, coldkey: u8, hotkey: u8) -> Rao {
    network
        .read(staking::stake_of(account(hotkey), account(coldkey)))
        .unwrap()
}

/// The hotkey in the subnet's first slot, and all stake on it.
fn first_slot(network: &mut Network, netuid: NetUid) -> (AccountId, Rao) {
    let row = network.read(rewards::metagraph(netuid, 0, 1)).unwrap().items.remove(0);
    (row.hotkey, row.stake)
}

#[test]
fn nominators_follow_and_earn_on() {
    let (mut network, netuid) = validating();
    // Not the sum of the positions, each of which is rounded down.
    let (_, staked) = first_slot(&mut network, netuid);
    let ballot = vec![SubnetVote { netuid, weight: 1 }];
    network.ok(OLD, rewards::vote_subnets(ballot.clone()));
    let before = [COLDKEY, NOMINATOR].map(|who| stake_of(&mut network, who, OLD));
    let supply = network.read(tao::total_supply());
    network.ok(COLDKEY, rewards::swap_hotkey(account(OLD), account(NEW)));
    let cost = network.read(registry::network_rules()).unwrap().hotkey_swap_cost;
    assert_eq!(network.read(tao::total_supply()), supply - u128::from(cost.0));

    assert_eq!([COLDKEY, NOMINATOR].map(|who| stake_of(&mut network, who, NEW)), before);
    let positions = network.read(staking::positions(account(NOMINATOR), 0, 64)).unwrap();
    assert_eq!((positions.total, positions.items[0].hotkey), (1, account(NEW)));
    assert_eq!(
        network.read(registry::successor_of(account(OLD))),
        Ok(Some(account(NEW)))
    );
    assert_eq!(network.read(rewards::voters()), Ok(vec![account(NEW)]));
    assert_eq!(network.read(rewards::ballot(account(NEW))), Ok(ballot.clone()));
    assert_eq!(first_slot(&mut network, netuid), (account(NEW), staked));

    // Weights are the slot's: the next epoch pays by them, and the nominator earns.
    network.epoch(netuid);
    assert!(stake_of(&mut network, NOMINATOR, NEW) > before[1]);
    // What the old hotkey's thief could want.
    assert_eq!(
        network.refused(OLD, rewards::vote_subnets(ballot)),
        Error::NotEnoughStake
    );
    assert_eq!(
        network.refused(OLD, staking::set_take(account(NEW), 0)),
        StakingError::NotAllowed
    );
    assert_eq!(
        network.refused(OLD, rewards::commit_weights(netuid, [1; 32].into())),
        Error::NotRegistered
    );
    let reveal = network.commit(netuid, NEW, &[(1, 65_535)]);
    network.wait(10);
    network.ok(NEW, rewards::reveal_weights(netuid, reveal));
    network.ok(NOMINATOR, staking::unstake_all(account(OLD)));
    assert_eq!(stake_of(&mut network, NOMINATOR, NEW), Rao::ZERO);
    network.assert_conserved();
}

#[test]
fn a_swap_that_is_refused_changes_nothing_anywhere() {
    let (mut network, netuid) = validating();
    let swap = |old, new| rewards::swap_hotkey(account(old), account(new));
    let registry = |error| Error::RefusedByRegistry(error);
    let supply = network.read(tao::total_supply());
    assert_eq!(
        network.refused(STRANGER, swap(OLD, NEW)),
        registry(RegistryError::HotkeyNotOwned)
    );
    assert_eq!(
        network.refused(COLDKEY, swap(OLD, 11)),
        registry(RegistryError::HotkeyOwnedByOther)
    );
    // Whoever wants to be in the way stakes to the new hotkey first: another one is as good.
    network.ok(NOMINATOR, staking::stake(account(21), Rao::from_tao(1)));
    assert_eq!(network.refused(COLDKEY, swap(OLD, 21)), Error::HotkeyInUse);
    assert_eq!(network.read(registry::uid_of(netuid, account(OLD))), Ok(Some(Uid(0))));
    assert_eq!(network.read(registry::owner_of(account(21))), Ok(None));
    assert_eq!(network.read(tao::total_supply()), supply);
    // Either half alone is nobody's but the rewards contract's to do.
    let half = registry::swap_hotkey(account(COLDKEY), account(OLD), account(NEW));
    assert_eq!(network.refused(COLDKEY, half), RegistryError::NotAllowed);
    let half = staking::rename_hotkey(account(OLD), account(NEW));
    assert_eq!(network.refused(COLDKEY, half), StakingError::NotAllowed);

    network.ok(COLDKEY, swap(OLD, NEW));
    for (old, new) in [(OLD, 22), (NEW, OLD)] {
        assert_eq!(
            network.refused(COLDKEY, swap(old, new)),
            registry(RegistryError::HotkeySwappedAway)
        );
    }
    assert_eq!(
        network.refused(COLDKEY, registry::register(netuid, account(OLD), Rao::from_tao(100))),
        RegistryError::HotkeySwappedAway
    );
    network.ok(COLDKEY, swap(NEW, 23));
    assert!(stake_of(&mut network, NOMINATOR, 23) >= Rao::from_tao(300));
    network.assert_conserved();
}

#[test]
fn a_swap_needs_what_it_burns() {
    let (mut network, _) = validating();
    let registry = network.address(inktensor_client::Contract::Registry);
    network.ok(COLDKEY, tao::approve(registry, 0));
    assert_eq!(
        network.refused(COLDKEY, rewards::swap_hotkey(account(OLD), account(NEW))),
        Error::RefusedByRegistry(RegistryError::InsufficientTao)
    );
    assert!(stake_of(&mut network, NOMINATOR, OLD) >= Rao::from_tao(300));
}

/// A hotkey on all subnets that can be open, beside others with which it shares full pages, with a model on each, a pool that lends to
/// child keys, and a ballot on all.
fn everywhere() -> Network {
    /// As many slots as share a cell.
    const SLOTS: u16 = 32;
    const OTHERS: u8 = 111;
    let mut network = Network::new();
    // Locks stay cheap.
    for rule in [NetworkRule::MinLock(Rao::from_tao(1)), NetworkRule::LockFall(1)] {
        network.ok(OWNER, registry::set_network_rule(rule));
    }
    for coldkey in [COLDKEY, OTHERS] {
        network.fund(coldkey, Rao::from_tao(100_000));
    }
    let price = Rao::from_tao(100);
    let mut ballot = Vec::new();
    for _ in 0..MAX_SUBNETS {
        network.wait(1);
        let netuid = network.open_subnet();
        let rule = Hyperparameter::BurnIncrease(1_000);
        network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
        for other in 1..SLOTS {
            network.ok(OTHERS, registry::register(netuid, miner_key(OTHERS, other), price));
        }
        network.ok(COLDKEY, registry::register(netuid, account(OLD), price));
        let uri = format!("https://models.example/{}", "m".repeat(200));
        let commitment = ModelCommitment { uri, ..model(OLD) };
        network.ok(OLD, registry::publish_model(netuid, commitment));
        ballot.push(SubnetVote { netuid, weight: 1 });
    }
    network.ok(COLDKEY, staking::stake(account(OLD), Rao::from_tao(1_000)));
    let netuid = ballot[0].netuid;
    let child = |number| Child {
        hotkey: miner_key(OTHERS, number),
        proportion: u64::MAX / 8,
    };
    network.ok(
        OLD,
        staking::set_children(netuid, account(OLD), (1..6).map(child).collect()),
    );
    network.ok(OLD, rewards::vote_subnets(ballot));
    network
}

#[test]
fn the_dearest_swap_stays_below_half_of_what_clients_allow_it() {
    let mut network = everywhere();
    let swap = || rewards::swap_hotkey(account(OLD), account(NEW));
    network.ok(COLDKEY, swap());
    let (label, used) = network.costs.last().unwrap();
    let ceiling = ceilings::of(&Call::from(swap())).unwrap();
    println!("{label}: {used:?} of {ceiling:?}");
    assert!(2 * used.gas.ref_time() <= ceiling.ref_time);
    assert!(2 * used.gas.proof_size() <= ceiling.proof_size);
    let items = <Runtime as pallet_contracts::Config>::DepositPerItem::get() * u128::from(ceiling.items);
    let bytes = <Runtime as pallet_contracts::Config>::DepositPerByte::get() * u128::from(ceiling.bytes);
    assert!(2 * used.deposit <= i128::try_from(items + bytes).unwrap());
    let last = NetUid(MAX_SUBNETS - 1);
    assert_eq!(network.read(registry::uid_of(last, account(NEW))), Ok(Some(Uid(31))));
}
