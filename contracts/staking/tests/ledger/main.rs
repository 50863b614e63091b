//! What staking promises: nobody gains or loses by what others do, and every rao is somebody's.

// Tests may panic.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod conservation;
mod moves;
mod payouts;
mod renames;
mod votes;

use inktensor_primitives::staking::Payout;
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Rao};
use staking::ledger::Ledger;

/// When things happen where it does not matter when.
const NOW: BlockNumber = 5;
/// Where things happen where it does not matter where.
const SUBNET: NetUid = NetUid(3);

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

/// Stakes that must succeed.
fn stake(ledger: &mut Ledger, coldkey: u8, hotkey: u8, amount: u64) {
    ledger
        .stake(account(coldkey), account(hotkey), Rao(amount), NOW)
        .unwrap();
}

fn stake_of(ledger: &Ledger, coldkey: u8, hotkey: u8) -> u64 {
    ledger.stake_of(&account(hotkey), &account(coldkey)).unwrap().0
}
