use super::*;
use crate::epoch::store::Epochs;
use crate::fixtures::{account, rules, slot};
use crate::weights::Row;
use inktensor_primitives::registry::{Hyperparameters, NeuronUpdate};
use inktensor_primitives::rewards::EpochSummary;
use inktensor_primitives::staking::Payout;
use inktensor_primitives::RAO_PER_TAO;

mod cuts;

const NETUID: NetUid = NetUid(0);
const OWNER: u8 = 99;

struct World {
    subnet: Subnet,
    weights: Weights,
    commits: Commits,
    scores: Scores,
    epochs: Epochs,
    track: Track,
    accrual: Accrual,
}

/// What all calls of an epoch asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Done {
    owner_cut: Rao,
    earned: Rao,
    payouts: Vec<Payout>,
    updates: Vec<NeuronUpdate>,
    summary: EpochSummary,
    calls: usize,
}

impl World {
    /// Two validators with stake, then two miners without; nobody has a permit yet.
    fn new() -> Self {
        let slots: Vec<Slot> = (1..=4).map(|number| slot(number, 1, false)).collect();
        let stakes = [300, 100, 0, 0].map(Rao::from_tao).to_vec();
        let terms = Terms {
            owner: account(OWNER),
            created_at: 0,
            neurons: 4,
            rules: rules(),
        };
        Self {
            subnet: Subnet {
                netuid: NETUID,
                terms,
                slots,
                stakes,
            },
            weights: Weights::default(),
            commits: Commits::default(),
            scores: Scores::default(),
            epochs: Epochs::default(),
            track: Track::default(),
            accrual: {
                let mut accrual = Accrual::default();
                accrual.join(NETUID);
                accrual
            },
        }
    }

    fn weigh(&mut self, uid: u16, set_at: BlockNumber, entries: &[(u16, u16)]) {
        let rules = Hyperparameters {
            weights_rate_limit: 0,
            ..rules()
        };
        let registered_at = self.subnet.slots[usize::from(uid)].registered_at;
        self.weights
            .touch(NETUID, Uid(uid), registered_at, &rules, set_at)
            .unwrap();
        let row = Row {
            set_at,
            entries: entries.iter().map(|&(uid, value)| yuma::pack(uid, value)).collect(),
        };
        self.weights.set(NETUID, Uid(uid), &row, self.track.running_epoch());
    }

    /// What the last epoch left to a validator.
    fn bonds(&self, uid: u16) -> Vec<u32> {
        let (bonds, epochs) = (&self.scores.bonds, self.track.epoch);
        let page = bonds.left(NETUID, epochs).take_page_of(uid);
        let rows = page.map(|page| bonds.page(NETUID, epochs, page)).unwrap_or_default();
        let row = rows.into_iter().find(|(owner, _)| *owner == uid);
        row.map(|(_, row)| row).unwrap_or_default()
    }

    fn epoch(&mut self, now: BlockNumber) -> Done {
        self.epoch_in_calls(now, Budget::call, |_| ())
    }

    /// An epoch in as many calls as it takes, with something happening between them.
    fn epoch_in_calls(
        &mut self,
        now: BlockNumber,
        mut budget: impl FnMut() -> Budget,
        mut between: impl FnMut(&mut Self),
    ) -> Done {
        self.accrual.advance(Rao::ZERO, now);
        let (mut earned, mut payouts, mut calls) = (0, Vec::new(), 0);
        loop {
            let orders = self.call(now, &mut budget());
            calls += 1;
            earned += orders.earned.0;
            payouts.extend(orders.payouts);
            if let Some(end) = orders.end {
                assert_eq!((end.at, self.track.running), (now, None));
                for update in &end.updates {
                    self.subnet.slots[usize::from(update.uid.0)].validator_permit = update.validator_permit;
                }
                return Done {
                    owner_cut: end.owner_cut,
                    earned: Rao(earned),
                    payouts,
                    updates: end.updates,
                    summary: end.summary,
                    calls,
                };
            }
            between(self);
        }
    }

    /// One call, as the contract makes it.
    fn call(&mut self, now: BlockNumber, budget: &mut Budget) -> Orders {
        let kept = Running::resume(&self.epochs, NETUID, budget).unwrap();
        let mut books = Books {
            weights: &self.weights,
            commits: &self.commits,
            scores: &mut self.scores,
        };
        let mut running = kept.unwrap_or_else(|| {
            let (track, accrual) = (&mut self.track, &self.accrual);
            begin(self.subnet.clone(), &books, track, accrual, budget, now).unwrap()
        });
        let nothing = Orders {
            earned: Rao::ZERO,
            payouts: Vec::new(),
            end: None,
        };
        let orders = if running.decide(&mut books, budget).unwrap() {
            let Self {
                epochs,
                scores,
                track,
                accrual,
                ..
            } = self;
            running.pay(epochs, scores, track, accrual, budget).unwrap()
        } else {
            nothing
        };
        if orders.end.is_none() {
            let (done, of) = running.steps();
            assert!(done < of);
            running.save(&mut self.epochs);
        } else if running.is_kept() {
            self.epochs.end(NETUID);
        }
        orders
    }
}

fn earned(orders: &Done, number: u8) -> (u64, u64) {
    let payout = orders.payouts.iter().find(|payout| payout.hotkey == account(number));
    payout.map_or((0, 0), |payout| (payout.incentive.0, payout.dividends.0))
}

/// `before` and `after` are what was emitted and not yet issued.
fn assert_conserved(orders: &Done, before: Rao, after: Rao) {
    let paid: u64 = orders
        .payouts
        .iter()
        .map(|payout| payout.incentive.0 + payout.dividends.0)
        .sum();
    assert_eq!(orders.earned.0, paid);
    assert_eq!(orders.summary.paid.0, paid + orders.owner_cut.0);
    assert_eq!(before.0 - after.0, orders.summary.paid.0);
}

#[ink::test]
fn the_first_epoch_gives_permits_and_pays_nobody() {
    let mut world = World::new();
    world.weigh(0, 5, &[(2, 65_535)]);
    let orders = world.epoch(10);
    let permits: Vec<bool> = orders.updates.iter().map(|update| update.validator_permit).collect();
    assert_eq!(permits, [true, true, false, false]);
    assert_eq!(orders.summary.epoch, 1);
    assert_eq!((orders.summary.paid, orders.owner_cut), (Rao::ZERO, Rao::ZERO));
    assert_eq!(orders.summary.pending, Rao(10 * RAO_PER_TAO));
    assert!(orders.summary.silent && world.track.silent);
}

#[ink::test]
fn validators_without_agreement_share_by_stake_while_they_are_active() {
    let mut world = World::new();
    world.epoch(10);
    assert!(world.epoch(15).summary.silent, "a permit alone is no word");
    for validator in [0, 1] {
        world.weigh(validator, 16, &[(validator, 65_535)]);
    }
    let orders = world.epoch(20);
    assert_eq!(orders.owner_cut, Rao(20 * RAO_PER_TAO * u64::from(OWNER_CUT) / 65_535));
    assert_eq!(orders.summary.paid, Rao(20 * RAO_PER_TAO));
    let (incentive, dividends) = earned(&orders, 1);
    assert_eq!(incentive, 0);
    assert_eq!(dividends / RAO_PER_TAO, 12, "three quarters of 16.4 TAO");
}

#[ink::test]
fn while_validators_are_silent_nothing_is_paid_and_nothing_is_lost() {
    let mut world = World::new();
    world.epoch(10);
    world.weigh(0, 12, &[(2, 65_535)]);
    assert_eq!(world.epoch(20).summary.paid, Rao(20 * RAO_PER_TAO));
    // The activity cutoff is 138 blocks. Who has stake, or registers with some, gets nothing by it.
    world.subnet.slots.push(slot(5, 160, false));
    world.subnet.stakes.push(Rao::from_tao(50));
    let silent = world.epoch(190);
    assert_eq!((silent.summary.paid, silent.payouts.len()), (Rao::ZERO, 0));
    assert_eq!(silent.summary.pending, Rao(170 * RAO_PER_TAO));
    assert!(silent.summary.silent);

    world.weigh(0, 195, &[(2, 65_535)]);
    let orders = world.epoch(200);
    assert!(!orders.summary.silent);
    assert_eq!(orders.summary.paid, Rao(180 * RAO_PER_TAO));
    assert!(earned(&orders, 3).0 > 0);
}

#[ink::test]
fn weights_count_from_the_second_epoch_on() {
    let mut world = World::new();
    world.epoch(10);
    world.weigh(0, 12, &[(2, 65_535), (3, 16_384)]);
    world.weigh(1, 12, &[(2, 65_535), (3, 16_384)]);
    let before = world.accrual.outstanding;
    let orders = world.epoch(20);
    assert_conserved(&orders, Rao(before.0 + 10 * RAO_PER_TAO), world.accrual.outstanding);
    let (better, worse) = (earned(&orders, 3), earned(&orders, 4));
    assert!(better.0 > 3 * worse.0 && worse.0 > 0, "{better:?} {worse:?}");
    assert!(earned(&orders, 1).1 > earned(&orders, 2).1);
    let scores = world.scores.scores(NETUID, 0, 4);
    assert_eq!(
        scores.iter().map(|score| score.emission.0).sum::<u64>(),
        orders.earned.0
    );
    assert!(scores[2].incentive > scores[3].incentive);
    assert!(!world.bonds(0).is_empty());
}

#[ink::test]
fn where_nobody_is_due_everything_stays_pending_and_is_paid_later() {
    let mut world = World::new();
    let stakes = core::mem::replace(&mut world.subnet.stakes, vec![Rao::ZERO; 4]);
    let orders = world.epoch(10);
    assert_eq!(
        (orders.owner_cut, orders.earned, orders.payouts.len()),
        (Rao::ZERO, Rao::ZERO, 0)
    );
    assert_eq!(orders.summary.pending, Rao(10 * RAO_PER_TAO));
    assert_eq!(world.accrual.outstanding, Rao(10 * RAO_PER_TAO));

    world.subnet.stakes = stakes;
    world.epoch(20);
    world.weigh(0, 25, &[(2, 65_535)]);
    let orders = world.epoch(30);
    assert_eq!(orders.summary.paid, Rao(30 * RAO_PER_TAO));
    assert_eq!(
        (orders.summary.pending, world.accrual.outstanding),
        (Rao::ZERO, Rao::ZERO)
    );
}

#[ink::test]
fn a_late_epoch_pays_the_same_total() {
    let with_permits = || {
        let mut world = World::new();
        world.epoch(10);
        world.weigh(0, 11, &[(2, 65_535)]);
        world
    };
    let once = with_permits().epoch(60).summary.paid;
    let mut often = with_permits();
    let paid = (2..=6).map(|epoch| often.epoch(epoch * 10).summary.paid.0).sum();
    assert_eq!(once, Rao(paid));
}

#[ink::test]
fn a_new_holder_of_a_slot_earns_nothing_by_the_old_one() {
    let mut world = World::new();
    world.epoch(10);
    world.weigh(0, 12, &[(2, 65_535), (3, 65_535)]);
    world.weigh(1, 12, &[(2, 65_535), (3, 65_535)]);
    world.epoch(20);
    world.subnet.slots[2] = slot(7, 21, false);
    let orders = world.epoch(30);
    assert_eq!(earned(&orders, 7), (0, 0));
    assert!(earned(&orders, 4).0 > 0);

    world.subnet.slots[0] = slot(8, 31, false);
    let orders = world.epoch(40);
    assert_eq!(
        earned(&orders, 8).1,
        0,
        "neither weights nor bonds are inherited: {orders:?}"
    );
    assert_eq!(earned(&orders, 8).0, 0);
}

#[ink::test]
fn an_owner_on_a_slot_that_was_a_validators_has_none_of_its_bonds() {
    let mut world = World::new();
    world.subnet.terms.owner = account(108);
    world.epoch(10);
    world.weigh(0, 12, &[(2, 65_535), (3, 65_535)]);
    world.epoch(20);
    assert!(!world.bonds(0).is_empty());
    world.subnet.slots[0] = slot(8, 21, false);
    world.subnet.stakes[0] = Rao::ZERO;
    assert_eq!(world.subnet.slots[0].coldkey, account(108), "the slot is the owner's");
    world.epoch(30);
    assert!(world.bonds(0).is_empty());
}

#[ink::test]
fn bonds_end_with_the_model_they_were_earned_on() {
    let bonds_after = |bonds_reset_at| {
        let mut world = World::new();
        world.epoch(10);
        world.weigh(0, 12, &[(2, 65_535), (3, 65_535)]);
        world.epoch(20);
        world.epoch(30);
        world.subnet.slots[2].bonds_reset_at = bonds_reset_at;
        world.epoch(40);
        let bonds = world.bonds(0);
        bonds.into_iter().map(yuma::unpack).collect::<Vec<_>>()
    };
    let kept = bonds_after(29);
    let (kept_on_two, kept_on_three) = (kept[0].1, kept[1].1);
    assert_eq!(kept_on_two, kept_on_three);
    let reset = bonds_after(35);
    assert!(reset[0].1 < kept_on_two / 2, "{reset:?}");
    assert_eq!(reset[1].1, kept_on_three);
}

#[test]
fn more_stake_than_the_least_permitted_is_needed_where_permits_are_full() {
    let stakes = [5, 9, 7].map(Rao);
    assert_eq!(permit_floor(&[true, true, false], &stakes, 2), Rao(5));
    assert_eq!(permit_floor(&[true, true, false], &stakes, 3), Rao::ZERO);
}

#[ink::test]
fn an_empty_subnet_steps() {
    let mut world = World::new();
    world.subnet.slots.clear();
    world.subnet.stakes.clear();
    let orders = world.epoch(10);
    assert_eq!(orders.summary.pending, Rao(10 * RAO_PER_TAO));
}

#[ink::test]
fn a_stake_cap_holds_in_the_epoch() {
    let shares = |stake_cap| {
        let mut world = World::new();
        world.subnet.terms.rules.stake_cap = stake_cap;
        world.epoch(10);
        for validator in [0, 1] {
            world.weigh(validator, 12, &[(2, 65_535)]);
        }
        let orders = world.epoch(20);
        (earned(&orders, 1).1, earned(&orders, 2).1)
    };
    let (large, small) = shares(0);
    assert!(large > 2 * small && small > 0, "{large} {small}");
    let (large, small) = shares(32_767);
    assert_eq!(large, small, "the median of two is the smaller");
}
