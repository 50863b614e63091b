//! Hotkeys that take the place of others.

use super::*;
use inktensor_primitives::staking::{Child, Error, CHILDREN_DELAY, MAX_TAKE};
use staking::ledger::MAX_PAGE;

const TAO: u64 = 1_000_000_000;
const OLD: u8 = 9;
const NEW: u8 = 19;

/// Coldkeys 1 and 2 have stake on the hotkey 9, which coldkey 5 owns.
fn with_stakers(test: impl FnOnce(Ledger)) {
    with_ledger(|mut ledger| {
        stake(&mut ledger, 1, OLD, 300 * TAO);
        stake(&mut ledger, 2, OLD, 100 * TAO);
        stake(&mut ledger, 1, 8, TAO);
        ledger.distribute(SUBNET, vec![payout(OLD, 5, 0, 0)], NOW).unwrap();
        test(ledger);
    });
}

fn rename(ledger: &mut Ledger, old: u8, new: u8) -> Result<bool, Error> {
    let event = ledger.rename_hotkey(account(old), account(new))?;
    Ok(event.is_some())
}

#[test]
fn everything_staked_follows_and_no_position_changes() {
    with_stakers(|mut ledger| {
        assert_eq!(rename(&mut ledger, OLD, NEW), Ok(true));
        for (coldkey, amount) in [(1, 300 * TAO), (2, 100 * TAO)] {
            assert_eq!(stake_of(&ledger, coldkey, NEW), amount);
            assert_eq!(stake_of(&ledger, coldkey, OLD), amount, "the old name means the same");
        }
        let listed: Vec<AccountId> = {
            let positions = ledger.positions(account(1), 0, MAX_PAGE).unwrap().items;
            positions.into_iter().map(|position| position.hotkey).collect()
        };
        assert_eq!(listed, [account(NEW), account(8)]);
        let delegates = ledger.delegates(0, MAX_PAGE, NOW).unwrap();
        assert_eq!((delegates.total, delegates.items[0].hotkey), (2, account(NEW)));
        assert_eq!(delegates.items[0].nominators, 2);
        assert_eq!(ledger.total(), Rao(401 * TAO));
        let event = ledger.unstake_all(account(2), account(NEW), NOW).unwrap();
        assert_eq!((event.hotkey, event.amount), (account(NEW), Rao(100 * TAO)));
    });
}

#[test]
fn stake_counts_once_and_for_the_new_hotkey() {
    with_stakers(|mut ledger| {
        rename(&mut ledger, OLD, NEW).unwrap();
        let stakes = ledger.hotkey_stakes(&[account(OLD), account(NEW)]).unwrap();
        assert_eq!(stakes, [Rao::ZERO, Rao(400 * TAO)]);
        assert_eq!(
            ledger.subnet_stakes(SUBNET, &[account(NEW)], NOW),
            Ok(vec![Rao(400 * TAO)])
        );
        // An epoch that had read the old name before goes on with it.
        assert_eq!(
            ledger.subnet_stakes(SUBNET, &[account(OLD)], NOW),
            Ok(vec![Rao(400 * TAO)])
        );
    });
}

#[test]
fn payouts_on_their_way_reach_the_successor() {
    with_stakers(|mut ledger| {
        ledger.set_take(account(5), account(OLD), 0, NOW).unwrap();
        rename(&mut ledger, OLD, NEW).unwrap();
        let paid = ledger
            .distribute(SUBNET, vec![payout(OLD, 5, TAO, 4 * TAO)], NOW)
            .unwrap();
        assert_eq!(
            (paid.neurons[0].hotkey, paid.neurons[0].staked_to),
            (account(NEW), None)
        );
        let stakes = [1, 2, 5].map(|coldkey| stake_of(&ledger, coldkey, NEW));
        // The incentive buys shares, rounded down.
        assert_eq!(stakes, [303 * TAO, 101 * TAO, TAO - 1]);
    });
}

#[test]
fn who_names_the_old_hotkey_stakes_to_the_new_one() {
    with_stakers(|mut ledger| {
        rename(&mut ledger, OLD, NEW).unwrap();
        let (_, event) = ledger.stake(account(3), account(OLD), Rao(TAO), NOW).unwrap();
        assert_eq!(event.hotkey, account(NEW));
        let same = ledger.move_stake(account(3), account(OLD), account(NEW), None, NOW);
        assert_eq!(same, Err(Error::SameAccount));
        assert_eq!(ledger.delegate(account(NEW), NOW).nominators, 3);
    });
}

#[test]
fn take_children_and_auto_stake_follow_and_the_old_hotkey_decides_nothing() {
    with_stakers(|mut ledger| {
        let child = |hotkey| {
            vec![Child {
                hotkey: account(hotkey),
                proportion: u64::MAX / 2 + 1,
            }]
        };
        ledger.set_take(account(5), account(OLD), 100, NOW).unwrap();
        ledger.set_take(account(5), account(OLD), 900, NOW).unwrap();
        ledger.set_child_take(account(5), SUBNET, account(OLD), 0, NOW).unwrap();
        ledger
            .set_children(account(5), SUBNET, account(OLD), child(7), NOW)
            .unwrap();
        ledger
            .set_children(account(8), SUBNET, account(8), child(OLD), NOW)
            .unwrap();
        ledger.set_auto_stake(account(6), SUBNET, Some(account(OLD)));
        rename(&mut ledger, OLD, NEW).unwrap();

        let delegate = ledger.delegate(account(NEW), NOW);
        assert_eq!((delegate.take, delegate.rise.unwrap().take), (100, 900));
        let now = NOW + CHILDREN_DELAY;
        let family = ledger.family(SUBNET, account(NEW), now);
        assert_eq!(
            (family.children[0].hotkey, family.parents[0].hotkey),
            (account(7), account(8))
        );
        for relative in [7, 8] {
            let family = ledger.family(SUBNET, account(relative), now);
            let other = family.children.iter().chain(&family.parents).next().unwrap();
            assert_eq!(other.hotkey, account(NEW));
        }
        let counted = ledger.subnet_stakes(SUBNET, &[7, 8, NEW].map(account), now).unwrap();
        assert_eq!(counted.iter().map(|stake| stake.0).sum::<u64>(), 401 * TAO);

        assert_eq!(ledger.auto_stake(SUBNET, account(6)), Some(account(NEW)));
        let paid = ledger.distribute(SUBNET, vec![payout(4, 6, TAO, 0)], now).unwrap();
        assert_eq!(paid.neurons[0].staked_to, Some(account(NEW)));
        assert_eq!(stake_of(&ledger, 6, NEW), TAO);

        for named in [OLD, NEW] {
            let refused = ledger.set_take(account(OLD), account(named), 0, now);
            assert_eq!(refused.unwrap_err(), Error::NotAllowed);
            let refused = ledger.set_children(account(OLD), SUBNET, account(named), vec![], now);
            assert_eq!(refused.unwrap_err(), Error::NotAllowed);
        }
        ledger.set_take(account(NEW), account(NEW), MAX_TAKE, now).unwrap();
        ledger.set_take(account(5), account(OLD), 0, now).unwrap();
    });
}

#[test]
fn two_names_of_one_hotkey_are_one_child() {
    with_stakers(|mut ledger| {
        rename(&mut ledger, OLD, NEW).unwrap();
        let children = |hotkeys: [u8; 2]| {
            let child = |hotkey| Child {
                hotkey: account(hotkey),
                proportion: 1,
            };
            hotkeys.map(child).to_vec()
        };
        let mut set = |hotkeys| ledger.set_children(account(8), SUBNET, account(8), children(hotkeys), NOW);
        assert_eq!(set([OLD, NEW]).unwrap_err(), Error::InvalidChildren);
        assert!(set([7, NEW]).is_ok());
    });
}

#[test]
fn past_votes_follow_and_count_once() {
    with_stakers(|mut ledger| {
        rename(&mut ledger, OLD, NEW).unwrap();
        stake(&mut ledger, 3, NEW, TAO);
        let votes = |coldkey, hotkeys: &[u8]| {
            let hotkeys: Vec<AccountId> = hotkeys.iter().copied().map(account).collect();
            ledger.past_votes(account(coldkey), &hotkeys, NOW, NOW + 1).unwrap().0
        };
        assert_eq!(votes(1, &[NEW]), 300 * TAO, "staked before the swap");
        assert_eq!(votes(3, &[NEW]), TAO);
        assert_eq!((votes(1, &[OLD]), votes(1, &[OLD, NEW])), (0, 300 * TAO));
    });
}

#[test]
fn a_place_is_taken_again_and_again_at_the_same_cost() {
    with_stakers(|mut ledger| {
        for (old, new) in [(OLD, 20), (20, 21), (21, 22)] {
            assert_eq!(rename(&mut ledger, old, new), Ok(true));
        }
        for name in [OLD, 20, 21, 22] {
            assert_eq!(stake_of(&ledger, 1, name), 300 * TAO);
            assert_eq!(ledger.delegate(account(name), NOW).hotkey, account(22));
        }
        assert_eq!(rename(&mut ledger, OLD, 23), Ok(false), "it holds nothing any more");
        assert_eq!(rename(&mut ledger, 20, 23), Ok(false));
        for used in [OLD, 20, 22, 8] {
            assert_eq!(rename(&mut ledger, 22, used), Err(Error::HotkeyInUse));
        }
    });
}

#[test]
fn nobodys_stake_is_mixed_with_that_of_a_hotkey_that_held_some() {
    with_stakers(|mut ledger| {
        stake(&mut ledger, 4, NEW, 2_000_000);
        assert_eq!(rename(&mut ledger, OLD, NEW), Err(Error::HotkeyInUse));
        ledger.unstake_all(account(4), account(NEW), NOW).unwrap();
        assert_eq!(
            rename(&mut ledger, OLD, NEW),
            Err(Error::HotkeyInUse),
            "its past votes stay"
        );
        assert_eq!((stake_of(&ledger, 1, OLD), stake_of(&ledger, 1, NEW)), (300 * TAO, 0));
    });
}

#[test]
fn a_hotkey_without_stake_is_replaced_too() {
    with_ledger(|mut ledger| {
        let lend = vec![Child {
            hotkey: account(OLD),
            proportion: u64::MAX,
        }];
        stake(&mut ledger, 1, 8, TAO);
        ledger.set_children(account(8), SUBNET, account(8), lend, NOW).unwrap();
        assert_eq!(rename(&mut ledger, OLD, NEW), Ok(true));
        let counted = ledger.subnet_stakes(SUBNET, &[account(NEW)], NOW + CHILDREN_DELAY);
        assert_eq!(counted, Ok(vec![Rao(TAO)]), "what it borrows follows");
        ledger.distribute(SUBNET, vec![payout(OLD, 5, TAO, 0)], NOW).unwrap();
        assert_eq!(stake_of(&ledger, 5, NEW), TAO);
    });
}

/// Whoever lends to a hotkey before it takes another's place lends to a hotkey that is no more: that stake counts for nobody until its
/// owner names children anew.
#[test]
fn stake_lent_to_a_hotkey_that_then_takes_a_place_counts_never_twice() {
    with_stakers(|mut ledger| {
        let lend = || {
            vec![Child {
                hotkey: account(NEW),
                proportion: u64::MAX,
            }]
        };
        ledger
            .set_children(account(8), SUBNET, account(8), lend(), NOW)
            .unwrap();
        rename(&mut ledger, OLD, NEW).unwrap();
        let counted = |ledger: &Ledger, now| {
            let stakes = ledger.subnet_stakes(SUBNET, &[account(8), account(NEW)], now).unwrap();
            [stakes[0].0, stakes[1].0]
        };
        let now = NOW + CHILDREN_DELAY;
        assert_eq!(counted(&ledger, now), [0, 400 * TAO]);
        ledger
            .set_children(account(8), SUBNET, account(8), lend(), now)
            .unwrap();
        assert_eq!(counted(&ledger, now + CHILDREN_DELAY), [0, 401 * TAO]);
    });
}
