//! The registry's life beyond a round: subnets that change hands and dissolve, keys that are swapped, rules that freeze.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::Contract;
use inktensor_client::messages::{registry, rewards, tao};
use inktensor_primitives::registry::{Error, Hyperparameter, NetworkRule};
use inktensor_primitives::rewards::Error as RewardsError;
use inktensor_primitives::{NetUid, Rao, Uid};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, model, task};

const BUYER: u8 = 60;
const STRANGER: u8 = 240;

#[test]
fn a_dissolved_subnet_pays_its_lock_back_and_leaves_its_emission_to_the_others() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.fund(BUYER, Rao::from_tao(3_000));
    let other = network.ok(BUYER, registry::create_subnet(identity(), task(), ENDOWMENT));
    let lock = network.read(registry::subnet(other)).unwrap().lock;
    network.join(netuid, 10, Rao::from_tao(100));
    network.wait(20);
    network.assert_conserved();

    let before = network.tao_of(account(BUYER));
    assert_eq!(
        network.refused(STRANGER, registry::dissolve_subnet(other)),
        Error::NotAllowed
    );
    assert_eq!(network.ok(BUYER, registry::dissolve_subnet(other)), lock);
    assert_eq!(network.tao_of(account(BUYER)), before + u128::from(lock.0));
    assert_eq!(network.read(registry::subnet(other)), Err(Error::UnknownSubnet));
    assert_eq!(
        network.read(rewards::epoch_status(other)),
        Err(RewardsError::UnknownSubnet)
    );
    network.assert_conserved();

    // Both shared until then; with the next block all that was emitted is the remaining one's.
    network.wait(1);
    let pending = network.read(rewards::epoch_status(netuid)).unwrap().pending;
    let economy = network.read(rewards::economy()).unwrap();
    let created = network.read(registry::subnet(netuid)).unwrap().created_at;
    let blocks = u64::from(network.chain.block() - created);
    assert_eq!(pending, Rao(blocks * economy.block_emission.0));
    network.epoch(netuid);
    network.assert_conserved();
    assert_eq!(network.ok(STRANGER, registry::sweep_subnet(other, 64)), 0);
}

#[test]
fn a_subnet_changes_hands_with_its_lock_and_its_protected_neuron() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.fund(BUYER, Rao::from_tao(200));
    network.ok(BUYER, registry::register(netuid, account(11), Rao::from_tao(100)));
    assert_eq!(
        network.refused(BUYER, registry::accept_subnet(netuid)),
        Error::NotOffered
    );
    network.ok(OWNER, registry::offer_subnet(netuid, Some(account(BUYER))));
    assert_eq!(network.read(registry::subnet_offer(netuid)), Ok(Some(account(BUYER))));
    network.ok(BUYER, registry::accept_subnet(netuid));
    assert_eq!(network.read(registry::subnet(netuid)).unwrap().owner, account(BUYER));
    assert_eq!(
        network.refused(OWNER, registry::offer_subnet(netuid, None)),
        Error::NotAllowed
    );
    network.ok(BUYER, registry::dissolve_subnet(netuid));
    network.assert_conserved();
}

#[test]
fn an_owner_who_does_not_govern_waits_for_the_epoch() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 10, Rao::from_tao(100));
    network.ok(OWNER, registry::set_governance(account(STRANGER)));
    network.epoch(netuid);
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::ImmunityPeriod(7)),
    );
    assert_eq!(
        network.refused(OWNER, registry::set_hyperparameter(netuid, Hyperparameter::Kappa(7))),
        Error::GovernanceOnly
    );
    let freeze = network.read(registry::rules_freeze(netuid)).unwrap();
    network.chain.run_to_block(freeze.from);
    assert_eq!(
        network.refused(
            OWNER,
            registry::set_hyperparameter(netuid, Hyperparameter::ImmunityPeriod(8))
        ),
        Error::RulesFrozen
    );
    network.ok(
        STRANGER,
        registry::set_hyperparameter(netuid, Hyperparameter::ImmunityPeriod(9)),
    );
    network.epoch(netuid);
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::ImmunityPeriod(10)),
    );
}

#[test]
fn a_swapped_hotkey_goes_on_and_burns_what_it_costs() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    let uid = network.join(netuid, 10, Rao::from_tao(100));
    network.ok(10, registry::publish_model(netuid, model(1)));
    let supply = network.read(tao::total_supply());
    let cost = network.read(registry::network_rules()).unwrap().hotkey_swap_cost;
    assert_eq!(
        network.refused(STRANGER, rewards::swap_hotkey(account(10), account(20))),
        RewardsError::RefusedByRegistry(Error::HotkeyNotOwned)
    );
    network.ok(110, rewards::swap_hotkey(account(10), account(20)));
    assert_eq!(network.read(tao::total_supply()), supply - u128::from(cost.0));
    assert_eq!(network.read(registry::uid_of(netuid, account(20))), Ok(Some(uid)));
    assert_eq!(
        network.refused(10, registry::publish_model(netuid, model(2))),
        Error::NotRegistered
    );
    network.ok(20, registry::publish_model(netuid, model(2)));
    let history = network.read(registry::model_history(netuid, uid, 0, 16)).unwrap();
    assert_eq!(history.total, 2);
    let first = network.read(registry::model_origin(model(1).hash)).unwrap().unwrap();
    assert_eq!((first.uid, first.sequence), (uid, 0));
    network.assert_conserved();
}

#[test]
fn a_coldkey_swap_is_announced_and_moves_hotkeys_and_subnets() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.ok(OWNER, registry::set_network_rule(NetworkRule::ColdkeySwapDelay(30)));
    network.ok(OWNER, registry::register(netuid, account(10), Rao::from_tao(100)));
    assert_eq!(
        network.refused(STRANGER, registry::finish_coldkey_swap(account(OWNER))),
        Error::NoSwapAnnounced
    );
    let ready_at = network.ok(OWNER, registry::announce_coldkey_swap(account(BUYER)));
    assert_eq!(
        network.refused(STRANGER, registry::finish_coldkey_swap(account(OWNER))),
        Error::SwapTooEarly
    );
    network.chain.run_to_block(ready_at);
    assert_eq!(network.ok(STRANGER, registry::finish_coldkey_swap(account(OWNER))), 0);
    assert_eq!(network.read(registry::subnet(netuid)).unwrap().owner, account(BUYER));
    assert_eq!(network.read(registry::owner_of(account(10))), Ok(Some(account(BUYER))));
    let neuron = network.read(registry::neuron(netuid, Uid(0))).unwrap();
    assert_eq!(neuron.coldkey, account(BUYER));
    assert_eq!(
        network.read(registry::hotkeys(account(BUYER), 0, 128)).unwrap().items,
        [account(10)]
    );
    network.assert_conserved();
}

#[test]
fn replacing_a_model_costs_the_bonds_on_it_where_the_subnet_says_so() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::BondsReset(true)),
    );
    let uid = network.join(netuid, 10, Rao::ZERO);
    network.ok(10, registry::publish_model(netuid, model(1)));
    let slot = |network: &mut Network| {
        network
            .read(registry::slots(netuid, u32::from(uid.0), 1))
            .unwrap()
            .items[0]
            .clone()
    };
    assert_eq!(slot(&mut network).bonds_reset_at, 0);
    network.wait(3);
    network.ok(10, registry::publish_model(netuid, model(2)));
    assert_eq!(slot(&mut network).bonds_reset_at, network.chain.block());
}

#[test]
fn numbers_of_dissolved_subnets_are_not_used_again() {
    let mut network = Network::new();
    let first = network.open_subnet();
    network.ok(OWNER, registry::dissolve_subnet(first));
    let second = network.open_subnet();
    assert_eq!((first, second), (NetUid(0), NetUid(1)));
    network.join(second, 10, Rao::from_tao(10));
    network.epoch(second);
    network.assert_conserved();
    let held = network.address(Contract::Registry);
    assert_eq!(
        network.tao_of(held),
        u128::from(network.read(registry::subnet(second)).unwrap().lock.0)
    );
    // Nobody has set weights yet, so what the subnet is due waits.
    assert!(network.read(rewards::epoch_status(second)).unwrap().pending > Rao::ZERO);
}
