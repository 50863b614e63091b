//! Epochs in several calls.

use super::*;
use crate::scores::Score;
use proptest::prelude::*;

/// A generator of numbers that a seed repeats (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A subnet of random neurons with random weights.
fn world(neurons: u8, seed: u64) -> World {
    let dice = &mut Dice(seed);
    let mut world = World::new();
    let rules = &mut world.subnet.terms.rules;
    rules.yuma3 = dice.below(3) > 0;
    rules.liquid_alpha = dice.below(3) == 0;
    rules.commit_reveal = dice.below(2) == 0;
    rules.max_validators = 1 + u16::try_from(dice.below(6)).unwrap();
    rules.bonds_penalty = [0, 30_000, u16::MAX][usize::try_from(dice.below(3)).unwrap()];
    // The first neuron is sometimes the owner's.
    if dice.below(2) == 0 {
        world.subnet.terms.owner = account(101);
    }
    world.subnet.slots = (1..=neurons).map(|number| slot(number, 1, false)).collect();
    world.subnet.stakes = (0..neurons)
        .map(|_| Rao(dice.below(3) * dice.below(1_000_000_000_000)))
        .collect();
    world
}

fn weigh_at_random(world: &mut World, dice: &mut Dice, now: BlockNumber) {
    let neurons = u16::try_from(world.subnet.slots.len()).unwrap();
    for uid in 0..neurons {
        if dice.below(3) > 0 {
            let mut row = Vec::new();
            for miner in 0..neurons {
                if dice.below(2) == 0 {
                    row.push((miner, u16::try_from(dice.below(65_536)).unwrap()));
                }
            }
            world.weigh(uid, now, &row);
        }
    }
}

/// All that an epoch leaves.
#[derive(Debug, PartialEq)]
struct Left {
    done: Done,
    scores: Vec<Score>,
    bonds: Vec<Vec<u32>>,
    track: Track,
    accrual: Accrual,
}

fn left(world: &World, done: Done) -> Left {
    let neurons = world.subnet.slots.len();
    Left {
        done: Done { calls: 0, ..done },
        scores: world.scores.scores(NETUID, 0, neurons),
        bonds: (0..u16::try_from(neurons).unwrap())
            .map(|uid| world.bonds(uid))
            .collect(),
        track: world.track.clone(),
        accrual: world.accrual.clone(),
    }
}

/// What three epochs leave, each in calls of so many words. Between the calls of the last one, weights are replaced and rules change,
/// slots change hands and stake moves: none of it is the epoch's.
fn epochs(neurons: u8, seed: u64, words: impl Fn(&mut Dice) -> usize) -> (Vec<Left>, usize) {
    let (mut lefts, mut calls) = (Vec::new(), 0);
    let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
        let mut world = world(neurons, seed);
        let (mut dice, mut cuts) = (Dice(seed ^ 1), Dice(seed ^ 2));
        let mut later = Dice(seed ^ 3);
        for epoch in 1..=3 {
            let now = epoch * 10;
            weigh_at_random(&mut world, &mut dice, now - 5);
            let interfere = |world: &mut World| {
                let pending = world.track.pending(NETUID, &world.accrual);
                assert_eq!(
                    pending, world.accrual.outstanding,
                    "what is due and what is paid is one sum"
                );
                if epoch < 3 {
                    return;
                }
                let uid = u16::try_from(later.below(u64::from(neurons))).unwrap();
                world.weigh(uid, now, &[(0, 9)]);
                let place = usize::from(u8::try_from(uid).unwrap());
                world.subnet.slots[place] = slot(100, now, true);
                world.subnet.stakes[place] = Rao(later.below(1 << 40));
                world.subnet.terms.rules.kappa = 0;
            };
            let done = world.epoch_in_calls(now, || Budget::of(words(&mut cuts)), interfere);
            calls += done.calls;
            lefts.push(left(&world, done));
        }
        Ok(())
    });
    assert!(ran.is_ok());
    (lefts, calls)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_epoch_in_pages_leaves_what_one_in_one_call_does(neurons in 2..24_u8, seed: u64, most in 1..3_000_u64) {
        let (whole, calls) = epochs(neurons, seed, |_| 1 << 20);
        prop_assert_eq!(calls, 3);
        let (paged, _) = epochs(neurons, seed, |cuts| usize::try_from(cuts.below(most)).unwrap());
        prop_assert_eq!(paged, whole);
    }
}

#[test]
fn a_call_without_a_budget_still_goes_a_step_further() {
    let (whole, _) = epochs(9, 5, |_| 1 << 20);
    let (paged, calls) = epochs(9, 5, |_| 0);
    assert!(calls > 3 * 9, "{calls}");
    assert_eq!(paged, whole);
    assert!(whole[2].done.payouts.len() > 3, "somebody is paid");
}
