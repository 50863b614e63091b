//! Epochs in pages: cranked in whatever order, and cut off wherever, they leave the same.

#![allow(clippy::unwrap_used)] // a test may panic

use frame_support::weights::Weight;
use inktensor_client::messages::{registry, rewards, tao};
use inktensor_primitives::rewards::{Economy, EpochProgress, EpochStatus, MetagraphRow};
use inktensor_primitives::{NetUid, Rao, Uid};
use inktensor_sandbox::network::{Network, OWNER};

const VALIDATORS: u8 = 4;
/// So many that an epoch takes several calls.
const MINERS: u16 = 700;

/// Two subnets of different people, each with an epoch that is due.
fn two_crowds() -> (Network, [NetUid; 2]) {
    let mut network = Network::new();
    let subnets = [(2, 10), (3, 100)].map(|(coldkey, first)| {
        let netuid = network.crowd(coldkey, first, VALIDATORS, MINERS);
        let servers = u16::from(VALIDATORS)..u16::from(VALIDATORS) + MINERS;
        for validator in first..first + VALIDATORS {
            let uids = servers.clone().map(Uid).collect();
            let values = servers.clone().map(|uid| uid * 7 + u16::from(validator)).collect();
            network.ok(validator, rewards::set_weights(netuid, uids, values, 0));
        }
        netuid
    });
    subnets.iter().for_each(|netuid| network.wait_for_epoch(*netuid));
    (network, subnets)
}

/// All that people can see of an epoch afterwards.
#[derive(Debug, PartialEq)]
struct Left {
    neurons: Vec<Vec<MetagraphRow>>,
    statuses: Vec<EpochStatus>,
    economy: Economy,
    supply: u128,
    owner: u128,
}

fn left(network: &mut Network, subnets: [NetUid; 2]) -> Left {
    network.assert_conserved();
    Left {
        neurons: subnets.iter().map(|netuid| network.metagraph(*netuid)).collect(),
        statuses: subnets
            .iter()
            .map(|netuid| network.read(rewards::epoch_status(*netuid)).unwrap())
            .collect(),
        economy: network.read(rewards::economy()).unwrap(),
        supply: network.read(tao::total_supply()),
        owner: network.tao_of(inktensor_sandbox::network::account(OWNER)),
    }
}

/// Whether the call ended the epoch.
fn crank(network: &mut Network, who: u8, netuid: NetUid) -> bool {
    matches!(network.ok(who, rewards::run_epoch(netuid)), EpochProgress::Finished(_))
}

/// One after the other, each to its end.
fn in_turn() -> Left {
    let (mut network, subnets) = two_crowds();
    for netuid in subnets {
        let mut calls = 1;
        while !crank(&mut network, 250, netuid) {
            calls += 1;
        }
        assert!(calls > 2, "{calls}");
    }
    left(&mut network, subnets)
}

#[test]
fn neither_order_nor_cuts_change_what_epochs_leave() {
    let expected = in_turn();
    assert!(
        expected
            .neurons
            .iter()
            .flatten()
            .filter(|row| row.emission > Rao::ZERO)
            .count()
            > 1_000
    );

    // Page by page in turns, by different people.
    let (mut network, subnets) = two_crowds();
    let mut open = vec![(subnets[1], 251), (subnets[0], 252)];
    while !open.is_empty() {
        open.retain(|(netuid, who)| !crank(&mut network, *who, *netuid));
        network.assert_conserved();
    }
    assert_eq!(left(&mut network, subnets), expected);

    // Each page after calls that run out of gas earlier and later in it.
    let (mut network, subnets) = two_crowds();
    let mut cuts = 0;
    for netuid in subnets {
        let mut milliseconds = 1;
        loop {
            let before = network.read(rewards::epoch_status(netuid)).unwrap();
            let gas = Weight::from_parts(milliseconds * 1_000_000_000, u64::MAX);
            match network.send_within(253, rewards::run_epoch(netuid), gas) {
                Ok(Ok(EpochProgress::Finished(_))) => break,
                Ok(answer) => {
                    assert!(matches!(answer, Ok(EpochProgress::Continues { .. })), "{answer:?}");
                    milliseconds = 1;
                }
                Err(_) => {
                    cuts += 1;
                    milliseconds *= 3;
                    let after = network.read(rewards::epoch_status(netuid)).unwrap();
                    assert_eq!(after, before, "a cut changes nothing");
                }
            }
        }
    }
    assert!(cuts > 16, "{cuts}");
    assert_eq!(left(&mut network, subnets), expected);
}

#[test]
fn a_subnet_dissolved_in_the_middle_of_its_epoch_keeps_what_it_paid_and_leaves_the_rest() {
    let (mut network, [first, second]) = two_crowds();
    loop {
        assert!(!crank(&mut network, 250, first), "the epoch is not over");
        if network
            .metagraph(first)
            .iter()
            .any(|row| row.uid.0 >= 4 && row.stake > Rao::ZERO)
        {
            break;
        }
    }
    let pending = |network: &mut Network, netuid| network.read(rewards::epoch_status(netuid)).unwrap().pending.0;
    let due = [first, second].map(|netuid| pending(&mut network, netuid));
    network.ok(OWNER, registry::dissolve_subnet(first));
    network.refused(250, rewards::run_epoch(first));
    assert_eq!(pending(&mut network, second), due[0] + due[1]);
    network.assert_conserved();
    let summary = network.epoch(second);
    assert_eq!(summary.paid, Rao(due[0] + due[1]));
    network.assert_conserved();
}
