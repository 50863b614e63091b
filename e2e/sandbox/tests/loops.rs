//! Nothing that strangers do for next to nothing makes a message of others dearer.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_primitives::registry::{Endpoint, Protocol};
use inktensor_primitives::rewards::SubnetVote;
use inktensor_primitives::staking::Child;
use inktensor_primitives::{AccountId, NetUid, Rao};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, miner_key, model, task};
use std::collections::BTreeMap;

const VALIDATOR: u8 = 10;
const MINER: u8 = 11;
/// Many enough that a loop over them shows.
const STRANGERS: std::ops::Range<u8> = 150..240;
/// Who opens and dissolves subnets, with a lock of its own that always comes back.
const OPENER: u8 = 241;

fn network() -> (Network, NetUid) {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, VALIDATOR, Rao::from_tao(1_000));
    network.join(netuid, MINER, Rao::ZERO);
    network.fund(112, Rao::from_tao(200));
    for stranger in STRANGERS {
        network.fund(stranger, Rao::from_tao(1));
    }
    network.fund(OPENER, Rao::from_tao(3_000));
    network.epoch(netuid);
    (network, netuid)
}

/// What people do, and the time that each message takes.
fn honest(network: &mut Network, netuid: NetUid) -> BTreeMap<&'static str, u64> {
    let (validator, miner, coldkey) = (account(VALIDATOR), account(MINER), VALIDATOR + 100);
    let tao = Rao::from_tao(1);
    // The next message is the first of its block that learns what changed: the same in every network.
    network.ok(OWNER, rewards::count_votes());
    network.costs.clear();
    network.ok(coldkey, tao::transfer(account(MINER + 100), 5, vec![]));
    network.ok(coldkey, staking::stake(validator, tao));
    network.ok(coldkey, staking::unstake(validator, tao));
    network.ok(coldkey, staking::move_stake(validator, miner, Some(tao)));
    network.ok(
        coldkey,
        staking::transfer_stake(validator, account(MINER + 100), Some(tao)),
    );
    network.ok(coldkey, staking::record_votes(validator));
    network.ok(VALIDATOR, staking::set_take(validator, 0));
    let child = Child {
        hotkey: miner,
        proportion: 1 << 62,
    };
    network.ok(VALIDATOR, staking::set_children(netuid, validator, vec![child]));
    network.ok(112, registry::register(netuid, account(12), ENDOWMENT));
    network.ok(12, registry::publish_model(netuid, model(1)));
    let endpoint = Endpoint {
        uri: "https://miner.example:8091".into(),
        protocol: Protocol::Http,
        tls_key: None,
    };
    network.ok(12, registry::set_endpoint(netuid, Some(endpoint)));
    let reveal = network.commit(netuid, VALIDATOR, &[(1, 1), (2, 1)]);
    network.ok(VALIDATOR, rewards::vote_subnets(vec![SubnetVote { netuid, weight: 1 }]));
    network.ok(OWNER, rewards::count_votes());
    network.wait(10);
    network.ok(VALIDATOR, rewards::reveal_weights(netuid, reveal));
    network.epoch(netuid);
    network.ok(MINER + 100, rewards::swap_hotkey(miner, account(21)));
    network.ok(coldkey, staking::unstake_all(validator));
    let costs = network.costs.drain(..);
    costs.map(|(label, outcome)| (label, outcome.gas.ref_time())).collect()
}

/// What strangers can do to others at the price of fees and of TAO that they get back.
fn meddle(network: &mut Network, netuid: NetUid) {
    let (victim, hotkey) = (account(VALIDATOR + 100), account(VALIDATOR));
    let least = network.read(staking::minimum_stake()).unwrap();
    for stranger in STRANGERS {
        network.ok(stranger, staking::stake(hotkey, least));
        // A position that nobody asked for.
        let elsewhere: AccountId = miner_key(stranger, 0);
        network.ok(stranger, staking::stake(elsewhere, least));
        network.ok(stranger, staking::transfer_stake(elsewhere, victim, None));
        network.ok(stranger, staking::set_auto_stake(netuid, Some(hotkey)));
        network.ok(stranger, staking::record_votes(hotkey));
        network.ok(stranger, tao::transfer(victim, 1, vec![]));
        network.ok(stranger, tao::approve(victim, 1));
        network.ok(stranger, registry::announce_coldkey_swap(victim));
        network.ok(stranger, rewards::count_votes());
        network.wait(1);
    }
    for _ in 0..STRANGERS.len() {
        let opened = network.ok(OPENER, registry::create_subnet(identity(), task(), ENDOWMENT));
        network.ok(OPENER, registry::offer_subnet(opened, Some(victim)));
        network.ok(OPENER, registry::dissolve_subnet(opened));
    }
}

#[test]
fn nothing_that_strangers_do_makes_messages_of_others_dearer() {
    let (mut quiet, netuid) = network();
    let expected = honest(&mut quiet, netuid);
    let (mut busy, netuid) = network();
    meddle(&mut busy, netuid);
    let measured = honest(&mut busy, netuid);
    busy.assert_conserved();
    for (label, now) in measured {
        let before = expected[label];
        println!("{label}: {before} before, {now} after strangers");
        // A key that is there already is longer to read than one that is not.
        assert!(
            now < before + before / 10,
            "{label}: {before} before, {now} after strangers"
        );
    }
}
