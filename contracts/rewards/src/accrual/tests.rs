use super::*;
use inktensor_primitives::RAO_PER_TAO;
use proptest::prelude::*;

const ISSUED: Rao = Rao::ZERO;

fn with(subnets: u16) -> Accrual {
    let mut accrual = Accrual::default();
    (0..subnets).for_each(|netuid| accrual.join(NetUid(netuid)));
    accrual
}

fn all_due(accrual: &Accrual) -> u64 {
    accrual.shares.iter().map(|share| accrual.due(share.netuid).0).sum()
}

#[test]
fn nothing_is_emitted_before_there_is_a_subnet() {
    let mut accrual = Accrual::default();
    accrual.advance(ISSUED, 1_000);
    accrual.join(NetUid(0));
    assert_eq!((accrual.outstanding, accrual.due(NetUid(0))), (Rao::ZERO, Rao::ZERO));
    accrual.advance(ISSUED, 1_001);
    assert_eq!(accrual.due(NetUid(0)), Rao(RAO_PER_TAO));
}

#[test]
fn without_votes_subnets_share_alike_to_the_last_rao() {
    let mut accrual = with(3);
    accrual.advance(ISSUED, 1);
    let due = [0, 1, 2].map(|netuid| accrual.due(NetUid(netuid)).0);
    assert!(due.iter().all(|due| RAO_PER_TAO / 3 <= *due), "{due:?}");
    assert_eq!(due.iter().sum::<u64>(), RAO_PER_TAO);
    assert_eq!(accrual.outstanding, Rao(RAO_PER_TAO));
}

#[test]
fn a_subnet_shares_from_its_first_block_on() {
    let mut accrual = with(1);
    accrual.advance(ISSUED, 10);
    accrual.join(NetUid(1));
    accrual.advance(ISSUED, 14);
    assert_eq!(accrual.due(NetUid(1)), Rao(2 * RAO_PER_TAO));
    assert_eq!(accrual.due(NetUid(0)), Rao(12 * RAO_PER_TAO));
    assert_eq!(accrual.due_since(NetUid(0), Rao(12 * RAO_PER_TAO)), Rao::ZERO);
}

#[test]
fn votes_split_what_is_emitted_after_them() {
    let mut accrual = with(2);
    accrual.advance(ISSUED, 10);
    accrual.vote(0, |netuid| if netuid == NetUid(0) { 3 } else { 1 });
    accrual.advance(ISSUED, 14);
    assert_eq!(accrual.due(NetUid(0)), Rao(8 * RAO_PER_TAO));
    assert_eq!(accrual.due(NetUid(1)), Rao(6 * RAO_PER_TAO));
}

#[test]
fn missing_stake_votes_for_all_alike() {
    let mut accrual = with(2);
    accrual.vote(6, |netuid| if netuid == NetUid(0) { 2 } else { 0 });
    accrual.advance(ISSUED, 8);
    assert_eq!(accrual.due(NetUid(0)), Rao(5 * RAO_PER_TAO), "2 and half of 6, of 8");
    assert_eq!(accrual.due(NetUid(1)), Rao(3 * RAO_PER_TAO));
    let split: Vec<u64> = accrual.split().map(|(_, part)| part).collect();
    assert_eq!(split, [40_959, 24_576]);
}

#[test]
fn the_others_share_what_a_subnet_left_behind() {
    let mut accrual = with(2);
    accrual.advance(ISSUED, 10);
    let left = accrual.due(NetUid(1));
    accrual.leave(NetUid(1), left);
    accrual.advance(ISSUED, 12);
    assert_eq!(accrual.due(NetUid(0)), Rao(12 * RAO_PER_TAO));
    assert_eq!(accrual.outstanding, accrual.due(NetUid(0)));
}

#[test]
fn what_the_last_subnet_left_waits_for_the_next_one() {
    let mut accrual = with(1);
    accrual.advance(ISSUED, 10);
    accrual.leave(NetUid(0), Rao(10 * RAO_PER_TAO));
    accrual.advance(ISSUED, 20);
    accrual.join(NetUid(1));
    assert_eq!(accrual.due(NetUid(1)), Rao(10 * RAO_PER_TAO));
    assert_eq!(accrual.outstanding, Rao(10 * RAO_PER_TAO));
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u32),
    Join,
    Leave(usize),
    Vote(u64, Vec<u64>),
}

fn step() -> impl Strategy<Value = Step> {
    let stake = 0..21_000_000 * RAO_PER_TAO / 64;
    prop_oneof![
        4 => (0..3_000_000_u32).prop_map(Step::Wait),
        1 => Just(Step::Join),
        1 => (0..8_usize).prop_map(Step::Leave),
        2 => (stake.clone(), prop::collection::vec(stake, 8)).prop_map(|(missing, votes)| Step::Vote(missing, votes)),
    ]
}

/// Runs the steps; looks after every so many blocks.
fn run(steps: &[Step], look_every: u32) -> Accrual {
    let mut accrual = with(2);
    let (mut now, mut next) = (0_u32, 2);
    for step in steps {
        match step {
            Step::Wait(blocks) => {
                let end = now + blocks;
                while now < end {
                    now = now.saturating_add(look_every).min(end);
                    accrual.advance(ISSUED, now);
                }
            }
            Step::Join => {
                accrual.join(NetUid(next));
                next += 1;
            }
            Step::Leave(place) => {
                if let Some(share) = accrual.shares.get(*place).copied() {
                    let unpaid = accrual.due(share.netuid);
                    accrual.leave(share.netuid, unpaid);
                }
            }
            Step::Vote(missing, votes) => {
                accrual.vote(*missing, |netuid| votes[usize::from(netuid.0) % votes.len()]);
            }
        }
    }
    accrual
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever is voted, whoever comes and goes: all that was emitted is due, and looking more often changes nothing.
    #[test]
    fn everything_emitted_is_due_and_a_late_count_comes_to_the_same(
        steps in prop::collection::vec(step(), 1..24),
        look_every in 50_000..2_000_000_u32,
    ) {
        let once = run(&steps, u32::MAX);
        prop_assert_eq!(&once, &run(&steps, look_every));
        if !once.shares.is_empty() {
            prop_assert_eq!(all_due(&once), once.outstanding.0);
        }
    }
}
