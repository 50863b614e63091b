//! The epoch once more, from the formulas: dense matrices of optional cells, 128-bit integers, the median by pivots.
//!
//! Nothing here is shared with the library, and nothing here cares for speed.

use yuma::{Neurons, Outcome};

use crate::cases::{matrix, Case};
use crate::numbers::{add, clamp, div, mul, normalised, plain_sum, proportion, stored, sub, wide_div, Bits, ONE};

mod bonds;

use bonds::bonds;

/// A cell is absent, or present even if it is zero.
type Cells = Vec<Vec<Option<Bits>>>;

/// What the reference finds: the outcome, unless the stakes of voters have no ordered sums.
pub fn run(case: &Case) -> Option<Outcome> {
    let (params, n) = (&case.params, case.neurons());
    let owner = params.owner.map(usize::from);
    let mut permits = case.permits.clone();
    if let Some(owner) = owner {
        permits[owner] = true;
    }

    let new_permits = top(&stake(case, &case.stake), params.max_validators.into(), owner);
    let votes = |i: usize| permits[i] && case.last_update[i].saturating_add(params.activity_cutoff) >= params.block;
    let stake = stake(case, &capped(case, votes));
    let active: Vec<Bits> = (0..n).map(|i| if votes(i) { stake[i] } else { 0 }).collect();
    let active = normalised(&active);

    let weights = weights(case, &permits);
    let consensus = consensus(&weights, &active, proportion(params.kappa))?;
    let clipped: Cells = map(&weights, |_, j, w| {
        if w <= consensus[j] {
            Some(w)
        } else {
            Some(consensus[j]).filter(|&c| c > 0)
        }
    });
    let trust: Vec<Bits> = clipped.iter().map(|row| plain_sum(&present(row))).collect();
    let rank = |j: usize| {
        (0..n)
            .filter_map(|i| clipped[i][j].map(|w| mul(active[i], w)))
            .fold(0, add)
    };
    let incentive = normalised(&(0..n).map(rank).collect::<Vec<_>>());

    let mixed = mix(&weights, &clipped, proportion(params.bonds_penalty));
    let (bonds, to_store, dividends) = bonds(case, &mixed, &consensus, &incentive, &active);

    let both: Vec<Bits> = incentive.iter().zip(&dividends).map(|(&i, &d)| add(i, d)).collect();
    let sum = plain_sum(&both);
    let over =
        |values: &[Bits]| -> Vec<Bits> { values.iter().map(|&v| if sum == 0 { v } else { div(v, sum) }).collect() };
    let (server, mut validator, mut combined) = (over(&incentive), over(&dividends), over(&both));
    if sum == 0 {
        validator = if plain_sum(&active) == 0 {
            stake.clone()
        } else {
            active.clone()
        };
        combined = validator.clone();
    }
    let rao = |shares: &[Bits]| -> Vec<u64> {
        let amount = |&share: &Bits| (share * Bits::from(params.emission)).div_euclid(ONE);
        shares
            .iter()
            .map(|share| u64::try_from(amount(share).max(0)).unwrap_or(u64::MAX))
            .collect()
    };
    let u16s = |values: &[Bits]| -> Vec<u16> { values.iter().map(|&value| stored(value)).collect() };
    let kept = (0..n).map(|i| {
        let row = bonds[i]
            .iter()
            .map(|&j| (j as u16, stored(to_store[i][j].expect("listed cells are present"))));
        if new_permits[i] {
            row.collect()
        } else {
            Vec::new()
        }
    });
    Some(Outcome {
        server_emission: rao(&server),
        validator_emission: rao(&validator),
        emission: rao(&combined),
        stake_weight: u16s(&stake),
        consensus: u16s(&consensus),
        incentive: u16s(&incentive),
        dividends: u16s(&dividends),
        validator_trust: u16s(&trust),
        bonds: matrix(&kept.collect()),
        permits: new_permits,
    })
}

/// The stakes, none above the one that at least the cap's part of the voting stakes do not exceed.
fn capped(case: &Case, votes: impl Fn(usize) -> bool) -> Vec<u64> {
    let share = u64::from(case.params.stake_cap);
    let voting: Vec<u64> = (0..case.neurons())
        .filter(|&i| votes(i) && passes(case, i) && case.stake[i] != 0)
        .map(|i| case.stake[i])
        .collect();
    let suffices = |&cap: &u64| {
        let below = voting.iter().filter(|&&stake| stake <= cap).count() as u64;
        below * 65535 >= share * voting.len() as u64
    };
    let cap = voting.iter().copied().filter(suffices).min().filter(|_| share > 0);
    case.stake
        .iter()
        .map(|&stake| stake.min(cap.unwrap_or(u64::MAX)))
        .collect()
}

/// From 2^63 on, the largest number that fixed point has.
fn wide(stake: u64) -> i128 {
    if stake >= 1 << 63 {
        i128::MAX
    } else {
        i128::from(stake) << 64
    }
}

fn passes(case: &Case, i: usize) -> bool {
    case.params.owner == Some(i as u16) || (wide(case.stake[i]) >> 64) as u64 >= case.params.stake_threshold
}

/// Shares of those who pass the threshold with their own stakes, by the stakes that they count with.
fn stake(case: &Case, counted: &[u64]) -> Vec<Bits> {
    let stake = |i: usize| if passes(case, i) { wide(counted[i]) } else { 0 };
    let stakes: Vec<i128> = (0..case.neurons()).map(stake).collect();
    let sum = stakes.iter().fold(0, |sum: i128, &stake| sum.wrapping_add(stake));
    stakes
        .iter()
        .map(|&stake| if sum == 0 { stake } else { wide_div(stake, sum) })
        .map(|share| clamp(share.div_euclid(ONE)))
        .collect()
}

fn top(stake: &[Bits], k: usize, owner: Option<usize>) -> Vec<bool> {
    let mut order: Vec<usize> = (0..stake.len()).collect();
    order.sort_by_key(|&i| stake[i]);
    let best: Vec<usize> = order.into_iter().rev().take(k).collect();
    (0..stake.len())
        .map(|i| owner == Some(i) || (stake[i] != 0 && best.contains(&i)))
        .collect()
}

fn weights(case: &Case, permits: &[bool]) -> Cells {
    let n = case.neurons();
    let mut cells = vec![vec![None; n]; n];
    for (i, row) in case.weights.iter().enumerate().filter(|&(i, _)| permits[i]) {
        for &(j, raw) in row {
            let j = usize::from(j);
            let own = i == j && case.params.owner != Some(i as u16);
            let outdated = case.last_update[i] <= case.registered_at[j];
            let commit = case.earliest_commit.get(i).copied().unwrap_or(Neurons::NO_COMMIT);
            if !own && !outdated && commit >= case.registered_at[j] {
                cells[i][j] = Some(Bits::from(raw) * ONE);
            }
        }
        let sum = plain_sum(&present(&cells[i]));
        if sum > 0 {
            cells[i].iter_mut().flatten().for_each(|cell| *cell = div(*cell, sum));
        }
    }
    cells
}

fn consensus(weights: &Cells, active: &[Bits], kappa: Bits) -> Option<Vec<Bits>> {
    let voters: Vec<usize> = (0..active.len()).filter(|&i| active[i] > 0).collect();
    let stake = normalised(&voters.iter().map(|&i| active[i]).collect::<Vec<_>>());
    if stake.iter().any(|&s| s < 0) || stake.iter().sum::<Bits>() > i64::MAX.into() {
        return None;
    }
    let total = plain_sum(&stake);
    let column = |j: usize| voters.iter().map(|&i| weights[i][j].unwrap_or(0)).collect::<Vec<_>>();
    Some(
        (0..active.len())
            .map(|j| median(&stake, &column(j), sub(total, kappa), total))
            .collect(),
    )
}

/// Halving by pivots: the element in the middle splits the others into lower and higher.
fn median(stake: &[Bits], value: &[Bits], minority: Bits, total: Bits) -> Bits {
    let (mut from, mut to) = (0, total);
    let mut current: Vec<usize> = (0..value.len()).collect();
    loop {
        let Some(&middle) = current.get(current.len() / 2) else {
            return 0;
        };
        let pivot = value[middle];
        let (lower, rest): (Vec<usize>, Vec<usize>) = current.iter().partition(|&&i| value[i] < pivot);
        let higher: Vec<usize> = rest.into_iter().filter(|&i| value[i] > pivot).collect();
        let sum = |part: &[usize]| part.iter().fold(0, |sum, &i| add(sum, stake[i]));
        if minority < add(from, sum(&lower)) && !lower.is_empty() {
            to = add(from, sum(&lower));
            current = lower;
        } else if sub(to, sum(&higher)) <= minority && !higher.is_empty() {
            from = sub(to, sum(&higher));
            current = higher;
        } else {
            return pivot;
        }
    }
}

/// W + penalty * (clipped - W).
fn mix(weights: &Cells, clipped: &Cells, penalty: Bits) -> Cells {
    if penalty == 0 || penalty == ONE {
        return if penalty == 0 { weights.clone() } else { clipped.clone() };
    }
    let n = weights.len();
    let cell = |i: usize, j: usize| {
        let (w, c): (Bits, Bits) = (weights[i][j].unwrap_or(0), clipped[i][j].unwrap_or(0));
        Some(add(w, mul(penalty, sub(c, w)))).filter(|&mixed| mixed > 0)
    };
    (0..n).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect()
}

fn present(row: &[Option<Bits>]) -> Vec<Bits> {
    row.iter().copied().flatten().collect()
}

fn column(cells: &Cells, j: usize) -> Vec<Bits> {
    cells.iter().filter_map(|row| row[j]).collect()
}

fn map(cells: &Cells, value: impl Fn(usize, usize, Bits) -> Option<Bits>) -> Cells {
    let row = |(i, row): (usize, &Vec<Option<Bits>>)| {
        row.iter()
            .enumerate()
            .map(|(j, cell)| cell.and_then(|cell| value(i, j, cell)))
            .collect()
    };
    cells.iter().enumerate().map(row).collect()
}

fn by_column_sum(cells: &Cells) -> Cells {
    let sums: Vec<Bits> = (0..cells.len())
        .map(|j| column(cells, j).into_iter().fold(0, add))
        .collect();
    map(cells, |_, j, cell| {
        Some(if sums[j] == 0 { cell } else { div(cell, sums[j]) })
    })
}
