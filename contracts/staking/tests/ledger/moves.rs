//! Staking, unstaking, moving and giving away.

use super::*;
use inktensor_primitives::staking::Error;
use staking::ledger::{MAX_HOTKEYS, MAX_PAGE, MINIMUM_STAKE};

#[test]
fn a_stake_below_the_minimum_is_refused() {
    with_ledger(|mut ledger| {
        let mut try_to = |amount| {
            ledger
                .stake(account(1), account(9), Rao(amount), NOW)
                .map(|(position, _)| position)
        };
        assert_eq!(try_to(MINIMUM_STAKE.0 - 1), Err(Error::BelowMinimumStake));
        assert_eq!(try_to(MINIMUM_STAKE.0), Ok(MINIMUM_STAKE));
    });
}

#[test]
fn unstaking_all_leaves_no_position() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 5_000_000);
        stake(&mut ledger, 1, 8, 7_000_000);
        let event = ledger.unstake_all(account(1), account(9), NOW).unwrap();
        assert_eq!((event.amount, event.position), (Rao(5_000_000), Rao::ZERO));
        assert_eq!(
            ledger.unstake_all(account(1), account(9), NOW),
            Err(Error::InsufficientStake)
        );
        let positions = ledger.positions(account(1), 0, MAX_PAGE).unwrap();
        assert_eq!((positions.total, positions.items[0].hotkey), (1, account(8)));
        let delegate = ledger.delegate(account(9), NOW);
        assert_eq!((delegate.stake, delegate.nominators), (Rao::ZERO, 0));
        assert_eq!(ledger.delegates(0, MAX_PAGE, NOW).unwrap().total, 2, "it held stake");
    });
}

#[test]
fn nobody_takes_what_another_staked() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 5_000_000);
        let mut unstake = |who, amount| {
            ledger
                .unstake(account(who), account(9), Rao(amount), NOW)
                .map(|(left, _)| left)
        };
        assert_eq!(unstake(2, 1), Err(Error::InsufficientStake));
        assert_eq!(unstake(1, 5_000_001), Err(Error::InsufficientStake));
        assert_eq!(unstake(1, 0), Err(Error::BelowMinimumStake));
        assert_eq!(
            ledger.move_stake(account(2), account(9), account(8), Some(Rao(3_000_000)), NOW),
            Err(Error::InsufficientStake)
        );
        assert_eq!(
            ledger.transfer_stake(account(2), account(9), account(3), None, NOW),
            Err(Error::InsufficientStake)
        );
        assert_eq!(stake_of(&ledger, 1, 9), 5_000_000);
    });
}

#[test]
fn a_part_leaves_at_least_the_minimum() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 5_000_000);
        let most = Rao(5_000_000 - MINIMUM_STAKE.0);
        let more = Rao(most.0 + 1);
        assert_eq!(
            ledger.unstake(account(1), account(9), more, NOW),
            Err(Error::RemainderBelowMinimum)
        );
        assert_eq!(
            ledger.move_stake(account(1), account(9), account(8), Some(more), NOW),
            Err(Error::RemainderBelowMinimum)
        );
        assert_eq!(
            ledger.unstake(account(1), account(9), most, NOW).unwrap().0,
            MINIMUM_STAKE
        );
        assert_eq!(
            ledger.unstake(account(1), account(9), MINIMUM_STAKE, NOW).unwrap().0,
            Rao::ZERO
        );
    });
}

#[test]
fn stake_moves_to_another_hotkey_without_leaving_the_contract() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 9_000_000);
        let event = ledger
            .move_stake(account(1), account(9), account(8), Some(Rao(4_000_000)), NOW)
            .unwrap();
        assert_eq!(event.amount, Rao(4_000_000));
        assert_eq!(
            (stake_of(&ledger, 1, 9), stake_of(&ledger, 1, 8)),
            (5_000_000, 4_000_000)
        );
        ledger
            .move_stake(account(1), account(9), account(8), None, NOW)
            .unwrap();
        assert_eq!((stake_of(&ledger, 1, 9), stake_of(&ledger, 1, 8)), (0, 9_000_000));
        assert_eq!(ledger.total(), Rao(9_000_000));
        assert_eq!(ledger.positions(account(1), 0, MAX_PAGE).unwrap().total, 1);
        assert_eq!(
            ledger.move_stake(account(1), account(8), account(8), None, NOW),
            Err(Error::SameAccount)
        );
    });
}

#[test]
fn stake_is_given_to_another_coldkey() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 9_000_000);
        ledger
            .transfer_stake(account(1), account(9), account(2), Some(Rao(4_000_000)), NOW)
            .unwrap();
        assert_eq!(
            (stake_of(&ledger, 1, 9), stake_of(&ledger, 2, 9)),
            (5_000_000, 4_000_000)
        );
        assert_eq!(
            ledger.transfer_stake(account(1), account(9), account(2), Some(Rao(1)), NOW),
            Err(Error::BelowMinimumStake)
        );
        assert_eq!(
            ledger.transfer_stake(account(1), account(9), account(1), None, NOW),
            Err(Error::SameAccount)
        );
        ledger.unstake_all(account(2), account(9), NOW).unwrap();
        assert_eq!(ledger.total(), Rao(5_000_000));
    });
}

#[test]
fn pages_are_bounded() {
    with_ledger(|ledger| {
        assert_eq!(ledger.positions(account(1), 0, MAX_PAGE + 1), Err(Error::PageTooLarge));
        assert_eq!(ledger.delegates(0, MAX_PAGE + 1, NOW), Err(Error::PageTooLarge));
        let many = vec![account(1); MAX_HOTKEYS + 1];
        assert_eq!(ledger.hotkey_stakes(&many), Err(Error::PageTooLarge));
        assert_eq!(ledger.subnet_stakes(SUBNET, &many, NOW), Err(Error::PageTooLarge));
        assert_eq!(ledger.past_votes(account(1), &many, 1, NOW), Err(Error::PageTooLarge));
    });
}
