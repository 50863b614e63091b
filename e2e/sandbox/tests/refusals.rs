//! Whoever is refused is told the limit that was hit and the present value, as it can be read of the contracts.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::refusals::{self, Reads};
use inktensor_client::{Call, Contract, ContractError, Message, Outcome};
use inktensor_primitives::registry::Hyperparameter;
use inktensor_primitives::staking::{Child, MAX_TAKE};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao, Uid};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, identity, task};
use scale::Decode;
use std::cell::RefCell;
use std::fmt::Debug;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const HOTKEY: u8 = 10;
/// Owns the hotkey.
const COLDKEY: u8 = 110;
/// Has no TAO.
const STRANGER: u8 = 240;

struct Reader<'a>(RefCell<&'a mut Network>);

impl Reads for Reader<'_> {
    fn block(&self) -> BlockNumber {
        self.0.borrow_mut().chain.block()
    }

    fn address(&self, contract: Contract) -> AccountId {
        self.0.borrow().address(contract)
    }

    fn name(&self, account: &AccountId) -> String {
        format!("#{}", <AccountId as AsRef<[u8; 32]>>::as_ref(account)[0])
    }

    async fn read<R: Outcome>(&self, message: Message<R>) -> Option<R::Value> {
        self.0.borrow_mut().read(message).into_value().ok()
    }
}

/// What a person is told whose message is refused.
fn told<T, E>(network: &mut Network, from: u8, message: Message<Result<T, E>>) -> String
where
    T: Decode + Debug,
    E: Decode + Debug + Into<ContractError>,
{
    let error = network.refused(from, message.clone()).into();
    let reader = Reader(RefCell::new(network));
    let (caller, call) = (account(from), Call::from(message));
    let limit = pin!(refusals::limit(&reader, &caller, &call, &error));
    match limit.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(limit)) => limit,
        Poll::Ready(None) => panic!("nothing is told about {error}"),
        Poll::Pending => panic!("reads of the sandbox are there at once"),
    }
}

fn network() -> (Network, NetUid) {
    let mut network = Network::new();
    let netuid = network.open_subnet();
    network.join(netuid, HOTKEY, Rao::from_tao(5));
    (network, netuid)
}

#[test]
fn stakers_are_told_what_they_have_and_what_is_least() {
    let (mut network, _) = network();
    let hotkey = account(HOTKEY);
    let mut told = |from, message| told(&mut network, from, message);
    assert_eq!(
        told(COLDKEY, staking::stake(hotkey, Rao(1))),
        "the least is 0.002000000 TAO, asked for 0.000000001"
    );
    let position = "#110 has 5.000000000 TAO staked to #10";
    assert_eq!(told(COLDKEY, staking::unstake(hotkey, Rao::from_tao(6))), position);
    assert_eq!(
        told(COLDKEY, staking::unstake(hotkey, Rao(4_999_000_000))),
        format!("{position}, of which 0.002000000 have to stay, or nothing")
    );
    assert_eq!(
        told(STRANGER, staking::stake(hotkey, Rao::from_tao(1))),
        "#240 holds 0.000000000 TAO and allows the staking contract to take 0.000000000"
    );
}

#[test]
fn owners_of_hotkeys_are_told_bounds_and_who_decides() {
    let (mut network, netuid) = network();
    network.epoch(netuid);
    let hotkey = account(HOTKEY);
    let high = MAX_TAKE + 656;
    assert_eq!(
        told(&mut network, HOTKEY, staking::set_take(hotkey, high)),
        "the most is 17.99 %, asked for 19.00 %"
    );
    assert_eq!(
        told(&mut network, STRANGER, staking::set_take(hotkey, 0)),
        "only #10 itself may until an epoch paid it: then its owner is known"
    );
    let children = |number: u8| {
        (0..number)
            .map(|child| Child {
                hotkey: account(child),
                proportion: 1,
            })
            .collect()
    };
    assert_eq!(
        told(&mut network, HOTKEY, staking::set_children(netuid, hotkey, children(6))),
        "a hotkey has at most 5, asked for 6"
    );
    let poor = account(30);
    assert_eq!(
        told(&mut network, 30, staking::set_children(netuid, poor, children(1))),
        "lending takes 1.000000000 TAO, #30 has 0.000000000"
    );
}

#[test]
fn who_registers_is_told_the_price_and_who_is_there() {
    let (mut network, netuid) = network();
    let price = network.read(registry::burn_price(netuid)).unwrap();
    assert_eq!(
        told(&mut network, COLDKEY, registry::register(netuid, account(11), Rao(7))),
        format!("a slot burns {price} TAO now, allowed were 0.000000007")
    );
    let lock = network.read(registry::lock_cost()).unwrap();
    assert_eq!(
        told(
            &mut network,
            COLDKEY,
            registry::create_subnet(identity(), task(), Rao(7))
        ),
        format!("opening a subnet locks {lock} TAO now, allowed were 0.000000007")
    );
    assert_eq!(
        told(
            &mut network,
            COLDKEY,
            registry::register(netuid, account(HOTKEY), ENDOWMENT)
        ),
        format!("#10 is UID 0 of subnet {netuid}")
    );
    assert_eq!(
        told(
            &mut network,
            STRANGER,
            registry::register(netuid, account(HOTKEY), ENDOWMENT)
        ),
        format!("#10 is UID 0 of subnet {netuid}")
    );
    let own = network.open_subnet();
    network.ok(OWNER, registry::set_hyperparameter(own, Hyperparameter::MaxUids(1)));
    network.ok(OWNER, registry::register(own, account(12), ENDOWMENT));
    assert_eq!(
        told(&mut network, COLDKEY, registry::register(own, account(11), ENDOWMENT)),
        "subnet 1 has 1 slots, of which its owner's is never given to others"
    );
    assert_eq!(
        told(&mut network, STRANGER, registry::set_identity(netuid, identity())),
        format!("#1 owns subnet {netuid}")
    );
    assert_eq!(
        told(&mut network, STRANGER, registry::accept_subnet(netuid)),
        format!("subnet {netuid} is offered to nobody")
    );
    let mut long = identity();
    long.name = "x".repeat(300);
    assert_eq!(
        told(&mut network, OWNER, registry::set_identity(netuid, long)),
        "the longest text has 256 bytes"
    );
}

#[test]
fn validators_are_told_when_and_what() {
    let (mut network, netuid) = network();
    let now = network.chain.block();
    let due = network.read(rewards::epoch_status(netuid)).unwrap().next_epoch_at;
    assert_eq!(
        told(&mut network, 250, rewards::run_epoch(netuid)),
        format!("the next is due at block {due}, the best block is {now}")
    );
    let reveal = network.commit(netuid, HOTKEY, &[(0, 1)]);
    assert_eq!(
        told(&mut network, HOTKEY, rewards::reveal_weights(netuid, reveal)),
        format!(
            "1 wait, to be revealed in blocks {} to {}; the best block is {now}",
            now + 10,
            now + 60
        )
    );
    for rule in [
        Hyperparameter::CommitReveal(false),
        Hyperparameter::WeightsVersionKey(9),
        Hyperparameter::MinAllowedWeights(2),
        Hyperparameter::MaxWeightLimit(32_768),
        Hyperparameter::WeightsRateLimit(50),
    ] {
        network.ok(OWNER, registry::set_hyperparameter(netuid, rule));
    }
    network.join(netuid, 11, Rao::ZERO);
    let set = |values: &[u16], key| {
        let uids = (0..).map(Uid).take(values.len()).collect();
        rewards::set_weights(netuid, uids, values.to_vec(), key)
    };
    assert_eq!(
        told(&mut network, HOTKEY, set(&[1, 1], 8)),
        "the least is 9, given was 8"
    );
    assert_eq!(
        told(
            &mut network,
            HOTKEY,
            rewards::set_weights(netuid, vec![Uid(1)], vec![1], 9)
        ),
        "the least is 2, given were 1"
    );
    assert_eq!(
        told(&mut network, HOTKEY, set(&[3, 1], 9)),
        "the most is 50.00 %, the largest is 74.99 %"
    );
    let limited = told(&mut network, HOTKEY, set(&[1, 1], 9));
    assert!(
        limited.starts_with(&format!(
            "the last weights are of block {now}, the next can be set 50 blocks later"
        )),
        "{limited}"
    );
    let permit = told(&mut network, 11, set(&[1, 1], 9));
    assert!(permit.starts_with("#11 counts with 0.000000000 TAO"), "{permit}");
    let seat = told(
        &mut network,
        11,
        rewards::vote_subnets(vec![inktensor_primitives::rewards::SubnetVote { netuid, weight: 1 }]),
    );
    assert!(seat.starts_with("#11 has 0.000000000 TAO staked to it"), "{seat}");
}

#[test]
fn who_swaps_keys_is_told_whose_they_are_and_when() {
    let (mut network, _) = network();
    let swap = |old, new| rewards::swap_hotkey(account(old), account(new));
    assert_eq!(told(&mut network, STRANGER, swap(HOTKEY, 20)), "#10 belongs to #110");
    network.fund(130, Rao::from_tao(2));
    network.ok(130, staking::stake(account(21), Rao::from_tao(1)));
    assert_eq!(
        told(&mut network, COLDKEY, swap(HOTKEY, 21)),
        "1.000000000 TAO are staked to #21 now"
    );
    network.ok(COLDKEY, swap(HOTKEY, 20));
    assert_eq!(
        told(&mut network, COLDKEY, swap(HOTKEY, 22)),
        "#20 took the place of #10"
    );
    let ready = network.ok(COLDKEY, registry::announce_coldkey_swap(account(50)));
    let now = network.chain.block();
    assert_eq!(
        told(&mut network, STRANGER, registry::finish_coldkey_swap(account(COLDKEY))),
        format!("the swap to #50 can be finished from block {ready} on, the best block is {now}")
    );
}

#[test]
fn senders_are_told_what_they_hold() {
    let (mut network, _) = network();
    assert_eq!(
        told(&mut network, STRANGER, tao::transfer(account(2), 5, vec![])),
        "#240 holds 0.000000000 TAO"
    );
    network.ok(OWNER, tao::approve(account(STRANGER), 3));
    assert_eq!(
        told(
            &mut network,
            STRANGER,
            tao::transfer_from(account(OWNER), account(2), 5, vec![])
        ),
        "#1 allows #240 0.000000003 TAO, asked for 0.000000005"
    );
}
