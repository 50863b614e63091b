//! The contract's epochs against Yuma run natively in one go, on random subnets and on the largest one.
//!
//! `SEQUENCES=200` runs so many random subnets instead of a few; a failure names the seed that `SEED` runs again.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking};
use inktensor_primitives::registry::{Hyperparameter, Hyperparameters};
use inktensor_primitives::rewards::{EpochProgress, EpochSummary, MetagraphRow, Reveal};
use inktensor_primitives::{NetUid, Rao, Uid};
use inktensor_sandbox::chance::Chance;
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account};
use yuma::{Epoch, LiquidAlpha, Neurons, Outcome, Params, SparseMatrix, Version, payout};

/// The owner's part of emission.
const OWNER_CUT: u16 = 11_796;
/// What a call may use: half a block of two seconds, in picoseconds.
const HALF_A_BLOCK: u64 = 1_000_000_000_000;

/// What Yuma needs to know of a subnet's past.
#[derive(Default)]
struct Twin {
    bonds: SparseMatrix,
    carried: u64,
}

impl Twin {
    /// What Yuma makes of the subnet in this block. The contract must not have begun the epoch.
    fn predict(&self, network: &mut Network, netuid: NetUid) -> (Vec<MetagraphRow>, Outcome, u64) {
        let status = network.read(rewards::epoch_status(netuid)).unwrap();
        let rules = network.read(registry::hyperparameters(netuid)).unwrap();
        let owner = network.read(registry::subnet(netuid)).unwrap().owner;
        let rows = network.metagraph(netuid);
        let gross = status.pending.0 - self.carried;
        let params = Params {
            block: network.chain.block().into(),
            tempo: rules.tempo.into(),
            last_step: if status.epoch == 0 {
                0
            } else {
                status.last_epoch_at.into()
            },
            activity_cutoff: yuma::activity_cutoff(rules.activity_factor, rules.tempo.into()),
            kappa: rules.kappa,
            bonds_moving_average: rules.bonds_moving_average,
            bonds_penalty: rules.bonds_penalty,
            max_validators: rules.max_validators,
            owner: rows.iter().find(|row| row.coldkey == owner).map(|row| row.uid.0),
            stake_threshold: rules.stake_threshold.0,
            stake_cap: rules.stake_cap,
            emission: payout::take(gross, OWNER_CUT).1 + self.carried,
            version: version(&rules),
        };
        let blocks = |of: fn(&MetagraphRow) -> u32| rows.iter().map(|row| of(row).into()).collect::<Vec<u64>>();
        let earliest_commit = if rules.commit_reveal {
            let commit = |row: &MetagraphRow| {
                let waiting = network.read(rewards::commits(netuid, row.hotkey)).unwrap();
                let own = waiting.iter().find(|commit| commit.committed_at >= row.registered_at);
                own.map_or(Neurons::NO_COMMIT, |commit| commit.committed_at.into())
            };
            rows.iter().map(commit).collect()
        } else {
            Vec::new()
        };
        let weights = weights(network, netuid, rows.len());
        let bonds = self.kept_bonds(&rows, status.epoch, status.last_epoch_at);
        let outcome = Epoch {
            params: &params,
            neurons: Neurons {
                stake: &rows.iter().map(|row| row.stake.0).collect::<Vec<_>>(),
                last_update: &blocks(|row| row.last_update),
                registered_at: &blocks(|row| row.registered_at),
                permits: &rows.iter().map(|row| row.validator_permit).collect::<Vec<_>>(),
                earliest_commit: &earliest_commit,
            },
            weights: &weights,
            bonds: &bonds,
        }
        .run()
        .unwrap();
        (rows, outcome, params.emission)
    }

    /// Bonds of neurons that were there in the last epoch already.
    fn kept_bonds(&self, rows: &[MetagraphRow], epoch: u32, last_epoch_at: u32) -> SparseMatrix {
        let mut kept = SparseMatrix::new();
        for (place, row) in rows.iter().enumerate() {
            let stays = epoch > 0 && row.registered_at < last_epoch_at;
            let bonds = if stays { self.bonds.packed(place) } else { &[] };
            kept.push_packed(bonds.to_vec());
        }
        kept
    }

    /// Compares what the contract's epoch left with what Yuma made of it.
    fn compare(
        &mut self,
        network: &mut Network,
        netuid: NetUid,
        (before, outcome, emission): (Vec<MetagraphRow>, Outcome, u64),
        summary: &EpochSummary,
    ) {
        let after = network.metagraph(netuid);
        let nothing = || vec![0; before.len()];
        let (servers, validators) = if summary.silent {
            (nothing(), nothing())
        } else {
            (outcome.server_emission.clone(), outcome.validator_emission.clone())
        };
        let due = payout::split(emission, servers, validators);
        for (place, row) in after.iter().enumerate() {
            let found = [row.incentive, row.dividends, row.consensus, row.validator_trust];
            let expected = [
                &outcome.incentive,
                &outcome.dividends,
                &outcome.consensus,
                &outcome.validator_trust,
            ];
            assert_eq!(found, expected.map(|list| list[place]), "proportions of UID {place}");
            assert_eq!(row.validator_permit, outcome.permits[place], "permit of UID {place}");
            assert_eq!(
                row.emission.0,
                due.servers[place] + due.validators[place],
                "emission of UID {place}"
            );
        }
        let earned: u64 = after.iter().map(|row| row.emission.0).sum();
        if earned > 0 {
            self.carried = due.carried;
        }
        assert_eq!(earned > 0, summary.paid > Rao::ZERO);
        self.bonds = outcome.bonds;
    }
}

fn version(rules: &Hyperparameters) -> Version {
    match (rules.yuma3, rules.liquid_alpha) {
        (false, _) => Version::Yuma2,
        (true, false) => Version::Yuma3,
        (true, true) => Version::Yuma3Liquid(LiquidAlpha {
            low: rules.alpha_low,
            high: rules.alpha_high,
            steepness: rules.steepness,
        }),
    }
}

/// The weights in force of all validators, read as the client reads them.
fn weights(network: &mut Network, netuid: NetUid, neurons: usize) -> SparseMatrix {
    let mut rows = vec![Vec::new(); neurons];
    let mut start = 0;
    loop {
        let page = network.read(rewards::weights(netuid, start, 64)).unwrap();
        start = page.items.last().map_or(start + 64, |last| u32::from(last.uid.0) + 1);
        for row in page.items {
            let entries = row.weights.iter().map(|(uid, weight)| yuma::pack(uid.0, *weight));
            rows[usize::from(row.uid.0)] = entries.collect();
        }
        if start >= page.total {
            break;
        }
    }
    let mut weights = SparseMatrix::new();
    rows.into_iter().for_each(|row| weights.push_packed(row));
    weights
}

/// Some of the UIDs, with weights.
fn row(chance: &mut Chance, neurons: u16) -> (Vec<Uid>, Vec<u16>) {
    let density = chance.below(4);
    let uids: Vec<Uid> = (0..neurons).filter(|_| chance.below(4) <= density).map(Uid).collect();
    let values = uids.iter().map(|_| chance.number()).collect();
    (uids, values)
}

/// Hotkeys of random subnets; the coldkey of each has a number higher by 100.
const HOTKEYS: std::ops::Range<u8> = 11..40;

/// Five epochs of a random subnet, in which neurons speak, come and are replaced.
fn random_subnet(seed: u64) -> usize {
    println!("SEED={seed}");
    let chance = &mut Chance(seed);
    let mut network = Network::new();
    let netuid = network.open_subnet();
    let commit_reveal = chance.below(2) == 0;
    let kappa = chance.number();
    for rule in [
        Hyperparameter::CommitReveal(commit_reveal),
        Hyperparameter::MaxUids(4 + u16::try_from(chance.below(20)).unwrap()),
        Hyperparameter::MaxValidators(1 + u16::try_from(chance.below(8)).unwrap()),
        Hyperparameter::Yuma3(chance.below(3) > 0),
        Hyperparameter::LiquidAlpha(chance.below(2) == 0),
        Hyperparameter::Kappa(chance.pick(&[32_767, 32_767, 0, kappa])),
        Hyperparameter::BondsPenalty(chance.pick(&[65_535, 65_535, 0, 20_000])),
        Hyperparameter::ImmunityPeriod(0),
        Hyperparameter::BurnIncrease(1_000),
    ] {
        network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
    }
    let mut twin = Twin::default();
    let mut secrets: Vec<(u8, Reveal)> = Vec::new();
    let mut paid = 0;
    for epoch in 0..5 {
        let come = chance.below(if epoch == 0 { 20 } else { 4 });
        for _ in 0..come {
            let hotkey = HOTKEYS.start + u8::try_from(chance.below(29)).unwrap();
            network.fund(hotkey + 100, Rao::from_tao(20));
            // Who is registered already is refused.
            let _ = network.send(hotkey + 100, registry::register(netuid, account(hotkey), ENDOWMENT));
            if chance.below(2) == 0 {
                let stake = Rao(2_000_000 + chance.below(Rao::from_tao(10).0));
                network.ok(hotkey + 100, staking::stake(account(hotkey), stake));
            }
        }
        network.wait(u32::try_from(1 + chance.below(4)).unwrap());
        secrets.retain(|(hotkey, reveal)| {
            network
                .send(*hotkey, rewards::reveal_weights(netuid, reveal.clone()))
                .is_err()
        });
        let neurons = network.read(registry::subnet(netuid)).unwrap().neurons;
        for hotkey in HOTKEYS {
            if chance.below(3) == 0 {
                continue;
            }
            // Who may not speak, or says what the rules do not allow, is refused.
            let (uids, values) = row(chance, neurons);
            if commit_reveal {
                let salt = [hotkey; 32];
                let reveal = Reveal {
                    uids,
                    values,
                    salt,
                    version_key: 0,
                };
                let hash = network.hash(netuid, hotkey, &reveal);
                if network.send(hotkey, rewards::commit_weights(netuid, hash)).is_ok() {
                    secrets.push((hotkey, reveal));
                }
            } else {
                let _ = network.send(hotkey, rewards::set_weights(netuid, uids, values, 0));
            }
        }
        network.wait_for_epoch(netuid);
        let predicted = twin.predict(&mut network, netuid);
        let summary = network.epoch(netuid);
        twin.compare(&mut network, netuid, predicted, &summary);
        paid += usize::from(summary.paid > Rao::ZERO);
    }
    network.assert_conserved();
    paid
}

#[test]
fn epochs_equal_yuma_on_random_subnets() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("SEED") {
        Some(seed) => drop(random_subnet(seed)),
        None => {
            let seeds = 0..number("SEQUENCES").unwrap_or(24);
            let paid: usize = seeds.clone().map(random_subnet).sum();
            assert!(paid as u64 >= seeds.end, "{paid} epochs paid");
        }
    }
}

/// The largest subnet that the registry allows, every validator weighing everyone: three epochs, in pages.
#[test]
fn the_largest_subnet_steps_in_pages_and_equals_yuma() {
    const COLDKEY: u8 = 2;
    const FIRST: u8 = 10;
    let mut network = Network::new();
    let netuid = network.crowd(COLDKEY, FIRST, 128, 1_024 - 128);
    let chance = &mut Chance(1);
    for validator in FIRST..FIRST + 128 {
        let uids = (0..1_024).map(Uid).collect();
        let values = (0..1_024).map(|_| chance.number().max(1)).collect();
        network.ok(validator, rewards::set_weights(netuid, uids, values, 0));
    }
    let mut twin = Twin::default();
    // Nobody had bonds in the first epoch: nobody weighed anyone.
    (0..1_024).for_each(|_| twin.bonds.push_packed(Vec::new()));
    for _ in 0..2 {
        network.wait_for_epoch(netuid);
        let predicted = twin.predict(&mut network, netuid);
        network.costs.clear();
        let summary = network.epoch(netuid);
        twin.compare(&mut network, netuid, predicted, &summary);
        assert!(network.costs.len() > 2, "one call could not do it");
        for (page, (_, outcome)) in network.costs.iter().enumerate() {
            assert!(outcome.gas.ref_time() < HALF_A_BLOCK, "page {page}: {:?}", outcome.gas);
        }
        network.assert_conserved();
    }
    let status = network.read(rewards::epoch_status(netuid)).unwrap();
    assert!(!status.in_progress && status.steps == 0);
}

/// While an epoch runs, what is due stays accounted for, and what happens does not change it.
#[test]
fn what_happens_between_the_calls_of_an_epoch_is_not_the_epochs() {
    const COLDKEY: u8 = 2;
    const FIRST: u8 = 10;
    let mut network = Network::new();
    let netuid = network.crowd(COLDKEY, FIRST, 4, 600);
    for validator in FIRST..FIRST + 4 {
        let uids = (4..604).map(Uid).collect();
        let values = (1..=600).map(|value| value + u16::from(validator)).collect();
        network.ok(validator, rewards::set_weights(netuid, uids, values, 0));
    }
    let mut twin = Twin::default();
    (0..604).for_each(|_| twin.bonds.push_packed(Vec::new()));
    network.wait_for_epoch(netuid);
    let predicted = twin.predict(&mut network, netuid);
    let due = network.read(rewards::epoch_status(netuid)).unwrap().pending;
    let begun = network.ok(250, rewards::run_epoch(netuid));
    assert!(
        matches!(begun, EpochProgress::Continues { done, of } if 0 < done && done < of),
        "{begun:?}"
    );
    let status = network.read(rewards::epoch_status(netuid)).unwrap();
    assert!(status.in_progress && status.epoch == 1 && status.steps_done > 0);
    assert!(status.pending <= due);
    network.assert_conserved();

    let (uids, values) = (vec![Uid(4)], vec![1]);
    network.ok(FIRST, rewards::set_weights(netuid, uids, values, 0));
    network.ok(COLDKEY, staking::unstake_all(account(FIRST + 1)));
    network.ok(OWNER, registry::set_hyperparameter(netuid, Hyperparameter::Kappa(0)));
    let summary = loop {
        if let EpochProgress::Finished(summary) = network.ok(251, rewards::run_epoch(netuid)) {
            break summary;
        }
        network.assert_conserved();
    };
    twin.compare(&mut network, netuid, predicted, &summary);
    network.assert_conserved();

    // What happened counts in the next one.
    network.wait_for_epoch(netuid);
    let predicted = twin.predict(&mut network, netuid);
    let summary = network.epoch(netuid);
    twin.compare(&mut network, netuid, predicted, &summary);
}
