//! Takes, child keys, and who gets what neurons earn.

use super::*;
use inktensor_primitives::staking::{Child, Error, CHILDREN_DELAY, MAX_TAKE, TAKE_DELAY};
use staking::ledger::MAX_PAYOUTS;

const TAO: u64 = 1_000_000_000;

fn distribute(ledger: &mut Ledger, payout: Payout, now: BlockNumber) -> staking::ledger::Paid {
    ledger.distribute(SUBNET, vec![payout], now).unwrap()
}

#[test]
fn the_take_is_the_owners_and_the_rest_is_shared() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 9, 300_000_000);
        stake(&mut ledger, 2, 9, 100_000_000);
        let paid = distribute(&mut ledger, payout(9, 5, 1_000, 65_535_000), NOW);
        assert_eq!(paid.sum, Rao(65_536_000));
        let take = u64::from(MAX_TAKE) * 1_000;
        assert_eq!(paid.neurons[0].take, Rao(take));
        let rest = 65_535_000 - take;
        assert_eq!(stake_of(&ledger, 1, 9), 300_000_000 + rest * 3 / 4);
        assert_eq!(stake_of(&ledger, 2, 9), 100_000_000 + rest / 4);
        let own = stake_of(&ledger, 5, 9);
        assert!((take + 999..=take + 1_000).contains(&own), "{own}");
        assert_eq!(ledger.delegate(account(9), NOW).owner, Some(account(5)));
        assert_eq!(ledger.total(), Rao(400_000_000 + 65_536_000));
    });
}

#[test]
fn dividends_of_a_hotkey_without_stake_are_its_owners() {
    with_ledger(|mut ledger| {
        distribute(&mut ledger, payout(9, 5, 0, 1_000), NOW);
        assert_eq!(stake_of(&ledger, 5, 9), 1_000);
    });
}

#[test]
fn a_take_has_a_maximum_and_its_owner_and_rises_late() {
    with_ledger(|mut ledger| {
        let mut set = |caller, take, now| ledger.set_take(account(caller), account(9), take, now);
        assert_eq!(set(5, 0, NOW), Err(Error::NotAllowed));
        assert_eq!(set(9, MAX_TAKE + 1, NOW), Err(Error::TakeTooHigh));
        distribute(&mut ledger, payout(9, 5, 1, 0), NOW);
        let event = ledger.set_take(account(5), account(9), 100, NOW).unwrap();
        assert_eq!((event.old, event.new, event.from), (MAX_TAKE, 100, NOW));
        let event = ledger.set_take(account(5), account(9), 200, NOW).unwrap();
        assert_eq!((event.old, event.new, event.from), (100, 200, NOW + TAKE_DELAY));
        let shown = ledger.delegate(account(9), NOW + 1);
        assert_eq!((shown.take, shown.rise.unwrap().take), (100, 200));
        assert_eq!(ledger.delegate(account(9), NOW + TAKE_DELAY).take, 200);
    });
}

/// Hotkey 8 of owner 18 lends half of its 100 TAO (nominator 1) to hotkey 9 of owner 19, which has 50 TAO (nominator 2).
fn with_family(test: impl FnOnce(Ledger, BlockNumber)) {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 8, 100 * TAO);
        stake(&mut ledger, 2, 9, 50 * TAO);
        for (hotkey, owner) in [(8, 18), (9, 19)] {
            distribute(&mut ledger, payout(hotkey, owner, 0, 0), NOW);
            ledger.set_take(account(owner), account(hotkey), 0, NOW).unwrap();
        }
        let children = vec![Child {
            hotkey: account(9),
            proportion: u64::MAX / 2 + 1,
        }];
        let (event, _) = ledger
            .set_children(account(18), SUBNET, account(8), children, NOW)
            .unwrap();
        test(ledger, event.from);
    });
}

#[test]
fn lent_stake_counts_for_the_child_and_its_dividends_go_back() {
    with_family(|mut ledger, from| {
        let hotkeys = [account(8), account(9)];
        let stakes = |now| ledger.subnet_stakes(SUBNET, &hotkeys, now).unwrap();
        assert_eq!(stakes(from - 1), [Rao(100 * TAO), Rao(50 * TAO)]);
        assert_eq!(stakes(from), [Rao(50 * TAO), Rao(100 * TAO)]);
        assert_eq!(ledger.hotkey_stakes(&hotkeys).unwrap(), [Rao(100 * TAO), Rao(50 * TAO)]);

        let paid = distribute(&mut ledger, payout(9, 19, 0, 10 * TAO), from);
        assert_eq!(
            (paid.parents[0].parent, paid.parents[0].dividends),
            (account(8), Rao(5 * TAO))
        );
        assert_eq!(paid.neurons[0].dividends, Rao(5 * TAO));
        assert_eq!(
            (stake_of(&ledger, 1, 8), stake_of(&ledger, 2, 9)),
            (105 * TAO, 55 * TAO)
        );
        distribute(&mut ledger, payout(9, 19, 0, 10 * TAO), from - 1);
        assert_eq!(stake_of(&ledger, 2, 9), 65 * TAO, "not before it is in effect");
    });
}

#[test]
fn the_child_keeps_its_take_of_what_it_earns_for_others() {
    with_family(|mut ledger, from| {
        let mut set = |caller, take| ledger.set_child_take(account(caller), SUBNET, account(9), take, NOW);
        assert_eq!(set(18, 0), Err(Error::NotAllowed));
        assert_eq!(set(19, MAX_TAKE + 1), Err(Error::TakeTooHigh));
        assert_eq!(set(19, 6_553).unwrap().from, NOW + TAKE_DELAY);
        let now = from + TAKE_DELAY;
        let paid = distribute(&mut ledger, payout(9, 19, 0, 13_107 * TAO), now);
        let kept = paid.parents[0].child_take.0;
        assert_eq!(kept, 13_107 * TAO / 2 * 6_553 / 65_535);
        assert_eq!(paid.neurons[0].dividends.0, 13_107 * TAO - paid.parents[0].dividends.0);
        // One owner has no reason to charge itself.
        distribute(&mut ledger, payout(8, 19, 0, 0), now);
        let paid = distribute(&mut ledger, payout(9, 19, 0, TAO), now);
        assert_eq!(paid.parents[0].child_take, Rao::ZERO);
    });
}

#[test]
fn a_parent_that_nobody_registered_pays_no_take() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 8, 10 * TAO);
        let children = vec![Child {
            hotkey: account(9),
            proportion: u64::MAX,
        }];
        ledger
            .set_children(account(8), SUBNET, account(8), children, NOW)
            .unwrap();
        let paid = distribute(&mut ledger, payout(9, 19, 0, TAO), NOW + CHILDREN_DELAY);
        assert_eq!((paid.parents[0].take, paid.parents[0].dividends), (Rao::ZERO, Rao(TAO)));
        assert_eq!(stake_of(&ledger, 1, 8), 11 * TAO);
    });
}

#[test]
fn child_keys_are_the_hotkeys_or_its_owners_to_name_and_need_stake() {
    with_ledger(|mut ledger| {
        let children = || {
            vec![Child {
                hotkey: account(9),
                proportion: 1,
            }]
        };
        let mut set = |caller, children| ledger.set_children(account(caller), SUBNET, account(8), children, NOW);
        assert_eq!(set(9, children()), Err(Error::NotAllowed));
        assert_eq!(set(8, children()), Err(Error::BelowMinimumParentStake));
        assert!(set(8, vec![]).is_ok());
        stake(&mut ledger, 1, 8, TAO);
        assert!(ledger
            .set_children(account(8), SUBNET, account(8), children(), NOW)
            .is_ok());
    });
}

#[test]
fn incentive_is_staked_where_the_coldkey_wants_it_on_that_subnet() {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, 7, 10 * TAO);
        ledger.set_auto_stake(account(5), SUBNET, Some(account(7)));
        assert_eq!(ledger.auto_stake(SUBNET, account(5)), Some(account(7)));
        let paid = distribute(&mut ledger, payout(9, 5, 3 * TAO, TAO), NOW);
        assert_eq!(paid.neurons[0].staked_to, Some(account(7)));
        assert_eq!((stake_of(&ledger, 5, 7), stake_of(&ledger, 5, 9)), (3 * TAO, TAO));
        ledger.distribute(NetUid(4), vec![payout(9, 5, TAO, 0)], NOW).unwrap();
        assert_eq!(stake_of(&ledger, 5, 9), 2 * TAO);
        ledger.set_auto_stake(account(5), SUBNET, None);
        distribute(&mut ledger, payout(9, 5, TAO, 0), NOW);
        assert_eq!((stake_of(&ledger, 5, 7), stake_of(&ledger, 5, 9)), (3 * TAO, 3 * TAO));
    });
}

#[test]
fn too_many_payouts_are_refused() {
    with_ledger(|mut ledger| {
        let many = vec![payout(1, 1, 1, 1); MAX_PAYOUTS + 1];
        assert_eq!(ledger.distribute(SUBNET, many, NOW), Err(Error::PageTooLarge));
        assert_eq!(ledger.total(), Rao::ZERO);
    });
}
