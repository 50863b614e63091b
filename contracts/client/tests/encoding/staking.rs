//! The staking contract's messages.

use crate::{Case, account, case, hex};
use inktensor_client::messages::staking;
use inktensor_primitives::staking::{Child, Payout};
use inktensor_primitives::{NetUid, Rao};

pub fn cases() -> Vec<Case> {
    let (one, two) = (&*hex(1), &*hex(2));
    let payout = Payout {
        hotkey: account(1),
        coldkey: account(2),
        incentive: Rao(3),
        dividends: Rao(u64::MAX),
    };
    let child = Child {
        hotkey: account(2),
        proportion: u64::MAX,
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
        case(
            staking::distribute(NetUid(259), vec![payout]),
            &["259", &format!("[{payout_text}]")],
        ),
        case(staking::move_stake(account(1), account(2), None), &[one, two, "None"]),
        case(
            staking::move_stake(account(1), account(2), Some(Rao(7))),
            &[one, two, "Some(7)"],
        ),
        case(
            staking::transfer_stake(account(2), account(1), None),
            &[two, one, "None"],
        ),
        case(
            staking::subnet_stakes(NetUid(259), vec![account(1), account(2)]),
            &["259", &format!("[{one}, {two}]")],
        ),
        case(
            staking::set_children(NetUid(3), account(1), vec![child]),
            &["3", one, &format!("[(hotkey: {two}, proportion: {})]", u64::MAX)],
        ),
        case(staking::set_children(NetUid(3), account(1), vec![]), &["3", one, "[]"]),
        case(staking::set_child_take(NetUid(3), account(1), 9), &["3", one, "9"]),
        case(staking::family(NetUid(3), account(1)), &["3", one]),
        case(
            staking::set_auto_stake(NetUid(3), Some(account(1))),
            &["3", &format!("Some({one})")],
        ),
        case(staking::set_auto_stake(NetUid(3), None), &["3", "None"]),
        case(staking::auto_stake(NetUid(3), account(1)), &["3", one]),
        case(staking::record_votes(account(1)), &[one]),
        case(
            staking::past_votes(account(1), vec![account(2)], 77),
            &[one, &format!("[{two}]"), "77"],
        ),
        case(staking::rename_hotkey(account(1), account(2)), &[one, two]),
        case(staking::past_total(u32::MAX), &[&u32::MAX.to_string()]),
    ]
}
