//! The token's messages.

use crate::{Case, account, case, hex};
use inktensor_client::messages::tao;
use inktensor_primitives::Rao;

pub fn cases() -> Vec<Case> {
    let (one, two) = (&*hex(1), &*hex(2));
    const HUGE: u128 = u128::MAX - 1;
    let huge = &*HUGE.to_string();
    vec![
        case(tao::new(Rao(7_000_000_000_000_001)), &["7000000000000001"]),
        case(tao::total_supply(), &[]),
        case(tao::balance_of(account(1)), &[one]),
        case(tao::allowance(account(1), account(2)), &[one, two]),
        case(tao::transfer(account(1), HUGE, vec![]), &[one, huge, "[]"]),
        case(tao::transfer(account(1), 0, vec![1, 255]), &[one, "0", "[1, 255]"]),
        case(
            tao::transfer_from(account(1), account(2), 5, vec![0]),
            &[one, two, "5", "[0]"],
        ),
        case(tao::approve(account(1), HUGE), &[one, huge]),
        case(tao::increase_allowance(account(2), 1), &[two, "1"]),
        case(tao::decrease_allowance(account(2), 2), &[two, "2"]),
        case(tao::token_name(), &[]),
        case(tao::token_symbol(), &[]),
        case(tao::token_decimals(), &[]),
        case(tao::burn(3), &["3"]),
        case(tao::burn_from(account(1), 4), &[one, "4"]),
        case(tao::mint(account(1), 5), &[one, "5"]),
        case(tao::set_minter(account(2)), &[two]),
        case(tao::minter(), &[]),
    ]
}
