use super::*;
use crate::fixtures::{account, identity, task};
use inktensor_primitives::registry::Hyperparameter;

const GOVERNANCE: u8 = 77;
const LOCK: Rao = network::DEFAULTS.min_lock;

fn with_one() -> Subnets {
    let mut subnets = Subnets::default();
    subnets.create(account(1), &identity(), &task(), LOCK, 5).unwrap();
    subnets
}

#[ink::test]
fn the_second_subnet_costs_twice_as_much() {
    let mut subnets = with_one();
    let mut open = |max_lock| subnets.create(account(2), &identity(), &task(), max_lock, 5);
    assert_eq!(open(LOCK), Err(Error::PriceAboveMaximum));
    let event = open(Rao::from_tao(2_000)).unwrap();
    assert_eq!((event.netuid, event.lock), (NetUid(1), Rao::from_tao(2_000)));
}

#[ink::test]
fn strangers_change_nothing() {
    let mut subnets = with_one();
    let stranger = account(2);
    let netuid = NetUid(0);
    assert_eq!(
        subnets.set_identity(stranger, netuid, &identity()),
        Err(Error::NotAllowed)
    );
    assert_eq!(subnets.set_task(stranger, netuid, &task()), Err(Error::NotAllowed));
    assert_eq!(subnets.offer(stranger, netuid, Some(stranger)), Err(Error::NotAllowed));
    assert_eq!(subnets.accept(stranger, netuid, None), Err(Error::NotOffered));
    assert_eq!(
        subnets.dissolve(stranger, account(GOVERNANCE), netuid, 6),
        Err(Error::NotAllowed)
    );
    assert_eq!(
        subnets.set_rule(stranger, account(GOVERNANCE), netuid, Hyperparameter::Tempo(9), 6),
        Err(Error::NotAllowed)
    );
    assert_eq!(subnets.rules(netuid), Ok(hyperparameters::defaults()));
}

#[ink::test]
fn changing_the_half_life_does_not_move_the_price_of_now() {
    let mut subnets = with_one();
    let before = subnets.burn_price(NetUid(0), 300).unwrap();
    subnets
        .set_rule(
            account(1),
            account(GOVERNANCE),
            NetUid(0),
            Hyperparameter::BurnHalfLife(10),
            300,
        )
        .unwrap();
    assert_eq!(subnets.burn_price(NetUid(0), 300), Ok(before));
    assert_eq!(subnets.burn_price(NetUid(0), 310), Ok(Rao(before.0 / 2)));
}

#[ink::test]
fn a_page_of_long_texts_is_shorter_than_asked_for() {
    let mut subnets = Subnets::default();
    let text = "x".repeat(256);
    let identity = SubnetIdentity {
        name: text.clone(),
        description: text.clone(),
        url: text.clone(),
    };
    let mut task = task();
    for tensor in [&mut task.input, &mut task.output] {
        tensor.name = text.clone();
        tensor.element = text.clone();
    }
    task.data_uri = text;
    for _ in 0..16 {
        subnets.create(account(1), &identity, &task, Rao(u64::MAX), 5).unwrap();
    }
    let page = subnets.page(0, 16).unwrap();
    assert_eq!(page.total, 16);
    assert!(!page.items.is_empty() && page.encoded_size() < 16 * 1024);
    assert_eq!(subnets.page(0, 17), Err(Error::PageTooLarge));
}

#[ink::test]
fn a_subnet_changes_hands_when_the_new_owner_accepts() {
    let mut subnets = with_one();
    let (netuid, buyer) = (NetUid(0), account(2));
    subnets.offer(account(1), netuid, Some(buyer)).unwrap();
    assert_eq!(subnets.offered_to(netuid), Ok(Some(buyer)));
    assert_eq!(subnets.core(netuid).unwrap().owner, account(1));
    subnets.accept(buyer, netuid, Some(Uid(3))).unwrap();
    let core = subnets.core(netuid).unwrap();
    assert_eq!((core.owner, core.owner_uid), (buyer, Some(Uid(3))));
    assert_eq!(subnets.accept(buyer, netuid, None), Err(Error::NotOffered));
    assert_eq!(subnets.offer(account(1), netuid, None), Err(Error::NotAllowed));
}

#[ink::test]
fn an_offer_can_be_taken_back() {
    let mut subnets = with_one();
    subnets.offer(account(1), NetUid(0), Some(account(2))).unwrap();
    subnets.offer(account(1), NetUid(0), None).unwrap();
    assert_eq!(subnets.accept(account(2), NetUid(0), None), Err(Error::NotOffered));
}

#[ink::test]
fn a_dissolved_subnet_is_gone_and_its_number_never_comes_back() {
    let mut subnets = with_one();
    let second = subnets
        .create(account(2), &identity(), &task(), Rao(u64::MAX), 5)
        .unwrap();
    let event = subnets.dissolve(account(1), account(GOVERNANCE), NetUid(0), 9).unwrap();
    assert_eq!((event.owner, event.refund), (account(1), LOCK));
    assert_eq!(subnets.subnet(NetUid(0)), Err(Error::UnknownSubnet));
    assert_eq!(
        subnets.dissolve(account(1), account(GOVERNANCE), NetUid(0), 9),
        Err(Error::UnknownSubnet)
    );
    let page = subnets.page(0, 16).unwrap();
    assert_eq!((page.total, page.items[0].netuid), (1, second.netuid));
    subnets
        .dissolve(account(GOVERNANCE), account(GOVERNANCE), second.netuid, 9)
        .unwrap();
    let third = subnets
        .create(account(3), &identity(), &task(), Rao(u64::MAX), 9)
        .unwrap();
    assert_eq!(third.netuid, NetUid(2));
    let log: Vec<(u16, bool)> = subnets
        .changes(0, 128)
        .unwrap()
        .items
        .iter()
        .map(|change| (change.netuid.0, change.open))
        .collect();
    assert_eq!(log, [(0, true), (1, true), (0, false), (1, false), (2, true)]);
}

#[ink::test]
fn opening_and_dissolving_does_not_move_the_lock_for_others() {
    let mut subnets = with_one();
    let before = subnets.lock_cost(7);
    for _ in 0..3 {
        let event = subnets
            .create(account(2), &identity(), &task(), Rao(u64::MAX), 7)
            .unwrap();
        assert!(subnets.lock_cost(7) > before);
        subnets
            .dissolve(account(2), account(GOVERNANCE), event.netuid, 7)
            .unwrap();
        assert_eq!(subnets.lock_cost(7), before);
    }
}

#[ink::test]
fn what_protects_others_is_governances_to_set() {
    let mut subnets = with_one();
    let governance = account(GOVERNANCE);
    let mut set = |who, rule| {
        subnets
            .set_rule(account(who), governance, NetUid(0), rule, 6)
            .map(|event| event.old)
    };
    let kappa = Hyperparameter::Kappa(40_000);
    assert_eq!(set(1, kappa.clone()), Err(Error::GovernanceOnly));
    assert_eq!(set(GOVERNANCE, kappa), Ok(Hyperparameter::Kappa(32_767)));
    let cap = Hyperparameter::StakeCap(58_982);
    assert_eq!(set(1, cap.clone()), Err(Error::GovernanceOnly));
    assert_eq!(set(GOVERNANCE, cap), Ok(Hyperparameter::StakeCap(0)), "off until then");
    assert_eq!(set(1, Hyperparameter::Tempo(20)), Ok(Hyperparameter::Tempo(360)));
    assert_eq!(
        set(GOVERNANCE, Hyperparameter::Tempo(30)),
        Ok(Hyperparameter::Tempo(20))
    );
}

#[ink::test]
fn the_owner_waits_out_the_last_blocks_before_an_epoch() {
    let mut subnets = with_one();
    let governance = account(GOVERNANCE);
    let netuid = NetUid(0);
    let change = |subnets: &mut Subnets, who, now| {
        let rule = Hyperparameter::ImmunityPeriod(now);
        subnets
            .set_rule(account(who), governance, netuid, rule, now)
            .map(|_| ())
    };
    assert_eq!(change(&mut subnets, 1, 364), Ok(()), "nobody is registered");
    let core = Core {
        neurons: 1,
        ..subnets.core(netuid).unwrap()
    };
    subnets.save(netuid, &core);
    // Created in block 5 with a tempo of 360.
    assert_eq!(change(&mut subnets, 1, 354), Ok(()));
    for frozen in [355, 364, 365, 9_999] {
        assert_eq!(change(&mut subnets, 1, frozen), Err(Error::RulesFrozen), "{frozen}");
        assert_eq!(change(&mut subnets, GOVERNANCE, frozen), Ok(()));
    }
    subnets.epoch_ended(netuid, 370).unwrap();
    assert_eq!(change(&mut subnets, 1, 371), Ok(()));
    let freeze = subnets.freeze(netuid, 371).unwrap();
    assert_eq!((freeze.next_epoch_at, freeze.from, freeze.active), (730, 720, false));
}

#[ink::test]
fn a_short_tempo_leaves_the_owner_three_quarters_of_it() {
    let mut subnets = with_one();
    let core = Core {
        neurons: 1,
        ..subnets.core(NetUid(0)).unwrap()
    };
    subnets.save(NetUid(0), &core);
    let tempo = |subnets: &mut Subnets, tempo, now| {
        let rule = Hyperparameter::Tempo(tempo);
        subnets.set_rule(account(1), account(GOVERNANCE), NetUid(0), rule, now)
    };
    tempo(&mut subnets, 20, 6).unwrap();
    assert_eq!(subnets.freeze(NetUid(0), 19).map(|freeze| freeze.active), Ok(false));
    assert_eq!(subnets.freeze(NetUid(0), 20).map(|freeze| freeze.active), Ok(true));
}

#[ink::test]
fn governance_limits_how_many_subnets_there_are() {
    let mut subnets = with_one();
    subnets.set_network_rule(NetworkRule::MaxSubnets(1)).unwrap();
    let refused = subnets.create(account(2), &identity(), &task(), Rao(u64::MAX), 5);
    assert_eq!(refused, Err(Error::TooManySubnets));
}
