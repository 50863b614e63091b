//! What each message costs, as the table contracts/GAS.md.
//!
//! `UPDATE_TABLES=1 cargo test --profile chain -p inktensor-runtime -p inktensor-node -p inktensor-sandbox --test gas` writes the table; without the variable the
//! test asserts that it has a row for each message and epoch, and that everything fits the limits of the chain.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_primitives::registry::{Endpoint, Hyperparameter, Protocol};
use inktensor_primitives::rewards::SubnetVote;
use inktensor_primitives::staking::Child;
use inktensor_primitives::{NetUid, Rao, Uid};
use inktensor_runtime::UNIT;
use inktensor_sandbox::network::{Network, OWNER, account, identity, model, task};
use inktensor_sandbox::{Outcome, contract_code};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Bittensor's limit of a contract's code, in bytes.
const CODE_LIMIT: usize = 128 * 1024;
/// What one transaction may use of a block: 1.3 of its 2 seconds, in picoseconds.
const REF_TIME_LIMIT: u64 = 1_300_000_000_000;

/// What one call of an epoch of 256 neurons may use, in picoseconds.
const EPOCH_LIMIT: u64 = 250_000_000_000;
/// What one page of a larger one may use: half a block.
const PAGE_LIMIT: u64 = 1_000_000_000_000;

/// The epochs that are measured: validators, miners, and how many of the miners each validator weighs.
const EPOCHS: [(u8, u16, u16); 10] = [
    (2, 3, 3),
    (8, 24, 24),
    (16, 48, 48),
    (16, 240, 240),
    (64, 192, 16),
    (64, 192, 96),
    (64, 192, 192),
    (64, 448, 448),
    (128, 896, 72),
    (128, 896, 896),
];

#[test]
fn the_table_is_complete_and_all_fits() {
    let messages = messages();
    let mut epochs: Vec<(String, Outcome)> = Vec::new();
    for (validators, miners, weighed) in EPOCHS {
        let density = f64::from(weighed) * 100.0 / f64::from(miners);
        let subnet = format!("{validators} x {miners}, {density:.0} %");
        let pages = epoch(validators, miners, weighed);
        let is_one_call = pages.len() == 1;
        assert_eq!(
            is_one_call,
            u16::from(validators) + miners <= 256,
            "{subnet} takes {} calls",
            pages.len()
        );
        for (number, page) in (1..).zip(pages) {
            let limit = if is_one_call { EPOCH_LIMIT } else { PAGE_LIMIT };
            assert!(page.gas.ref_time() < limit, "{subnet}, call {number}: {:?}", page.gas);
            let name = if is_one_call {
                subnet.clone()
            } else {
                format!("{subnet}, call {number}")
            };
            epochs.push((name, page));
        }
    }
    for (name, outcome) in messages
        .iter()
        .map(|(name, outcome)| (*name, outcome))
        .chain(epochs.iter().map(|(name, outcome)| (name.as_str(), outcome)))
    {
        assert!(outcome.gas.ref_time() < REF_TIME_LIMIT, "{name}: {:?}", outcome.gas);
    }

    let table = table(&messages, &epochs);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/GAS.md");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(path, &table).unwrap_or_else(|error| panic!("cannot write {path}: {error}"));
    }
    let stored = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    assert_eq!(
        rows(&stored),
        rows(&table),
        "write it again: UPDATE_TABLES=1 with the command that the table names"
    );
}

/// The dearest call of each message in a life of the network that uses all of them.
fn messages() -> BTreeMap<&'static str, Outcome> {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::from_tao(1_000));
    network.join(netuid, 12, Rao::from_tao(500));
    for number in [13, 14] {
        network.join(netuid, number, Rao::ZERO);
        network.ok(number, registry::publish_model(netuid, model(number)));
    }
    let endpoint = Endpoint {
        uri: "https://miner.example:8091".into(),
        protocol: Protocol::Http,
        tls_key: None,
    };
    network.ok(13, registry::set_endpoint(netuid, Some(endpoint)));
    let reveals = [11, 12].map(|validator| (validator, network.commit(netuid, validator, &[(2, 2), (3, 1)])));
    network.read(rewards::commits(netuid, account(11))).unwrap();
    network.epoch(netuid);
    for (validator, reveal) in reveals {
        network.ok(validator, rewards::reveal_weights(netuid, reveal));
    }
    network.epoch(netuid);
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::CommitReveal(false)),
    );
    network.ok(11, rewards::set_weights(netuid, vec![Uid(2), Uid(3)], vec![1, 2], 0));
    network.ok(OWNER, registry::set_identity(netuid, identity()));
    network.ok(OWNER, registry::set_task(netuid, task()));
    network.ok(11, staking::set_take(account(11), 100));
    network.ok(111, staking::unstake(account(11), Rao::from_tao(1)));
    stakers(&mut network, netuid);
    network.ok(111, staking::unstake_all(account(11)));
    token(&mut network);
    reads(&mut network, netuid);

    let mut dearest = BTreeMap::new();
    for (label, outcome) in network.costs.drain(..) {
        let dearer = dearest
            .get(label)
            .is_none_or(|known: &Outcome| known.gas.ref_time() < outcome.gas.ref_time());
        if dearer {
            dearest.insert(label, outcome);
        }
    }
    dearest
}

/// What stakers and owners of hotkeys do beside staking.
fn stakers(network: &mut Network, netuid: NetUid) {
    let some = Some(Rao::from_tao(1));
    network.ok(111, staking::move_stake(account(11), account(12), some));
    network.ok(111, staking::transfer_stake(account(12), account(112), None));
    network.ok(111, staking::record_votes(account(11)));
    let children = [13, 14].map(|number| Child {
        hotkey: account(number),
        proportion: u64::MAX / 4,
    });
    network.ok(11, staking::set_children(netuid, account(11), children.to_vec()));
    network.ok(13, staking::set_child_take(netuid, account(13), 100));
    network.ok(113, staking::set_auto_stake(netuid, Some(account(12))));
    network.wait(1);
    let past = network.chain.block() - 1;
    let hotkeys = vec![account(11), account(12)];
    network
        .read(staking::past_votes(account(112), hotkeys.clone(), past))
        .unwrap();
    network.read(staking::past_total(past)).unwrap();
    network.read(staking::family(netuid, account(11))).unwrap();
    network.read(staking::auto_stake(netuid, account(113))).unwrap();
    network.read(staking::subnet_stakes(netuid, hotkeys)).unwrap();
    let ballot = vec![SubnetVote { netuid, weight: 1 }];
    network.ok(11, rewards::vote_subnets(ballot));
    network.ok(OWNER, rewards::count_votes());
    network.read(rewards::subnet_shares()).unwrap();
    network.read(rewards::voters()).unwrap();
    network.read(rewards::ballot(account(11))).unwrap();
}

fn token(network: &mut Network) {
    network.ok(OWNER, tao::increase_allowance(account(2), 5));
    network.ok(OWNER, tao::decrease_allowance(account(2), 2));
    network.ok(2, tao::transfer_from(account(OWNER), account(3), 1, vec![]));
    network.ok(2, tao::burn_from(account(OWNER), 1));
    network.ok(OWNER, tao::burn(1));
    network.read(tao::token_name());
    network.read(tao::token_symbol());
    network.read(tao::token_decimals());
    network.read(tao::minter());
    network.read(tao::total_supply());
    network.read(tao::balance_of(account(OWNER)));
    network.read(tao::allowance(account(OWNER), account(2)));
}

fn reads(network: &mut Network, netuid: NetUid) {
    network.read(registry::rewards());
    network.read(rewards::domain());
    network.read(registry::lock_cost()).unwrap();
    network.read(registry::subnet(netuid)).unwrap();
    network.read(registry::subnets(0, 16)).unwrap();
    network.read(registry::hyperparameters(netuid)).unwrap();
    network.read(registry::terms(netuid)).unwrap();
    network.read(registry::burn_price(netuid)).unwrap();
    network.read(registry::owner_of(account(11))).unwrap();
    network.read(registry::uid_of(netuid, account(11))).unwrap();
    network.read(registry::neuron(netuid, Uid(0))).unwrap();
    network.read(registry::neurons(netuid, 0, 32)).unwrap();
    network.read(registry::slots(netuid, 0, 128)).unwrap();
    network.read(registry::model(netuid, Uid(2))).unwrap();
    network.read(registry::models(netuid, 0, 16)).unwrap();
    network.read(staking::stake_of(account(12), account(112))).unwrap();
    network.read(staking::positions(account(112), 0, 64)).unwrap();
    network.read(staking::delegate(account(12))).unwrap();
    network.read(staking::delegates(0, 64)).unwrap();
    network
        .read(staking::hotkey_stakes(vec![account(11), account(12)]))
        .unwrap();
    network.read(staking::total_stake()).unwrap();
    network.read(staking::minimum_stake()).unwrap();
    network.read(rewards::weights(netuid, 0, 64)).unwrap();
    network.read(rewards::epoch_status(netuid)).unwrap();
    network.read(rewards::metagraph(netuid, 0, 64)).unwrap();
    network.read(rewards::economy()).unwrap();
}

/// The calls of the third epoch of a subnet of such a size: all weights count, there are bonds of the second, and the waiting commits of
/// each validator are looked up.
fn epoch(validators: u8, miners: u16, weighed: u16) -> Vec<Outcome> {
    const FIRST: u8 = 10;
    let mut network = Network::new();
    let netuid = network.crowd(2, FIRST, validators, miners);
    let servers = u16::from(validators)..u16::from(validators) + miners;
    for (place, validator) in (FIRST..FIRST + validators).enumerate() {
        // Spread so that every miner is weighed by some.
        let skip = place * usize::from(weighed) % usize::from(miners);
        let mut uids: Vec<Uid> = servers
            .clone()
            .cycle()
            .skip(skip)
            .take(usize::from(weighed))
            .map(Uid)
            .collect();
        uids.sort_unstable();
        let value = |number: u16| 1 + number % 90 * 500 + u16::from(validator) * 131;
        let values = (1..=weighed).map(value).collect();
        network.ok(validator, rewards::set_weights(netuid, uids, values, 0));
    }
    network.epoch(netuid);
    let rule = Hyperparameter::CommitReveal(true);
    network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
    network.costs.clear();
    network.epoch(netuid);
    network.assert_conserved();
    let calls = network.costs.into_iter().filter(|(label, _)| *label == "run_epoch");
    calls.map(|(_, outcome)| outcome).collect()
}

fn table(messages: &BTreeMap<&'static str, Outcome>, epochs: &[(String, Outcome)]) -> String {
    let mut text = String::from(
        "# What the contracts cost\n\n\
         Measured in the sandbox by `UPDATE_TABLES=1 cargo test --profile chain -p inktensor-runtime -p inktensor-node -p inktensor-sandbox --test gas`.\n\
         ref_time is in milliseconds of the chain's reference machine (a block has 2,000), proof_size in KiB, the deposit for storage\n\
         in the chain's own coin.\n\n\
         ## Code\n\n| contract | bytes of at most 131072 |\n|---|---|\n",
    );
    for name in ["tao", "registry", "staking", "rewards"] {
        let size = contract_code(name).len();
        assert!(size <= CODE_LIMIT, "{name} has {size} bytes");
        let _ = writeln!(text, "| {name} | {size} |");
    }
    text.push_str("\n## Messages\n\nThe dearest call of each in a network of four neurons.\n\n| message | ref_time | proof_size | deposit |\n|---|---|---|---|\n");
    for (name, outcome) in messages {
        text.push_str(&row(name, outcome));
    }
    text.push_str("\n## Epochs\n\nCalls of run_epoch; validators x miners, share of the miners that each validator weighs. Up to 256 neurons are one call.\n\n| subnet | ref_time | proof_size | deposit |\n|---|---|---|---|\n");
    for (name, outcome) in epochs {
        text.push_str(&row(name, outcome));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn row(name: &str, outcome: &Outcome) -> String {
    let milliseconds = outcome.gas.ref_time() as f64 / 1e9;
    let kibibytes = outcome.gas.proof_size() as f64 / 1024.0;
    let deposit = outcome.deposit as f64 / UNIT as f64;
    format!("| {name} | {milliseconds:.2} | {kibibytes:.0} | {deposit:.4} |\n")
}

/// The names in a table: what must be the same in the stored one.
fn rows(table: &str) -> Vec<&str> {
    table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .collect()
}
