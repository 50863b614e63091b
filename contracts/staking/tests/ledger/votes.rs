//! Stake of past blocks.

use super::*;
use inktensor_primitives::staking::{Error, VOTES_HORIZON};

fn stake_at(ledger: &mut Ledger, coldkey: u8, hotkey: u8, amount: u64, now: BlockNumber) {
    ledger
        .stake(account(coldkey), account(hotkey), Rao(amount), now)
        .unwrap();
}

#[test]
fn votes_are_what_was_staked_at_that_block_whatever_came_later() {
    with_ledger(|mut ledger| {
        stake_at(&mut ledger, 1, 9, 5_000_000, 10);
        stake_at(&mut ledger, 1, 8, 3_000_000, 20);
        stake_at(&mut ledger, 2, 9, 4_000_000, 20);
        ledger.unstake_all(account(1), account(9), 30).unwrap();
        let hotkeys = [account(8), account(9)];
        let votes = |block| ledger.past_votes(account(1), &hotkeys, block, 100).unwrap().0;
        assert_eq!(
            [9, 10, 19, 20, 29, 30].map(votes),
            [0, 5_000_000, 5_000_000, 8_000_000, 8_000_000, 3_000_000]
        );
        let total = |block| ledger.past_total(block, 100).unwrap().0;
        assert_eq!([9, 19, 29, 30].map(total), [0, 5_000_000, 12_000_000, 7_000_000]);
    });
}

#[test]
fn no_position_votes_twice() {
    with_ledger(|mut ledger| {
        stake_at(&mut ledger, 1, 9, 5_000_000, 10);
        for hotkeys in [[account(9), account(9)], [account(9), account(8)]] {
            assert_eq!(
                ledger.past_votes(account(1), &hotkeys, 10, 11),
                Err(Error::HotkeysNotAscending)
            );
        }
        ledger.move_stake(account(1), account(9), account(8), None, 20).unwrap();
        ledger
            .transfer_stake(account(1), account(8), account(2), None, 30)
            .unwrap();
        let hotkeys = [account(8), account(9)];
        for block in [10, 20, 30] {
            let votes = [1, 2].map(|who| ledger.past_votes(account(who), &hotkeys, block, 40).unwrap().0);
            assert_eq!(votes.iter().sum::<u64>(), 5_000_000, "{block}");
        }
    });
}

#[test]
fn the_present_has_no_votes_yet_and_the_distant_past_none_any_more() {
    with_ledger(|ledger| {
        assert_eq!(
            ledger.past_votes(account(1), &[account(9)], 10, 10),
            Err(Error::BlockNotPast)
        );
        assert_eq!(ledger.past_total(10, 10), Err(Error::BlockNotPast));
        assert_eq!(ledger.past_total(10, 11 + VOTES_HORIZON), Err(Error::BlockForgotten));
    });
}

#[test]
fn earnings_vote_once_they_are_recorded() {
    with_ledger(|mut ledger| {
        ledger.distribute(SUBNET, vec![payout(9, 5, 4_000_000, 0)], 10).unwrap();
        assert_eq!(ledger.record_votes(account(5), account(9), 20), Ok(Rao(4_000_000)));
        let votes = |block| ledger.past_votes(account(5), &[account(9)], block, 30);
        assert_eq!((votes(19), votes(20)), (Ok(Rao::ZERO), Ok(Rao(4_000_000))));
        assert_eq!(
            ledger.record_votes(account(6), account(9), 20),
            Err(Error::InsufficientStake)
        );
    });
}
