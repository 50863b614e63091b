//! What staking promises: nobody gains or loses by what others do, and every rao is somebody's.

// Tests may panic.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

use inktensor_primitives::staking::{Error, Payout, MAX_TAKE};
use inktensor_primitives::{AccountId, Rao};
use proptest::prelude::*;
use staking::ledger::{Ledger, MAX_HOTKEYS, MAX_PAGE, MAX_PAYOUTS, MINIMUM_STAKE};

fn account(number: u8) -> AccountId {
    AccountId::from([number; 32])
}

/// A ledger over empty storage.
fn with_ledger(test: impl FnOnce(Ledger)) {
    let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
        test(Ledger::default());
        Ok(())
    });
    assert!(ran.is_ok(), "{ran:?}");
}

fn payout(hotkey: u8, coldkey: u8, incentive: u64, dividends: u64) -> Payout {
    Payout {
        hotkey: account(hotkey),
        coldkey: account(coldkey),
        incentive: Rao(incentive),
        dividends: Rao(dividends),
    }
}

#[test]
fn a_stake_below_the_minimum_is_refused() {
    with_ledger(|mut ledger| {
        let too_little = Rao(MINIMUM_STAKE.0 - 1);
        assert_eq!(
            ledger.stake(account(1), account(9), too_little),
            Err(Error::BelowMinimumStake)
        );
        assert!(ledger.stake(account(1), account(9), MINIMUM_STAKE).is_ok());
    });
}

#[test]
fn unstaking_all_leaves_no_position() {
    with_ledger(|mut ledger| {
        ledger.stake(account(1), account(9), Rao(5_000_000)).unwrap();
        ledger.stake(account(1), account(8), Rao(7_000_000)).unwrap();
        let event = ledger.unstake_all(account(1), account(9)).unwrap();
        assert_eq!((event.amount, event.position), (Rao(5_000_000), Rao::ZERO));
        assert_eq!(
            ledger.unstake_all(account(1), account(9)),
            Err(Error::InsufficientStake)
        );
        let positions = ledger.positions(account(1), 0, MAX_PAGE).unwrap();
        assert_eq!((positions.total, positions.items[0].hotkey), (1, account(8)));
        let delegate = ledger.delegate(account(9));
        assert_eq!((delegate.stake, delegate.nominators), (Rao::ZERO, 0));
        assert_eq!(ledger.delegates(0, MAX_PAGE).unwrap().total, 2, "it held stake");
    });
}

#[test]
fn nobody_takes_what_another_staked() {
    with_ledger(|mut ledger| {
        ledger.stake(account(1), account(9), Rao(5_000_000)).unwrap();
        assert_eq!(
            ledger.unstake(account(2), account(9), Rao(1)),
            Err(Error::InsufficientStake)
        );
        assert_eq!(
            ledger.unstake(account(1), account(9), Rao(5_000_001)),
            Err(Error::InsufficientStake)
        );
        assert_eq!(
            ledger.unstake(account(1), account(9), Rao::ZERO),
            Err(Error::BelowMinimumStake)
        );
        assert_eq!(ledger.stake_of(&account(9), &account(1)), Ok(Rao(5_000_000)));
    });
}

#[test]
fn the_take_is_the_owners_and_the_rest_is_shared() {
    with_ledger(|mut ledger| {
        ledger.stake(account(1), account(9), Rao(300_000_000)).unwrap();
        ledger.stake(account(2), account(9), Rao(100_000_000)).unwrap();
        let (sum, events) = ledger.distribute(vec![payout(9, 5, 1_000, 65_535_000)]).unwrap();
        assert_eq!(sum, Rao(65_536_000));
        let take = u64::from(MAX_TAKE) * 1_000;
        assert_eq!(events[0].take, Rao(take));
        let rest = 65_535_000 - take;
        let stake_of = |coldkey| ledger.stake_of(&account(9), &account(coldkey)).unwrap().0;
        assert_eq!(stake_of(1), 300_000_000 + rest * 3 / 4);
        assert_eq!(stake_of(2), 100_000_000 + rest / 4);
        assert!((take + 999..=take + 1_000).contains(&stake_of(5)), "{}", stake_of(5));
        assert_eq!(ledger.delegate(account(9)).owner, Some(account(5)));
        assert_eq!(ledger.total(), Rao(400_000_000 + 65_536_000));
    });
}

#[test]
fn dividends_of_a_hotkey_without_stake_are_its_owners() {
    with_ledger(|mut ledger| {
        ledger.distribute(vec![payout(9, 5, 0, 1_000)]).unwrap();
        assert_eq!(ledger.stake_of(&account(9), &account(5)), Ok(Rao(1_000)));
    });
}

#[test]
fn the_take_has_a_maximum_and_its_owner() {
    with_ledger(|mut ledger| {
        assert_eq!(ledger.set_take(account(5), account(9), 0), Err(Error::NotAllowed));
        assert_eq!(
            ledger.set_take(account(9), account(9), MAX_TAKE + 1),
            Err(Error::TakeTooHigh)
        );
        ledger.distribute(vec![payout(9, 5, 1, 0)]).unwrap();
        let event = ledger.set_take(account(5), account(9), 100).unwrap();
        assert_eq!((event.old, event.new), (MAX_TAKE, 100));
        assert_eq!(ledger.delegate(account(9)).take, 100);
    });
}

#[test]
fn pages_are_bounded() {
    with_ledger(|mut ledger| {
        assert_eq!(ledger.positions(account(1), 0, MAX_PAGE + 1), Err(Error::PageTooLarge));
        assert_eq!(ledger.delegates(0, MAX_PAGE + 1), Err(Error::PageTooLarge));
        assert_eq!(
            ledger.hotkey_stakes(&vec![account(1); MAX_HOTKEYS + 1]),
            Err(Error::PageTooLarge)
        );
        let many = vec![payout(1, 1, 1, 1); MAX_PAYOUTS + 1];
        assert_eq!(ledger.distribute(many), Err(Error::PageTooLarge));
        assert_eq!(ledger.total(), Rao::ZERO);
    });
}

const COLDKEYS: u8 = 4;
const HOTKEYS: std::ops::Range<u8> = 10..13;

#[derive(Clone, Debug)]
enum Step {
    Stake(u8, u8, u64),
    Unstake(u8, u8, u64),
    UnstakeAll(u8, u8),
    Distribute(u8, u8, u64, u64),
    SetTake(u8, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let tao = 0..5_000_000_000_000_u64;
    prop_oneof![
        3 => (0..COLDKEYS, HOTKEYS, tao.clone()).prop_map(|(who, on, amount)| Step::Stake(who, on, amount)),
        2 => (0..COLDKEYS, HOTKEYS, tao.clone()).prop_map(|(who, on, amount)| Step::Unstake(who, on, amount)),
        1 => (0..COLDKEYS, HOTKEYS).prop_map(|(who, on)| Step::UnstakeAll(who, on)),
        2 => (HOTKEYS, 0..COLDKEYS, tao.clone(), tao).prop_map(|(on, owner, one, other)| Step::Distribute(on, owner, one, other)),
        1 => (HOTKEYS, any::<u16>()).prop_map(|(on, take)| Step::SetTake(on, take)),
    ]
}

/// Runs one step; returns by how much the TAO in the contract grows or shrinks.
fn apply(ledger: &mut Ledger, step: &Step) -> i128 {
    match *step {
        Step::Stake(who, on, amount) => {
            let staked = ledger.stake(account(who), account(on), Rao(amount));
            staked.map_or(0, |(_, event)| i128::from(event.amount.0))
        }
        Step::Unstake(who, on, amount) => {
            let unstaked = ledger.unstake(account(who), account(on), Rao(amount));
            unstaked.map_or(0, |(_, event)| -i128::from(event.amount.0))
        }
        Step::UnstakeAll(who, on) => {
            let unstaked = ledger.unstake_all(account(who), account(on));
            unstaked.map_or(0, |event| -i128::from(event.amount.0))
        }
        Step::Distribute(on, owner, incentive, dividends) => {
            let (sum, _) = ledger
                .distribute(vec![payout(on, owner, incentive, dividends)])
                .unwrap();
            i128::from(sum.0)
        }
        Step::SetTake(on, take) => {
            let _ = ledger.set_take(account(on), account(on), take);
            0
        }
    }
}

fn worths(ledger: &Ledger) -> Vec<u64> {
    let pairs = (0..COLDKEYS).flat_map(|who| HOTKEYS.map(move |on| (who, on)));
    pairs
        .map(|(who, on)| ledger.stake_of(&account(on), &account(who)).unwrap().0)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever happens, the TAO in the contract is the sum of the pools, positions never exceed it, and all can leave with all of it.
    #[test]
    fn every_rao_is_somebodys(steps in prop::collection::vec(step(), 1..40)) {
        with_ledger(|mut ledger| {
            let mut held = 0_i128;
            for step in &steps {
                held += apply(&mut ledger, step);
                assert_eq!(i128::from(ledger.total().0), held);
                let pools: u64 = HOTKEYS.map(|on| ledger.delegate(account(on)).stake.0).sum();
                assert_eq!(i128::from(pools), held);
                assert!(i128::from(worths(&ledger).iter().sum::<u64>()) <= held);
            }
            for who in 0..COLDKEYS {
                let listed: Vec<_> = ledger.positions(account(who), 0, MAX_PAGE).unwrap().items;
                for position in listed {
                    assert_eq!(Ok(position.stake), ledger.stake_of(&position.hotkey, &account(who)));
                    ledger.unstake_all(account(who), position.hotkey).unwrap();
                }
                assert_eq!(ledger.positions(account(who), 0, MAX_PAGE).unwrap().total, 0);
            }
            assert_eq!(ledger.total(), Rao::ZERO, "the last one out takes what rounding left");
        });
    }

    /// No step lowers the worth of a position that it does not belong to.
    #[test]
    fn no_step_takes_from_others(steps in prop::collection::vec(step(), 1..40)) {
        with_ledger(|mut ledger| {
            for step in &steps {
                let before = worths(&ledger);
                apply(&mut ledger, step);
                let after = worths(&ledger);
                let actor = match step {
                    Step::Unstake(who, _, _) | Step::UnstakeAll(who, _) => Some(*who),
                    _ => None,
                };
                let hotkeys = HOTKEYS.len();
                for (place, (old, new)) in before.iter().zip(&after).enumerate() {
                    let owner = u8::try_from(place / hotkeys).unwrap();
                    assert!(Some(owner) == actor || new >= old, "{step:?}: {old} to {new}");
                }
            }
        });
    }
}
