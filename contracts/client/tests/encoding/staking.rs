//! The staking contract's messages.

use crate::{Case, account, case, hex};
use inktensor_client::messages::staking;
use inktensor_primitives::Rao;
use inktensor_primitives::staking::Payout;

pub fn cases() -> Vec<Case> {
    let (one, two) = (&*hex(1), &*hex(2));
    let payout = Payout {
        hotkey: account(1),
        coldkey: account(2),
        incentive: Rao(3),
        dividends: Rao(u64::MAX),
    };
    let payout_text = format!("(hotkey: {one}, coldkey: {two}, incentive: 3, dividends: {})", u64::MAX);
    vec![
        case(staking::new(account(1)), &[one]),
        case(staking::set_rewards(account(2)), &[two]),
        case(staking::rewards(), &[]),
        case(staking::stake(account(1), Rao(12)), &[one, "12"]),
        case(
            staking::unstake(account(1), Rao(u64::MAX)),
            &[one, &u64::MAX.to_string()],
        ),
        case(staking::unstake_all(account(2)), &[two]),
        case(staking::stake_of(account(1), account(2)), &[one, two]),
        case(staking::positions(account(1), 2, 64), &[one, "2", "64"]),
        case(staking::delegate(account(1)), &[one]),
        case(staking::delegates(0, u32::MAX), &["0", &u32::MAX.to_string()]),
        case(staking::hotkey_stakes(vec![]), &["[]"]),
        case(
            staking::hotkey_stakes(vec![account(1), account(2)]),
            &[&format!("[{one}, {two}]")],
        ),
        case(staking::total_stake(), &[]),
        case(staking::minimum_stake(), &[]),
        case(staking::set_take(account(1), 11_796), &[one, "11796"]),
        case(staking::distribute(vec![payout]), &[&format!("[{payout_text}]")]),
    ]
}
