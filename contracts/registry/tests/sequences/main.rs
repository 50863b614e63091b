//! Random sequences of the registry's messages, by owners, miners and strangers alike: nothing traps, a refused message changes nothing,
//! TAO is conserved, and slots, keys, models and rules always fit together.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod world;

use ink::env::DefaultEnvironment;
use inktensor_primitives::registry::{Error, Hyperparameter, NetworkRule, RuleBounds};
use inktensor_primitives::{NetUid, Rao, Uid};
use proptest::prelude::*;
use registry::hyperparameters;
use world::{account, Step, World, GOVERNANCE, PEOPLE, WEALTH};

fn person() -> impl Strategy<Value = u8> {
    0..6_u8
}

fn anybody() -> impl Strategy<Value = u8> {
    prop_oneof![4 => 10..PEOPLE, 1 => 0..6_u8]
}

/// Mostly a subnet that exists.
fn netuid() -> impl Strategy<Value = u16> {
    prop_oneof![3 => Just(0), 2 => Just(1), 1 => 2..9_u16]
}

fn rule() -> impl Strategy<Value = Hyperparameter> {
    use Hyperparameter::*;
    prop_oneof![
        (0..400_u16).prop_map(Tempo),
        any::<u16>().prop_map(Kappa),
        (0..7_u16).prop_map(MaxUids),
        any::<u16>().prop_map(MaxUids),
        (0..300_u16).prop_map(MaxValidators),
        (0..40_u32).prop_map(ImmunityPeriod),
        any::<u32>().prop_map(ImmunityPeriod),
        (0..3_000_000_000_u64).prop_map(|burn| MinBurn(Rao(burn))),
        (0..200_000_000_000_u64).prop_map(|burn| MaxBurn(Rao(burn))),
        any::<u32>().prop_map(BurnHalfLife),
        (0..20_000_u32).prop_map(BurnIncrease),
        any::<bool>().prop_map(RegistrationAllowed),
        any::<bool>().prop_map(BondsReset),
        any::<u16>().prop_map(AlphaLow),
        any::<u16>().prop_map(AlphaHigh),
        any::<i32>().prop_map(Steepness),
        any::<u16>().prop_map(StakeCap),
        any::<u64>().prop_map(|stake| StakeThreshold(Rao(stake))),
    ]
}

fn network_rule() -> impl Strategy<Value = NetworkRule> {
    use NetworkRule::*;
    prop_oneof![
        (0..5_000_000_000_000_u64).prop_map(|lock| MinLock(Rao(lock))),
        (0..200_000_u32).prop_map(LockFall),
        (0..6_u16).prop_map(MaxSubnets),
        (0..20_u16).prop_map(FreezeWindow),
        (0..200_000_000_000_u64).prop_map(|cost| HotkeySwapCost(Rao(cost))),
        (0..40_u32).prop_map(ColdkeySwapDelay),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let price = || prop_oneof![5 => Just(u64::MAX), 1 => any::<u64>(), 1 => 0..2_000_000_000_u64];
    let outcome = prop::collection::vec((0..8_u16, any::<u16>(), any::<bool>()), 0..6);
    prop_oneof![
        3 => prop_oneof![0..30_u32, 0..100_000_u32].prop_map(Step::Wait),
        3 => (person(), price()).prop_map(|(who, max)| Step::Create(who, max)),
        1 => (person(), netuid()).prop_map(|(who, netuid)| Step::Dissolve(who, netuid)),
        1 => (netuid(), 0..70_u32).prop_map(|(netuid, limit)| Step::Sweep(netuid, limit)),
        2 => (person(), netuid(), prop::option::of(person())).prop_map(|(who, netuid, to)| Step::Offer(who, netuid, to)),
        2 => (person(), netuid()).prop_map(|(who, netuid)| Step::Accept(who, netuid)),
        1 => (person(), netuid()).prop_map(|(who, netuid)| Step::SetIdentity(who, netuid)),
        4 => (person(), netuid(), rule()).prop_map(|(who, netuid, rule)| Step::SetRule(who, netuid, rule)),
        1 => network_rule().prop_map(Step::SetNetworkRule),
        12 => (person(), anybody(), netuid(), price())
            .prop_map(|(who, hotkey, netuid, max)| Step::Register(who, hotkey, netuid, max)),
        2 => (anybody(), netuid(), any::<bool>()).prop_map(|(who, netuid, serving)| Step::Serve(who, netuid, serving)),
        4 => (anybody(), netuid(), any::<u8>()).prop_map(|(who, netuid, hash)| Step::Publish(who, netuid, hash)),
        2 => (netuid(), outcome).prop_map(|(netuid, outcome)| Step::Epoch(netuid, outcome)),
        4 => (person(), anybody(), anybody()).prop_map(|(who, old, new)| Step::SwapHotkey(who, old, new)),
        3 => (person(), anybody()).prop_map(|(old, new)| Step::Announce(old, new % 6)),
        1 => person().prop_map(Step::Cancel),
        1 => person().prop_map(Step::Dispute),
        1 => (person(), any::<bool>()).prop_map(|(old, allow)| Step::Settle(old, allow)),
        3 => person().prop_map(Step::Finish),
    ]
}

fn check_money(world: &World) {
    let people: u64 = world.balances.iter().sum();
    assert_eq!(people + world.held + world.burned, WEALTH * u64::from(PEOPLE));
    let locks: u64 = world.everything().iter().map(|(subnet, _)| subnet.lock.0).sum();
    assert_eq!(world.held, locks, "the registry holds the locks of open subnets");
    assert!(world.subnets.lock_cost(world.now) >= world.subnets.network().min_lock);
}

fn check_slots(world: &World) {
    for (subnet, neurons) in world.everything() {
        let netuid = subnet.netuid;
        let rules = world.subnets.rules(netuid).unwrap();
        assert_eq!(usize::from(subnet.neurons), neurons.len());
        assert!(subnet.neurons <= rules.max_uids);
        for (place, neuron) in neurons.iter().enumerate() {
            assert_eq!(usize::from(neuron.uid.0), place);
            assert_eq!(world.neurons.uid_of(netuid, &neuron.hotkey), Some(neuron.uid));
            assert_eq!(world.neurons.owner_of(&neuron.hotkey), Some(neuron.coldkey));
            if let Some(record) = world.models.get(netuid, neuron.uid) {
                assert_eq!((record.netuid, record.hotkey), (netuid, neuron.hotkey));
                let history = world.models.history(netuid, neuron.uid, 0, 16).unwrap();
                assert_eq!(history.items.len(), usize::try_from(history.total.min(16)).unwrap());
            }
        }
        let registered = (0..PEOPLE).filter(|hotkey| world.neurons.uid_of(netuid, &account(*hotkey)).is_some());
        assert_eq!(registered.count(), neurons.len(), "nobody has a slot that is another's");
        if let Some(Uid(uid)) = world.subnets.core(netuid).unwrap().owner_uid {
            assert_eq!(neurons[usize::from(uid)].coldkey, subnet.owner);
        }
    }
}

fn check_rules(world: &World) {
    for netuid in world.subnets.open() {
        let core = world.subnets.core(netuid).unwrap();
        let rules = world.subnets.rules(netuid).unwrap();
        let price = world.subnets.burn_price(netuid, world.now).unwrap();
        assert!(rules.min_burn <= price && price <= rules.max_burn, "{price:?}");
        for RuleBounds { value, .. } in hyperparameters::all(&rules, core.neurons) {
            let mut same = rules.clone();
            assert_eq!(
                hyperparameters::set(&mut same, &value, core.neurons),
                Ok(value),
                "every rule is within its bounds"
            );
        }
    }
}

/// The owner's neuron stays whatever others register.
fn check_protection(world: &World, before: &[(NetUid, inktensor_primitives::AccountId)]) {
    for (netuid, hotkey) in before {
        assert!(world.neurons.uid_of(*netuid, hotkey).is_some());
    }
}

fn protected(world: &World) -> Vec<(NetUid, inktensor_primitives::AccountId)> {
    let everything = world.everything();
    let protected = everything.iter().filter_map(|(subnet, neurons)| {
        let uid = world.subnets.core(subnet.netuid).unwrap().owner_uid?;
        Some((subnet.netuid, neurons[usize::from(uid.0)].hotkey))
    });
    protected.collect()
}

/// Whether somebody does what only an owner or governance may.
fn is_strangers(world: &World, step: &Step) -> bool {
    let (who, netuid) = match step {
        Step::Dissolve(who, netuid)
        | Step::Offer(who, netuid, _)
        | Step::SetIdentity(who, netuid)
        | Step::SetRule(who, netuid, _) => (*who, *netuid),
        _ => return false,
    };
    let owner = world.subnets.core(NetUid(netuid)).map(|core| core.owner);
    who != GOVERNANCE && owner.is_ok_and(|owner| owner != account(who))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do_everything_fits_together(steps in prop::collection::vec(step(), 1..60)) {
        let run = ink::env::test::run_test::<DefaultEnvironment, _>(|_| {
            let mut world = World::new();
            world.apply(&Step::Create(1, u64::MAX)).unwrap();
            world.apply(&Step::SetRule(GOVERNANCE, 0, Hyperparameter::MaxUids(4))).unwrap();
            world.apply(&Step::Create(2, u64::MAX)).unwrap();
            for step in &steps {
                let before = world.everything();
                let owners = protected(&world);
                let strange = is_strangers(&world, step);
                let result = world.apply(step);
                if strange {
                    assert_eq!(result, Err(Error::NotAllowed), "{step:?}");
                }
                if result.is_err() {
                    assert_eq!(world.everything(), before, "{step:?} was refused: {result:?}");
                }
                if matches!(step, Step::Register(..)) {
                    check_protection(&world, &owners);
                }
                check_money(&world);
                check_slots(&world);
                check_rules(&world);
            }
            for netuid in (0..world.opened).map(NetUid).filter(|netuid| !world.subnets.open().contains(netuid)) {
                assert_eq!(world.subnets.subnet(netuid), Err(Error::UnknownSubnet));
            }
            Ok(())
        });
        prop_assert!(run.is_ok());
    }
}
