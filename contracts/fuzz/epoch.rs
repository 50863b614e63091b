//! An epoch of any subnet: it is computed or refused, in one call as in many, and pays no more than there is.

use yuma::payout::{split, take};
use yuma::{Epoch, Error, LiquidAlpha, Neurons, Outcome, Params, Progress, SparseMatrix, Stage, Uid, Version};

#[path = "choices.rs"]
mod choices;
use choices::Choices;

/// Most neurons of a case: enough for every tie and order.
const MOST: usize = 24;

/// Reads a subnet out of the bytes and runs its epoch.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let neurons = choices.below(MOST + 1);
    let params = params(&mut choices, neurons);
    let list = |choices: &mut Choices, most: usize| -> Vec<u64> {
        // A length that is wrong now and then must be refused.
        let length = if rarely(choices) { choices.below(most) } else { neurons };
        (0..length).map(|_| choices.number()).collect()
    };
    let stake = list(&mut choices, neurons + 1);
    let last_update = list(&mut choices, MOST + 2);
    let registered_at = list(&mut choices, MOST + 2);
    let earliest_commit = if choices.truth() {
        list(&mut choices, MOST + 2)
    } else {
        Vec::new()
    };
    let permits: Vec<bool> = (0..stake.len()).map(|_| choices.truth()).collect();
    let (weights, bonds) = (rows(&mut choices, neurons), rows(&mut choices, neurons));
    let epoch = Epoch {
        params: &params,
        neurons: Neurons {
            stake: &stake,
            last_update: &last_update,
            registered_at: &registered_at,
            permits: &permits,
            earliest_commit: &earliest_commit,
        },
        weights: &weights,
        bonds: &bonds,
    };
    // What is refused may be refused for another reason in parts, where not all is there at once.
    let parts = in_parts(&epoch);
    if let Ok(outcome) = epoch.run() {
        check(&params, &stake, &outcome);
        assert_eq!(parts, Ok(outcome), "it does not matter where an epoch is cut");
    }
}

/// The epoch with a cut after every step.
fn in_parts(epoch: &Epoch<'_>) -> Result<Outcome, Error> {
    let Epoch {
        params,
        neurons,
        weights,
        bonds,
    } = epoch;
    let mut progress = Progress::begin(params, neurons)?;
    let mut kept = SparseMatrix::new();
    loop {
        progress = Progress::from_lists(progress.into_lists()).expect("these are its lists");
        match progress.stage(params) {
            Stage::Weights => progress.agree(params, neurons, weights)?,
            Stage::Bonds { row, .. } => {
                let stored = progress.bond(params, neurons, weights.packed(row), bonds.packed(row))?;
                stored.into_iter().for_each(|row| kept.push_packed(row));
            }
            Stage::Finished => {
                return Ok(Outcome {
                    bonds: kept,
                    ..progress.finish(params)
                });
            }
        }
    }
}

fn check(params: &Params, stake: &[u64], outcome: &Outcome) {
    let sum = |values: &[u64]| values.iter().copied().map(u128::from).sum::<u128>();
    let permits = outcome.permits.iter().filter(|&&permit| permit).count();
    let most = usize::from(params.max_validators) + usize::from(params.owner.is_some());
    assert!(permits <= most, "{permits} permits of {most}");
    assert!(outcome
        .bonds
        .iter()
        .zip(&outcome.permits)
        .all(|(row, permit)| *permit || row.len() == 0));
    // Bittensor's sums wrap beyond 2^64 rao (yuma.md), a thousand times what can exist: only then shares may exceed one.
    if sum(stake) <= u128::from(u64::MAX) {
        let paid = sum(&outcome.server_emission) + sum(&outcome.validator_emission);
        assert!(paid <= u128::from(params.emission), "{paid} of {}", params.emission);
    }
    let payout = split(
        params.emission,
        outcome.server_emission.clone(),
        outcome.validator_emission.clone(),
    );
    let paid = sum(&payout.servers) + sum(&payout.validators) + u128::from(payout.carried);
    assert_eq!(paid, u128::from(params.emission), "every rao is paid or carried");
    for amount in payout.validators {
        let (taken, rest) = take(amount, params.kappa);
        assert_eq!(taken.checked_add(rest), Some(amount));
    }
}

fn params(choices: &mut Choices, neurons: usize) -> Params {
    let alpha = LiquidAlpha {
        low: choices.short(),
        high: choices.short(),
        steepness: choices.number() as i32,
    };
    Params {
        block: choices.number(),
        tempo: choices.number(),
        last_step: choices.number(),
        activity_cutoff: choices.number(),
        kappa: choices.short(),
        bonds_moving_average: choices.number(),
        bonds_penalty: choices.short(),
        max_validators: choices.short(),
        owner: choices.truth().then(|| choices.below(neurons + 2) as Uid),
        stake_threshold: choices.number(),
        stake_cap: choices.short(),
        emission: choices.number(),
        version: match choices.below(3) {
            0 => Version::Yuma2,
            1 => Version::Yuma3,
            _ => Version::Yuma3Liquid(alpha),
        },
    }
}

/// Rows in any order, now and then with a column twice or one that does not exist.
fn rows(choices: &mut Choices, neurons: usize) -> SparseMatrix {
    let mut matrix = SparseMatrix::new();
    for _ in 0..neurons {
        let entries: Vec<(Uid, u16)> = (0..choices.below(neurons + 1))
            .map(|column| {
                let uid = if rarely(choices) {
                    choices.below(MOST + 2)
                } else {
                    column
                };
                (uid as Uid, choices.short())
            })
            .collect();
        matrix.push_row(&entries);
    }
    matrix
}

/// So seldom that most subnets are sound.
fn rarely(choices: &mut Choices) -> bool {
    choices.byte() == u8::MAX && choices.byte() == u8::MAX
}
