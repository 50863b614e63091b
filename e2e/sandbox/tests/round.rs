//! One round of the network on the real contracts: models, weights, epochs, payments.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::Contract;
use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_primitives::rewards::{EpochProgress, EpochSummary, Error, SubnetVote};
use inktensor_primitives::{NetUid, RAO_PER_TAO, Rao};
use inktensor_sandbox::network::{Network, OWNER, account, model};

/// Two validators and three miners, one of which copies another's model; the second epoch is still to come.
fn with_miners(network: &mut Network) -> NetUid {
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::from_tao(1_000));
    network.join(netuid, 12, Rao::from_tao(500));
    for (number, hash) in [(13, 1), (14, 2), (15, 1)] {
        network.join(netuid, number, Rao::ZERO);
        network.ok(number, registry::publish_model(netuid, model(hash)));
    }
    // Weights of the block of a registration do not count for the new neuron.
    network.wait(1);
    netuid
}

/// A validator speaks, and an epoch gives it the permit that makes its word count from then on.
fn first_epoch(network: &mut Network, netuid: NetUid, validator: u8) -> EpochSummary {
    network.wait(1);
    network.commit(netuid, validator, &[(0, 1)]);
    let summary = network.epoch(netuid);
    assert_eq!(summary.paid, Rao::ZERO);
    summary
}

#[test]
fn the_better_model_earns_more_and_the_copy_nothing() {
    let mut network = Network::new();
    let netuid = with_miners(&mut network);
    network.fund(150, Rao::from_tao(1_000));
    network.ok(150, staking::stake(account(11), Rao::from_tao(1_000)));
    network.assert_conserved();

    // Commits before the first epoch: stake alone lets validators speak, the epoch gives the permits.
    let weights = [(2, 60_000), (3, 20_000), (4, 0)];
    let reveals = [11, 12].map(|validator| (validator, network.commit(netuid, validator, &weights)));
    let first = network.epoch(netuid);
    assert_eq!(first.epoch, 1);
    network.assert_conserved();

    let reveal_from = network.read(rewards::commits(netuid, account(11))).unwrap()[0].reveal_from;
    network.chain.run_to_block(reveal_from);
    for (validator, reveal) in &reveals {
        network.ok(*validator, rewards::reveal_weights(netuid, reveal.clone()));
    }
    let nominator = network.read(staking::stake_of(account(11), account(150))).unwrap();
    let supply = network.read(tao::total_supply());
    let pending = network.read(rewards::epoch_status(netuid)).unwrap().pending;
    let second = network.epoch(netuid);
    assert_eq!(network.read(tao::total_supply()) - supply, u128::from(second.paid.0));
    assert!(second.paid.0 >= pending.0 && second.pending == Rao::ZERO, "{second:?}");

    let rows = network.read(rewards::metagraph(netuid, 0, 64)).unwrap().items;
    assert!(
        rows[2].incentive > 2 * rows[3].incentive && rows[3].incentive > 0,
        "{rows:?}"
    );
    assert_eq!((rows[4].incentive, rows[4].emission), (0, Rao::ZERO), "the copy");
    assert!(
        rows[0].dividends > rows[1].dividends && rows[1].dividends > 0,
        "{rows:?}"
    );
    assert_eq!(rows[2].stake, rows[2].emission, "incentive is stake of the miner");
    assert!(rows[0].validator_permit && rows[1].validator_permit);

    let raised = network.read(staking::stake_of(account(11), account(150))).unwrap();
    assert!(raised > nominator, "dividends reach nominators");
    network.assert_conserved();

    let everything = network.ok(150, staking::unstake_all(account(11)));
    assert_eq!(everything, raised);
    network.assert_conserved();
}

#[test]
fn a_late_epoch_pays_for_every_block() {
    let mut network = Network::new();
    let netuid = with_miners(&mut network);
    let created = network.read(registry::subnet(netuid)).unwrap().created_at;
    first_epoch(&mut network, netuid, 11);
    network.wait(77);
    let summary = network.epoch(netuid);
    let blocks = network.chain.block() - created;
    assert_eq!(summary.paid, Rao(u64::from(blocks) * RAO_PER_TAO));
    let early = network.refused(250, rewards::run_epoch(netuid));
    assert_eq!(early, Error::EpochNotDue);
}

#[test]
fn what_nobody_is_due_stays_pending() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 13, Rao::ZERO);
    let summary = network.epoch(netuid);
    assert_eq!(summary.paid, Rao::ZERO);
    assert!(summary.pending > Rao::ZERO);
    let status = network.read(rewards::epoch_status(netuid)).unwrap();
    assert_eq!((status.epoch, status.pending), (1, summary.pending));
    network.join(netuid, 11, Rao::from_tao(10));
    let silent = first_epoch(&mut network, netuid, 11);
    assert!(silent.silent && silent.pending > summary.pending);
    let paid = network.epoch(netuid);
    assert!(paid.paid > silent.pending && !paid.silent);
    network.assert_conserved();
}

#[test]
fn subnets_share_emission_from_their_creation_on() {
    let mut network = Network::new();
    let first = with_miners(&mut network);
    network.wait(20);
    let second = network.open_subnet();
    network.join(second, 21, Rao::from_tao(100));
    let [due, later] = [first, second].map(|netuid| network.read(rewards::epoch_status(netuid)).unwrap().pending.0);
    let [from, to] = [first, second].map(|netuid| network.read(registry::subnet(netuid)).unwrap().created_at);
    assert_eq!(
        due - later,
        u64::from(to - from) * RAO_PER_TAO,
        "only the first shared the blocks before the second"
    );
    for (netuid, validator) in [(second, 21), (first, 11)] {
        first_epoch(&mut network, netuid, validator);
    }
    let paid: u64 = [second, first].iter().map(|netuid| network.epoch(*netuid).paid.0).sum();
    let economy = network.read(rewards::economy()).unwrap();
    assert!(paid >= due + later);
    assert_eq!(economy.staked, network.read(staking::total_stake()).unwrap());
    assert_eq!(u128::from(economy.issuance.0), network.read(tao::total_supply()));
    network.assert_conserved();
}

#[test]
fn votes_decide_where_emission_goes() {
    let mut network = Network::new();
    let first = with_miners(&mut network);
    let second = network.open_subnet();
    let ballot = |weights: &[(NetUid, u16)]| {
        let votes = weights.iter().map(|(netuid, weight)| SubnetVote {
            netuid: *netuid,
            weight: *weight,
        });
        rewards::vote_subnets(votes.collect())
    };
    let shares = |network: &mut Network| {
        let shares = network.read(rewards::subnet_shares()).unwrap();
        shares.iter().map(|share| share.share).collect::<Vec<u16>>()
    };
    assert_eq!(shares(&mut network), [32_767, 32_768]);
    assert_eq!(network.refused(13, ballot(&[(first, 1)])), Error::NotEnoughStake);
    assert_eq!(
        network.refused(11, ballot(&[(second, 1), (first, 1)])),
        Error::MalformedVotes
    );
    // 1,000 of 1,500 TAO: more than the half that decides.
    network.ok(11, ballot(&[(first, 1), (second, 3)]));
    assert_eq!(shares(&mut network), [16_383, 49_152]);
    let pending = |network: &mut Network| {
        [first, second].map(|netuid| network.read(rewards::epoch_status(netuid)).unwrap().pending.0)
    };
    let before = pending(&mut network);
    network.wait(8);
    let after = pending(&mut network);
    assert_eq!(after[0] - before[0], 2 * RAO_PER_TAO);
    assert_eq!(after[1] - before[1], 6 * RAO_PER_TAO);

    // What leaves the voter does not vote any more once anyone counts.
    network.ok(111, staking::unstake_all(account(11)));
    network.ok(250, rewards::count_votes());
    assert_eq!(shares(&mut network), [32_767, 32_768]);
    network.ok(11, ballot(&[]));
    assert_eq!(network.read(rewards::voters()), Ok(vec![]));
    network.assert_conserved();
}

#[test]
fn a_replaced_model_counts_its_revisions_and_keeps_the_order() {
    let mut network = Network::new();
    let netuid = with_miners(&mut network);
    let first = network
        .read(registry::model(netuid, inktensor_primitives::Uid(2)))
        .unwrap()
        .unwrap();
    assert_eq!(network.ok(13, registry::publish_model(netuid, model(9))), 1);
    let replaced = network
        .read(registry::model(netuid, inktensor_primitives::Uid(2)))
        .unwrap()
        .unwrap();
    assert_eq!((replaced.revision, replaced.commitment), (1, model(9)));
    assert!(replaced.sequence > first.sequence);
    let models = network.read(registry::models(netuid, 0, 16)).unwrap();
    assert_eq!((models.total, models.items.len()), (5, 3));
    let copier = models.items.iter().find(|record| record.hotkey == account(15)).unwrap();
    assert!(copier.sequence > first.sequence, "the copy came later");
}

#[test]
fn the_owner_gets_the_cut() {
    let mut network = Network::new();
    let netuid = with_miners(&mut network);
    first_epoch(&mut network, netuid, 11);
    let before = network.tao_of(account(OWNER));
    let summary = network.epoch(netuid);
    let cut = network.tao_of(account(OWNER)) - before;
    assert_eq!(cut, u128::from(summary.paid.0) * 11_796 / 65_535);
    let held = network.address(Contract::Rewards);
    assert_eq!(network.tao_of(held), 0, "rewards itself holds nothing");
}

#[test]
fn an_epoch_of_a_subnet_without_neurons_runs() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.wait(10);
    let progress = network.ok(250, rewards::run_epoch(netuid));
    assert!(matches!(progress, EpochProgress::Finished(summary) if summary.paid == Rao::ZERO));
}
