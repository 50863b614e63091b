//! Any sequence of what moves stake: whatever is refused, every rao in the ledger is in a pool, and none of it is lost.

use inktensor_primitives::staking::{Child, Payout};
use inktensor_primitives::{AccountId, NetUid, Rao};
use staking::ledger::{Ledger, MAX_PAGE};

#[path = "choices.rs"]
mod choices;
use choices::Choices;

const SUBNET: NetUid = NetUid(1);
/// Coldkeys are 0 to 3, hotkeys 4 to 7: some are both to somebody.
const ACCOUNTS: u8 = 8;

/// Runs the bytes' steps on an empty ledger.
pub fn run(bytes: &[u8]) {
    let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
        sequence(&mut Choices(bytes));
        Ok(())
    });
    assert!(ran.is_ok(), "{ran:?}");
}

fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

fn sequence(choices: &mut Choices) {
    let (mut ledger, mut now, mut held) = (Ledger::default(), 1_u32, 0_i128);
    for _ in 0..100 {
        if choices.0.is_empty() {
            break;
        }
        held += step(&mut ledger, choices, &mut now);
        assert_eq!(i128::from(ledger.total().0), held, "what came in and did not go out");
        let pools: u128 = (0..ACCOUNTS)
            .map(|hotkey| u128::from(ledger.delegate(account(hotkey), now).stake.0))
            .sum();
        assert_eq!(pools, held as u128, "all of it is in pools");
    }
    leave(&mut ledger, now);
}

/// Runs one step; returns by how much TAO in the contract grew.
fn step(ledger: &mut Ledger, choices: &mut Choices, now: &mut u32) -> i128 {
    let mut who = || account(choices.byte() % ACCOUNTS);
    let (coldkey, hotkey, other) = (who(), who(), who());
    let at = *now;
    match choices.below(10) {
        0 | 1 => {
            let staked = ledger.stake(coldkey, hotkey, Rao(amount(choices)), at);
            staked.map_or(0, |(_, event)| i128::from(event.amount.0))
        }
        2 => {
            let paid = ledger.unstake(coldkey, hotkey, Rao(amount(choices)), at);
            -paid.map_or(0, |(_, event)| i128::from(event.amount.0))
        }
        3 => -ledger
            .unstake_all(coldkey, hotkey, at)
            .map_or(0, |event| i128::from(event.amount.0)),
        4 => {
            let part = choices.truth().then(|| Rao(amount(choices)));
            let _ = ledger.move_stake(coldkey, hotkey, other, part, at);
            0
        }
        5 => {
            let part = choices.truth().then(|| Rao(amount(choices)));
            let _ = ledger.transfer_stake(coldkey, hotkey, other, part, at);
            0
        }
        6 => {
            let payout = Payout {
                hotkey,
                coldkey,
                incentive: Rao(amount(choices)),
                dividends: Rao(amount(choices)),
            };
            let paid = ledger
                .distribute(SUBNET, vec![payout], at)
                .expect("sums are below 2^64");
            i128::from(paid.sum.0)
        }
        7 => {
            let children = (0..choices.below(8)).map(|_| Child {
                hotkey: account(choices.byte() % ACCOUNTS),
                proportion: choices.number(),
            });
            let children = children.collect();
            let _ = ledger.set_children(coldkey, SUBNET, hotkey, children, at);
            0
        }
        8 => {
            let take = choices.short();
            let _ = ledger.set_take(coldkey, hotkey, take, at);
            let _ = ledger.set_child_take(coldkey, SUBNET, hotkey, take, at);
            let _ = ledger.set_auto_stake(coldkey, SUBNET, choices.truth().then_some(other));
            let _ = ledger.record_votes(coldkey, hotkey, at);
            0
        }
        _ => {
            *now = now.saturating_add(u32::from(choices.short()));
            0
        }
    }
}

/// Anything, but of a hundred steps the sum stays below the cap of 2.1e16 rao, as the token sees to it.
fn amount(choices: &mut Choices) -> u64 {
    choices.number() % 100_000_000_000_000
}

/// Everyone leaves with all they have, and nothing remains, except in a pool that nobody has shares of.
fn leave(ledger: &mut Ledger, now: u32) {
    for coldkey in (0..ACCOUNTS).map(account) {
        let positions = ledger.positions(coldkey, 0, MAX_PAGE).expect("a page").items;
        for position in positions {
            let event = ledger.unstake_all(coldkey, position.hotkey, now).expect("it is there");
            assert!(event.amount >= position.stake, "nobody lost by others' leaving");
        }
    }
    for hotkey in (0..ACCOUNTS).map(account) {
        assert_eq!(ledger.delegate(hotkey, now).nominators, 0);
    }
    assert_eq!(ledger.total(), Rao::ZERO);
}
