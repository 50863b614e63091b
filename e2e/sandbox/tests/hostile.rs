//! What strangers and cheats try on the real contracts: refused by name, without effect.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::Contract;
use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_primitives::registry::{Error as RegistryError, Hyperparameter, ModelCommitment, SubnetIdentity};
use inktensor_primitives::rewards::{Error as RewardsError, Reveal};
use inktensor_primitives::staking::{Error as StakingError, Payout};
use inktensor_primitives::tao::Psp22Error;
use inktensor_primitives::{Hash, NetUid, RAO_PER_TAO, Rao, Uid};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, model, task};

const STRANGER: u8 = 240;

#[test]
fn nobody_but_rewards_issues_or_distributes() {
    let mut network = Network::new();
    let custom = |reason: &str| Psp22Error::Custom(reason.into());
    for from in [STRANGER, OWNER] {
        assert_eq!(network.refused(from, tao::mint(account(from), 1)), custom("NotMinter"));
        let payout = Payout {
            hotkey: account(from),
            coldkey: account(from),
            incentive: Rao(1),
            dividends: Rao(1),
        };
        assert_eq!(
            network.refused(from, staking::distribute(NetUid(0), vec![payout])),
            StakingError::NotAllowed
        );
        assert_eq!(
            network.refused(from, registry::apply_epoch(NetUid(0), 1, vec![])),
            RegistryError::NotAllowed
        );
    }
    assert_eq!(
        network.refused(STRANGER, tao::set_minter(account(STRANGER))),
        custom("NotOwner")
    );
    assert_eq!(
        network.refused(OWNER, tao::set_minter(account(OWNER))),
        custom("MinterAlreadySet")
    );
    assert_eq!(
        network.refused(OWNER, staking::set_rewards(account(OWNER))),
        StakingError::AlreadyWired
    );
    assert_eq!(
        network.refused(OWNER, registry::set_rewards(account(OWNER))),
        RegistryError::AlreadyWired
    );
    assert_eq!(
        network.refused(STRANGER, staking::set_rewards(account(1))),
        StakingError::NotAllowed
    );
    network.assert_conserved();
}

#[test]
fn nothing_is_had_without_tao_or_allowance() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    let max = ENDOWMENT;
    let stranger = account(STRANGER);
    assert_eq!(
        network.refused(STRANGER, registry::register(netuid, stranger, max)),
        RegistryError::InsufficientTao
    );
    assert_eq!(
        network.refused(STRANGER, registry::create_subnet(identity(), task(), max)),
        RegistryError::InsufficientTao
    );
    assert_eq!(
        network.refused(STRANGER, staking::stake(stranger, Rao::from_tao(1))),
        StakingError::InsufficientTao
    );

    network.ok(OWNER, tao::transfer(stranger, u128::from(Rao::from_tao(10).0), vec![]));
    assert_eq!(
        network.refused(STRANGER, registry::register(netuid, stranger, max)),
        RegistryError::InsufficientTao
    );
    assert_eq!(
        network.refused(STRANGER, staking::stake(stranger, Rao::from_tao(1))),
        StakingError::InsufficientTao
    );
    assert_eq!(network.read(registry::uid_of(netuid, stranger)), Ok(None));
    assert_eq!(network.read(staking::stake_of(stranger, stranger)), Ok(Rao::ZERO));
    network.assert_conserved();
}

#[test]
fn nobody_takes_anothers_stake() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::from_tao(100));
    assert_eq!(
        network.refused(STRANGER, staking::unstake(account(11), Rao(1))),
        StakingError::InsufficientStake
    );
    assert_eq!(
        network.refused(STRANGER, staking::unstake_all(account(11))),
        StakingError::InsufficientStake
    );
    let more = Rao(Rao::from_tao(100).0 + 1);
    assert_eq!(
        network.refused(111, staking::unstake(account(11), more)),
        StakingError::InsufficientStake
    );
    assert_eq!(
        network.refused(111, staking::stake(account(11), Rao(1_999_999))),
        StakingError::BelowMinimumStake
    );
    assert_eq!(
        network.refused(STRANGER, staking::set_take(account(11), 0)),
        StakingError::NotAllowed
    );
    network.assert_conserved();
}

#[test]
fn only_the_owner_changes_a_subnet_and_within_bounds() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    let tempo = Hyperparameter::Tempo(1);
    assert_eq!(
        network.refused(STRANGER, registry::set_hyperparameter(netuid, tempo)),
        RegistryError::NotAllowed
    );
    assert_eq!(
        network.refused(STRANGER, registry::set_task(netuid, task())),
        RegistryError::NotAllowed
    );
    let zero = Hyperparameter::Tempo(0);
    assert_eq!(
        network.refused(OWNER, registry::set_hyperparameter(netuid, zero)),
        RegistryError::ValueOutOfBounds
    );
    let long = SubnetIdentity {
        url: "x".repeat(257),
        ..identity()
    };
    assert_eq!(
        network.refused(OWNER, registry::set_identity(netuid, long)),
        RegistryError::TextTooLong
    );
    let dear = network.refused(OWNER, registry::create_subnet(identity(), task(), Rao::from_tao(1_000)));
    assert_eq!(dear, RegistryError::PriceAboveMaximum, "the second subnet costs more");
    assert_eq!(
        network.refused(OWNER, registry::set_task(NetUid(9), task())),
        RegistryError::UnknownSubnet
    );
}

#[test]
fn models_are_of_registered_miners_and_fit_the_task() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    assert_eq!(
        network.refused(STRANGER, registry::publish_model(netuid, model(1))),
        RegistryError::NotRegistered
    );
    network.join(netuid, 13, Rao::ZERO);
    let large = ModelCommitment {
        size: task().max_model_bytes + 1,
        ..model(1)
    };
    assert_eq!(
        network.refused(13, registry::publish_model(netuid, large)),
        RegistryError::ValueOutOfBounds
    );
    assert_eq!(
        network.refused(113, registry::publish_model(netuid, model(1))),
        RegistryError::NotRegistered
    );
}

#[test]
fn a_hotkey_is_not_taken_over() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::ZERO);
    network.fund(STRANGER, Rao::from_tao(100));
    let again = network.refused(STRANGER, registry::register(netuid, account(11), ENDOWMENT));
    assert_eq!(again, RegistryError::AlreadyRegistered);
    let elsewhere = network.open_subnet();
    let taken = network.refused(STRANGER, registry::register(elsewhere, account(11), ENDOWMENT));
    assert_eq!(taken, RegistryError::HotkeyOwnedByOther);
    let dear = network.refused(STRANGER, registry::register(netuid, account(STRANGER), Rao(1)));
    assert_eq!(dear, RegistryError::PriceAboveMaximum);
}

#[test]
fn commits_cannot_be_replayed_bent_or_revealed_out_of_time() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::from_tao(100));
    network.join(netuid, 12, Rao::from_tao(100));
    let reveal = network.commit(netuid, 11, &[(1, 1)]);
    let refused = |network: &mut Network, from, reveal: &Reveal| {
        network.refused(from, rewards::reveal_weights(netuid, reveal.clone()))
    };
    assert_eq!(refused(&mut network, 11, &reveal), RewardsError::RevealTooEarly);

    // Another validator commits to the same hash: it cannot open it, because the hash names the hotkey.
    let stolen = network.hash(netuid, 11, &reveal);
    network.ok(12, rewards::commit_weights(netuid, stolen));
    network.wait(10);
    assert_eq!(refused(&mut network, 12, &reveal), RewardsError::UnknownCommit);
    let bent = Reveal {
        values: vec![2],
        ..reveal.clone()
    };
    assert_eq!(refused(&mut network, 11, &bent), RewardsError::UnknownCommit);
    network.ok(11, rewards::reveal_weights(netuid, reveal.clone()));
    assert_eq!(refused(&mut network, 11, &reveal), RewardsError::UnknownCommit, "once");

    let late = network.commit(netuid, 11, &[(1, 3)]);
    network.wait(10 + 51);
    assert_eq!(refused(&mut network, 11, &late), RewardsError::RevealTooLate);
}

#[test]
fn weights_need_a_neuron_with_stake_and_the_subnets_way() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 13, Rao::ZERO);
    let hash = Hash::from([1; 32]);
    assert_eq!(
        network.refused(STRANGER, rewards::commit_weights(netuid, hash)),
        RewardsError::NotRegistered
    );
    assert_eq!(
        network.refused(13, rewards::commit_weights(netuid, hash)),
        RewardsError::NoPermit
    );
    assert_eq!(
        network.refused(13, rewards::commit_weights(NetUid(7), hash)),
        RewardsError::UnknownSubnet
    );
    network.join(netuid, 11, Rao::from_tao(1));
    let direct = |values: Vec<u16>| rewards::set_weights(netuid, vec![Uid(0)], values, 0);
    assert_eq!(network.refused(11, direct(vec![1])), RewardsError::CommitRevealRequired);

    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::CommitReveal(false)),
    );
    assert_eq!(
        network.refused(11, rewards::commit_weights(netuid, hash)),
        RewardsError::CommitRevealDisabled
    );
    assert_eq!(network.refused(11, direct(vec![1, 2])), RewardsError::MalformedWeights);
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::WeightsRateLimit(5)),
    );
    network.ok(11, direct(vec![1]));
    assert_eq!(network.refused(11, direct(vec![1])), RewardsError::RateLimited);
    let rows = network.read(rewards::weights(netuid, 0, 8)).unwrap();
    assert_eq!((rows.total, rows.items.len()), (2, 1));
}

#[test]
fn a_pruned_neuron_leaves_nothing_behind() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.ok(
        OWNER,
        registry::set_hyperparameter(netuid, Hyperparameter::CommitReveal(false)),
    );
    network.join(netuid, 11, Rao::from_tao(100));
    network.join(netuid, 13, Rao::ZERO);
    network.ok(13, registry::publish_model(netuid, model(1)));
    network.epoch(netuid);
    network.ok(11, rewards::set_weights(netuid, vec![Uid(1)], vec![1], 0));
    network.epoch(netuid);
    let earned = network.read(rewards::metagraph(netuid, 0, 64)).unwrap().items;
    assert!(earned[1].incentive > 0);

    for rule in [Hyperparameter::MaxUids(2), Hyperparameter::ImmunityPeriod(0)] {
        network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
    }
    // Both earned the same half; the older goes: the validator. Then the miner's turn.
    let replaced = network.join(netuid, 14, Rao::ZERO);
    let fresh = network
        .read(rewards::metagraph(netuid, u32::from(replaced.0), 1))
        .unwrap()
        .items
        .remove(0);
    assert_eq!((fresh.hotkey, fresh.incentive, fresh.dividends), (account(14), 0, 0));
    assert_eq!((fresh.emission, fresh.validator_permit), (Rao::ZERO, false));
    assert_eq!(network.read(registry::model(netuid, replaced)), Ok(None));
    let before = network.read(staking::total_stake()).unwrap();
    network.epoch(netuid);
    let after = network.read(rewards::metagraph(netuid, 0, 64)).unwrap().items;
    assert_eq!(
        after[usize::from(replaced.0)].emission,
        Rao::ZERO,
        "neither weights nor bonds are inherited"
    );
    assert!(network.read(staking::total_stake()).unwrap() >= before);
    network.assert_conserved();
}

#[test]
fn whoever_opens_and_dissolves_subnets_all_day_stops_no_epoch() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, 11, Rao::from_tao(100));
    network.fund(STRANGER, Rao::from_tao(3_000));
    // 600 changes, of which one call learns 256.
    for _ in 0..300 {
        let opened = network.ok(STRANGER, registry::create_subnet(identity(), task(), ENDOWMENT));
        network.ok(STRANGER, registry::dissolve_subnet(opened));
    }
    network.epoch(netuid);
    for _ in 0..2 {
        network.ok(STRANGER, rewards::count_votes());
    }
    let first = network.read(registry::subnet(netuid)).unwrap().created_at;
    let emitted = u64::from(network.chain.block() - first) * RAO_PER_TAO;
    let status = network.read(rewards::epoch_status(netuid)).unwrap();
    assert_eq!(
        status.pending,
        Rao(emitted),
        "nothing is lost, and nobody was active to be paid"
    );
    network.assert_conserved();
}

#[test]
fn pages_beyond_the_limit_are_refused() {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    assert_eq!(network.read(registry::subnets(0, 17)), Err(RegistryError::PageTooLarge));
    assert_eq!(
        network.read(registry::neurons(netuid, 0, 33)),
        Err(RegistryError::PageTooLarge)
    );
    assert_eq!(
        network.read(registry::models(netuid, 0, 17)),
        Err(RegistryError::PageTooLarge)
    );
    assert_eq!(
        network.read(registry::slots(netuid, 0, 129)),
        Err(RegistryError::PageTooLarge)
    );
    assert_eq!(
        network.read(rewards::weights(netuid, 0, 65)),
        Err(RewardsError::PageTooLarge)
    );
    assert_eq!(
        network.read(rewards::metagraph(netuid, 0, 65)),
        Err(RewardsError::PageTooLarge)
    );
    assert_eq!(network.read(staking::delegates(0, 65)), Err(StakingError::PageTooLarge));
    assert_eq!(
        network.read(staking::hotkey_stakes(vec![account(1); 257])),
        Err(StakingError::PageTooLarge)
    );
    let endless = network.read(registry::neurons(netuid, u32::MAX, 32)).unwrap();
    assert_eq!((endless.total, endless.items.len()), (0, 0));
    let held = network.address(Contract::Staking);
    assert_eq!(network.tao_of(held), 0);
}
