//! Random sequences of everything that anyone can do.

use super::*;
use inktensor_primitives::staking::{Child, MAX_TAKE};
use proptest::prelude::*;
use staking::ledger::{MAX_PAGE, MINIMUM_STAKE};
use std::ops::Range;

const COLDKEYS: u8 = 4;
const HOTKEYS: Range<u8> = 10..14;
/// Hotkeys that can take others' places.
const FRESH: Range<u8> = 20..26;

#[derive(Clone, Debug)]
enum Step {
    Stake(u8, u8, u64),
    Unstake(u8, u8, u64),
    UnstakeAll(u8, u8),
    Move(u8, u8, u8, Option<u64>),
    Give(u8, u8, u8, Option<u64>),
    Distribute(u8, u8, u64, u64),
    SetTake(u8, u16),
    SetChildren(u8, Vec<(u8, u64)>),
    SetChildTake(u8, u16),
    SetAutoStake(u8, Option<u8>),
    RecordVotes(u8, u8),
    Rename(u8, u8),
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let tao = || prop_oneof![0..5_000_000_000_000_u64, 0..MINIMUM_STAKE.0 * 3];
    let part = || prop::option::of(tao());
    let children = prop::collection::vec((HOTKEYS, any::<u64>()), 0..4);
    prop_oneof![
        3 => (0..COLDKEYS, HOTKEYS, tao()).prop_map(|(who, on, amount)| Step::Stake(who, on, amount)),
        2 => (0..COLDKEYS, HOTKEYS, tao()).prop_map(|(who, on, amount)| Step::Unstake(who, on, amount)),
        1 => (0..COLDKEYS, HOTKEYS).prop_map(|(who, on)| Step::UnstakeAll(who, on)),
        2 => (0..COLDKEYS, HOTKEYS, HOTKEYS, part()).prop_map(|(who, from, to, amount)| Step::Move(who, from, to, amount)),
        2 => (0..COLDKEYS, HOTKEYS, 0..COLDKEYS, part()).prop_map(|(who, on, to, amount)| Step::Give(who, on, to, amount)),
        3 => (HOTKEYS, 0..COLDKEYS, tao(), tao()).prop_map(|(on, owner, one, other)| Step::Distribute(on, owner, one, other)),
        1 => (HOTKEYS, 0..=MAX_TAKE).prop_map(|(on, take)| Step::SetTake(on, take)),
        2 => (HOTKEYS, children).prop_map(|(on, children)| Step::SetChildren(on, children)),
        1 => (HOTKEYS, 0..=MAX_TAKE).prop_map(|(on, take)| Step::SetChildTake(on, take)),
        1 => (0..COLDKEYS, prop::option::of(HOTKEYS)).prop_map(|(who, on)| Step::SetAutoStake(who, on)),
        1 => (0..COLDKEYS, HOTKEYS).prop_map(|(who, on)| Step::RecordVotes(who, on)),
        1 => (prop_oneof![HOTKEYS, FRESH], FRESH).prop_map(|(old, new)| Step::Rename(old, new)),
        2 => (0..20_000_u32).prop_map(Step::Wait),
    ]
}

/// A ledger, and what should be in it.
struct World {
    ledger: Ledger,
    now: BlockNumber,
    held: i128,
}

impl World {
    /// Runs one step, and lets the TAO in the contract follow what the ledger says was paid in or out.
    fn apply(&mut self, step: &Step) {
        let Self { ledger, now, held } = self;
        let now_is = *now;
        let rao = |amount: &Option<u64>| amount.map(Rao);
        match step {
            Step::Stake(who, on, amount) => {
                let staked = ledger.stake(account(*who), account(*on), Rao(*amount), now_is);
                *held += staked.map_or(0, |(_, event)| i128::from(event.amount.0));
            }
            Step::Unstake(who, on, amount) => {
                let paid = ledger.unstake(account(*who), account(*on), Rao(*amount), now_is);
                *held -= paid.map_or(0, |(_, event)| i128::from(event.amount.0));
            }
            Step::UnstakeAll(who, on) => {
                let paid = ledger.unstake_all(account(*who), account(*on), now_is);
                *held -= paid.map_or(0, |event| i128::from(event.amount.0));
            }
            Step::Move(who, from, to, amount) => {
                let _ = ledger.move_stake(account(*who), account(*from), account(*to), rao(amount), now_is);
            }
            Step::Give(who, on, to, amount) => {
                let _ = ledger.transfer_stake(account(*who), account(*on), account(*to), rao(amount), now_is);
            }
            Step::Distribute(on, owner, incentive, dividends) => {
                let paid = ledger
                    .distribute(SUBNET, vec![payout(*on, *owner, *incentive, *dividends)], now_is)
                    .unwrap();
                assert_eq!(paid.sum.0, incentive + dividends);
                *held += i128::from(paid.sum.0);
            }
            Step::SetTake(on, take) => {
                let holder = ledger.delegate(account(*on), now_is).hotkey;
                ledger.set_take(holder, account(*on), *take, now_is).unwrap();
            }
            Step::SetChildren(on, children) => {
                let children = children.iter().map(|(hotkey, proportion)| Child {
                    hotkey: account(*hotkey),
                    proportion: *proportion,
                });
                let holder = ledger.delegate(account(*on), now_is).hotkey;
                let _ = ledger.set_children(holder, SUBNET, account(*on), children.collect(), now_is);
            }
            Step::SetChildTake(on, take) => {
                let holder = ledger.delegate(account(*on), now_is).hotkey;
                ledger
                    .set_child_take(holder, SUBNET, account(*on), *take, now_is)
                    .unwrap();
            }
            Step::SetAutoStake(who, on) => {
                ledger.set_auto_stake(account(*who), SUBNET, on.map(account));
            }
            Step::RecordVotes(who, on) => {
                let _ = ledger.record_votes(account(*who), account(*on), now_is);
            }
            Step::Rename(old, new) => {
                let _ = ledger.rename_hotkey(account(*old), account(*new));
            }
            Step::Wait(blocks) => *now += blocks,
        }
    }

    fn worths(&self) -> Vec<u64> {
        let pairs = (0..COLDKEYS).flat_map(|who| HOTKEYS.map(move |on| (who, on)));
        pairs.map(|(who, on)| stake_of(&self.ledger, who, on)).collect()
    }

    /// What the contract holds is the pools, and what a pool holds is its positions and dust of less than a rao for each.
    fn check(&self) {
        assert_eq!(i128::from(self.ledger.total().0), self.held);
        let mut pools = 0;
        for on in HOTKEYS {
            let pool = self.ledger.delegate(account(on), self.now);
            let positions: u64 = (0..COLDKEYS).map(|who| stake_of(&self.ledger, who, on)).sum();
            let dust = pool.stake.0 - positions;
            assert!(
                dust < u64::from(pool.nominators.max(1)),
                "{dust} rao over {} positions",
                pool.nominators
            );
            pools += pool.stake.0;
        }
        assert_eq!(i128::from(pools), self.held);
        let hotkeys: Vec<AccountId> = HOTKEYS.map(account).collect();
        let counted = self.ledger.subnet_stakes(SUBNET, &hotkeys, self.now).unwrap();
        assert_eq!(
            counted.iter().map(|stake| stake.0).sum::<u64>(),
            pools,
            "stake counts once"
        );
    }

    /// At a past block nobody had more votes than there was stake.
    fn check_votes(&self, block: BlockNumber) {
        let mut hotkeys: Vec<AccountId> = HOTKEYS
            .map(|on| self.ledger.delegate(account(on), self.now).hotkey)
            .collect();
        hotkeys.extend(HOTKEYS.map(account));
        hotkeys.sort();
        hotkeys.dedup();
        let votes = (0..COLDKEYS).map(|who| {
            self.ledger
                .past_votes(account(who), &hotkeys, block, self.now)
                .unwrap()
                .0
        });
        let total = self.ledger.past_total(block, self.now).unwrap().0;
        assert!(votes.sum::<u64>() <= total);
    }
}

fn in_world(test: impl FnOnce(World)) {
    with_ledger(|ledger| {
        test(World {
            ledger,
            now: 1,
            held: 0,
        });
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Whatever happens, the TAO in the contract is what everyone can withdraw and the dust of rounding, and all can leave with all of it.
    #[test]
    fn every_rao_is_somebodys(steps in prop::collection::vec(step(), 1..50), ago in 1..200_000_u32) {
        in_world(|mut world| {
            for step in &steps {
                world.apply(step);
                world.check();
            }
            world.now += 1;
            world.check_votes(world.now.saturating_sub(ago));
            for who in 0..COLDKEYS {
                let listed = world.ledger.positions(account(who), 0, MAX_PAGE).unwrap().items;
                for position in listed {
                    assert_eq!(Ok(position.stake), world.ledger.stake_of(&position.hotkey, &account(who)));
                    let event = world.ledger.unstake_all(account(who), position.hotkey, world.now).unwrap();
                    assert!(event.amount >= position.stake, "what others leave behind is no loss");
                }
                assert_eq!(world.ledger.positions(account(who), 0, MAX_PAGE).unwrap().total, 0);
            }
            assert_eq!(world.ledger.total(), Rao::ZERO, "the last one out takes what rounding left");
        });
    }

    /// No step lowers the worth of a position that it does not belong to.
    #[test]
    fn no_step_takes_from_others(steps in prop::collection::vec(step(), 1..50)) {
        in_world(|mut world| {
            for step in &steps {
                let before = world.worths();
                world.apply(step);
                let after = world.worths();
                let actor = match step {
                    Step::Unstake(who, ..) | Step::UnstakeAll(who, _) | Step::Move(who, ..) | Step::Give(who, ..) => {
                        Some(*who)
                    }
                    _ => None,
                };
                for (place, (old, new)) in before.iter().zip(&after).enumerate() {
                    let owner = u8::try_from(place / HOTKEYS.len()).unwrap();
                    assert!(Some(owner) == actor || new >= old, "{step:?}: {old} to {new}");
                    assert!(new == old || !matches!(step, Step::Rename(..)), "{step:?}: {old} to {new}");
                }
            }
        });
    }
}
