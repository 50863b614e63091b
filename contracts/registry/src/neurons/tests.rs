use super::*;
use crate::fixtures::{account, identity, task};
use crate::models::Models;
use inktensor_primitives::registry::{Hyperparameter, Protocol};

const NETUID: NetUid = NetUid(0);
const OWNER: u8 = 200;
const ANY: Rao = Rao(u64::MAX);

struct World {
    subnets: Subnets,
    neurons: Neurons,
}

impl World {
    fn new() -> Self {
        let mut subnets = Subnets::default();
        subnets.create(account(OWNER), &identity(), &task(), ANY, 1).unwrap();
        Self {
            subnets,
            neurons: Neurons::default(),
        }
    }

    fn rule(&mut self, rule: Hyperparameter) {
        let owner = account(OWNER);
        self.subnets.set_rule(owner, owner, NETUID, rule, 1).unwrap();
    }

    /// Registers hotkey `number` for the coldkey `number + 100`.
    fn register(&mut self, number: u8, now: BlockNumber) -> Result<NeuronRegistered, Error> {
        self.register_for(number + 100, number, now)
    }

    fn register_for(&mut self, coldkey: u8, hotkey: u8, now: BlockNumber) -> Result<NeuronRegistered, Error> {
        self.neurons
            .register(&mut self.subnets, NETUID, account(coldkey), account(hotkey), ANY, now)
    }

    fn score(&mut self, uid: u16, pruning_score: u16) {
        let update = NeuronUpdate {
            uid: Uid(uid),
            pruning_score,
            validator_permit: true,
        };
        self.neurons.apply_epoch(NETUID, BlockNumber::MAX, &[update]).unwrap();
    }
}

#[ink::test]
fn slots_fill_in_order_and_each_registration_costs_more() {
    let mut world = World::new();
    let first = world.register(1, 5).unwrap();
    let second = world.register(2, 5).unwrap();
    assert_eq!((first.uid, second.uid), (Uid(0), Uid(1)));
    assert_eq!(second.price.0, first.price.0 * 126 / 100);
    assert_eq!(world.neurons.uid_of(NETUID, &account(2)), Some(Uid(1)));
    assert_eq!(world.neurons.owner_of(&account(2)), Some(account(102)));
}

#[ink::test]
fn the_price_is_protected_by_the_callers_maximum() {
    let mut world = World::new();
    let price = world.subnets.burn_price(NETUID, 5).unwrap();
    let mut offer = |max| {
        world
            .neurons
            .register(&mut world.subnets, NETUID, account(101), account(1), max, 5)
    };
    assert_eq!(offer(Rao(price.0 - 1)), Err(Error::PriceAboveMaximum));
    assert_eq!(offer(price).map(|event| event.price), Ok(price));
}

#[ink::test]
fn a_hotkey_registers_once_and_for_one_coldkey() {
    let mut world = World::new();
    world.register(1, 5).unwrap();
    assert_eq!(world.register(1, 6), Err(Error::AlreadyRegistered));
    let event = world
        .subnets
        .create(account(OWNER), &identity(), &task(), ANY, 6)
        .unwrap();
    let elsewhere = |neurons: &mut Neurons, subnets: &mut Subnets, coldkey| {
        neurons.register(subnets, event.netuid, account(coldkey), account(1), ANY, 7)
    };
    let World { subnets, neurons } = &mut world;
    assert_eq!(elsewhere(neurons, subnets, 66), Err(Error::HotkeyOwnedByOther));
    assert!(elsewhere(neurons, subnets, 101).is_ok());
}

#[ink::test]
fn a_closed_or_unknown_subnet_takes_nobody() {
    let mut world = World::new();
    world.rule(Hyperparameter::RegistrationAllowed(false));
    assert_eq!(world.register(1, 5), Err(Error::RegistrationClosed));
    let unknown = world
        .neurons
        .register(&mut world.subnets, NetUid(9), account(101), account(1), ANY, 5);
    assert_eq!(unknown, Err(Error::UnknownSubnet));
}

#[ink::test]
fn the_neuron_worth_least_is_replaced() {
    let mut world = World::new();
    world.rule(Hyperparameter::MaxUids(3));
    world.rule(Hyperparameter::ImmunityPeriod(10));
    for number in 1..=3 {
        world.register(number, 5).unwrap();
    }
    for (uid, score) in [(0, 9), (1, 4), (2, 7)] {
        world.score(uid, score);
    }
    let event = world.register(4, 20).unwrap();
    assert_eq!((event.uid, event.replaced), (Uid(1), Some(account(2))));
    assert_eq!(world.neurons.uid_of(NETUID, &account(2)), None);
    let fresh = world.neurons.neuron(NETUID, Uid(1)).unwrap();
    assert_eq!(
        (fresh.hotkey, fresh.pruning_score, fresh.validator_permit),
        (account(4), 0, false)
    );

    // The new one is immune now, though it is worth least: the next worst goes.
    let event = world.register(5, 21).unwrap();
    assert_eq!(event.uid, Uid(2));
}

#[ink::test]
fn ties_go_by_age_then_by_uid_and_immunity_only_delays() {
    let mut world = World::new();
    world.rule(Hyperparameter::MaxUids(3));
    for (number, now) in [(1, 6), (2, 5), (3, 5)] {
        world.register(number, now).unwrap();
    }
    // All are immune and worth nothing: the oldest goes, the lower UID of the two.
    assert_eq!(world.register(4, 7).unwrap().uid, Uid(1));
}

#[ink::test]
fn the_subnet_owners_neuron_is_never_replaced() {
    let mut world = World::new();
    world.rule(Hyperparameter::MaxUids(2));
    world.rule(Hyperparameter::ImmunityPeriod(0));
    world.register_for(OWNER, 1, 5).unwrap();
    world.register(2, 5).unwrap();
    world.score(1, 9);
    assert_eq!(world.register(3, 6).unwrap().uid, Uid(1));

    let mut alone = World {
        subnets: Subnets::default(),
        neurons: Neurons::default(),
    };
    alone
        .subnets
        .create(account(OWNER), &identity(), &task(), ANY, 1)
        .unwrap();
    let second = NetUid(1);
    alone
        .subnets
        .create(account(OWNER), &identity(), &task(), ANY, 1)
        .unwrap();
    let rule = Hyperparameter::MaxUids(1);
    let owner = account(OWNER);
    alone.subnets.set_rule(owner, owner, second, rule, 1).unwrap();
    let World { subnets, neurons } = &mut alone;
    neurons
        .register(subnets, second, account(OWNER), account(51), ANY, 5)
        .unwrap();
    let refused = neurons.register(subnets, second, account(152), account(52), ANY, 6);
    assert_eq!(refused, Err(Error::NoFreeSlot));
}

#[ink::test]
fn an_endpoint_belongs_to_the_neuron_not_to_the_slot() {
    let mut world = World::new();
    world.rule(Hyperparameter::MaxUids(1));
    world.register(1, 5).unwrap();
    let endpoint = Endpoint {
        uri: "https://miner.example:8091".into(),
        protocol: Protocol::Http,
        tls_key: None,
    };
    let stranger = world.neurons.set_endpoint(NETUID, account(9), Some(&endpoint));
    assert_eq!(stranger, Err(Error::NotRegistered));
    world.neurons.set_endpoint(NETUID, account(1), Some(&endpoint)).unwrap();
    assert_eq!(world.neurons.neuron(NETUID, Uid(0)).unwrap().endpoint, Some(endpoint));
    world.register(2, 6).unwrap();
    assert_eq!(world.neurons.neuron(NETUID, Uid(0)).unwrap().endpoint, None);
}

#[ink::test]
fn pages_are_bounded_and_end_with_the_subnet() {
    let mut world = World::new();
    for number in 1..=5 {
        world.register(number, 5).unwrap();
    }
    assert_eq!(world.neurons.page(NETUID, 0, MAX_PAGE + 1), Err(Error::PageTooLarge));
    assert_eq!(
        world.neurons.slots(NETUID, 0, MAX_SLOT_PAGE + 1),
        Err(Error::PageTooLarge)
    );
    let page = world.neurons.page(NETUID, 3, 32).unwrap();
    assert_eq!((page.total, page.items.len(), page.items[0].uid), (5, 2, Uid(3)));
    assert_eq!(world.neurons.slots(NETUID, 9, 1).unwrap().items, vec![]);
    assert_eq!(world.neurons.neuron(NETUID, Uid(5)), Err(Error::UnknownNeuron));
}

#[ink::test]
fn a_swapped_hotkey_keeps_its_slots_and_the_old_one_acts_no_more() {
    let mut world = World::new();
    world.register(1, 5).unwrap();
    world.register(2, 5).unwrap();
    world.score(0, 9);
    let mut models = Models::default();
    let mut swap = |world: &mut World, coldkey, old, new| {
        let World { subnets, neurons } = world;
        neurons.swap_hotkey(subnets, &mut models, account(coldkey), account(old), account(new))
    };
    assert_eq!(swap(&mut world, 9, 1, 7), Err(Error::HotkeyNotOwned));
    assert_eq!(swap(&mut world, 101, 1, 2), Err(Error::HotkeyOwnedByOther));
    assert_eq!(swap(&mut world, 101, 1, 1), Err(Error::KeyInUse));
    swap(&mut world, 101, 1, 7).unwrap();
    let neuron = world.neurons.neuron(NETUID, Uid(0)).unwrap();
    assert_eq!(
        (
            neuron.hotkey,
            neuron.coldkey,
            neuron.registered_at,
            neuron.pruning_score
        ),
        (account(7), account(101), 5, 9)
    );
    assert_eq!(world.neurons.uid_of(NETUID, &account(1)), None);
    assert_eq!(world.neurons.uid_of(NETUID, &account(7)), Some(Uid(0)));
    assert_eq!(
        world.neurons.owner_of(&account(1)),
        Some(account(101)),
        "nobody can take over its name"
    );
    let hotkeys = world.neurons.hotkeys(account(101), 0, 128).unwrap();
    assert_eq!(hotkeys.items, [account(1), account(7)]);
}

#[ink::test]
fn a_hotkey_that_is_registered_elsewhere_cannot_take_over() {
    let mut world = World::new();
    world.register_for(50, 1, 5).unwrap();
    let second = world
        .subnets
        .create(account(OWNER), &identity(), &task(), ANY, 6)
        .unwrap()
        .netuid;
    let World { subnets, neurons } = &mut world;
    neurons
        .register(subnets, second, account(50), account(2), ANY, 7)
        .unwrap();
    let mut models = Models::default();
    let mut swap = |subnets: &Subnets, neurons: &mut Neurons| {
        neurons.swap_hotkey(subnets, &mut models, account(50), account(1), account(2))
    };
    assert_eq!(swap(subnets, neurons), Err(Error::KeyInUse));
    subnets.dissolve(account(OWNER), account(OWNER), second, 8).unwrap();
    assert_eq!(swap(subnets, neurons), Ok(()), "its only home is dissolved");
}

#[ink::test]
fn a_coldkey_swap_moves_hotkeys_slots_and_subnets() {
    let mut world = World::new();
    world.register_for(OWNER, 1, 5).unwrap();
    world.register_for(OWNER, 2, 5).unwrap();
    world.register(3, 5).unwrap();
    let World { subnets, neurons } = &mut world;
    assert_eq!(neurons.swap_coldkey(subnets, account(OWNER), account(60)), Ok(0));
    assert_eq!(subnets.core(NETUID).unwrap().owner, account(60));
    assert_eq!(subnets.core(NETUID).unwrap().owner_uid, Some(Uid(0)));
    for (uid, coldkey) in [(0, 60), (1, 60), (2, 103)] {
        assert_eq!(neurons.neuron(NETUID, Uid(uid)).unwrap().coldkey, account(coldkey));
    }
    assert_eq!(neurons.owner_of(&account(2)), Some(account(60)));
    assert_eq!(neurons.hotkeys(account(OWNER), 0, 1).unwrap().total, 0);
    assert_eq!(neurons.hotkeys(account(60), 0, 1).unwrap().total, 2);
}

#[ink::test]
fn the_new_owners_lowest_uid_is_found() {
    let mut world = World::new();
    for (coldkey, hotkey) in [(50, 1), (60, 2), (60, 3)] {
        world.register_for(coldkey, hotkey, 5).unwrap();
    }
    assert_eq!(world.neurons.lowest_uid_of(NETUID, 3, &account(60)), Some(Uid(1)));
    assert_eq!(world.neurons.lowest_uid_of(NETUID, 3, &account(70)), None);
}

#[ink::test]
fn a_dissolved_subnet_is_swept_in_parts() {
    let mut world = World::new();
    for number in 1..=5 {
        world.register(number, 5).unwrap();
    }
    let World { subnets, neurons } = &mut world;
    assert_eq!(neurons.sweep(subnets, NETUID, 3), Err(Error::SubnetStillOpen));
    subnets.dissolve(account(OWNER), account(OWNER), NETUID, 9).unwrap();
    assert_eq!(neurons.sweep(subnets, NETUID, MAX_SWEEP + 1), Err(Error::PageTooLarge));
    assert_eq!(neurons.sweep(subnets, NETUID, 3), Ok((vec![Uid(4), Uid(3), Uid(2)], 2)));
    assert_eq!(neurons.sweep(subnets, NETUID, 64), Ok((vec![Uid(1), Uid(0)], 0)));
    assert_eq!(neurons.uid_of(NETUID, &account(1)), None);
    assert_eq!(neurons.owner_of(&account(1)), Some(account(101)));
}

#[ink::test]
fn an_epoch_decides_nothing_of_a_neuron_that_came_after_it_began() {
    let mut world = World::new();
    world.register(1, 10).unwrap();
    world.register(2, 11).unwrap();
    let updates = [0, 1].map(|uid| NeuronUpdate {
        uid: Uid(uid),
        pruning_score: 7,
        validator_permit: true,
    });
    world.neurons.apply_epoch(NETUID, 10, &updates).unwrap();
    let neuron = |uid| world.neurons.neuron(NETUID, Uid(uid)).unwrap();
    assert_eq!((neuron(0).pruning_score, neuron(0).validator_permit), (7, true));
    assert_eq!((neuron(1).pruning_score, neuron(1).validator_permit), (0, false));
}
