//! The epoch once more, from the formulas: dense matrices of optional cells, 128-bit integers, the median by pivots.
//!
//! Nothing here is shared with the library, and nothing here cares for speed.

use yuma::{LiquidAlpha, Neurons, Outcome, Version};

use crate::cases::{matrix, Case};

/// Bits of a number with 32 fraction bits, kept within 64 bits by the operations below.
type Bits = i128;
/// A cell is absent, or present even if it is zero.
type Cells = Vec<Vec<Option<Bits>>>;

const ONE: Bits = 1 << 32;

fn clamp(bits: Bits) -> Bits {
    bits.clamp(i64::MIN.into(), i64::MAX.into())
}

fn add(a: Bits, b: Bits) -> Bits {
    clamp(a + b)
}

fn sub(a: Bits, b: Bits) -> Bits {
    clamp(a - b)
}

fn mul(a: Bits, b: Bits) -> Bits {
    clamp((a * b).div_euclid(ONE))
}

fn div(a: Bits, b: Bits) -> Bits {
    if b == 0 {
        return 0;
    }
    let quotient = a * ONE / b;
    if quotient == clamp(quotient) {
        quotient
    } else {
        0
    }
}

/// Plain additions in a build without overflow checks.
fn plain_sum(values: &[Bits]) -> Bits {
    Bits::from(values.iter().sum::<Bits>() as i64)
}

fn normalised(values: &[Bits]) -> Vec<Bits> {
    let sum = plain_sum(values);
    values
        .iter()
        .map(|&value| if sum == 0 { value } else { div(value, sum) })
        .collect()
}

fn proportion(value: u16) -> Bits {
    div(Bits::from(value) * ONE, 65535 * ONE)
}

fn stored(value: Bits) -> u16 {
    (clamp(value * 65535).div_euclid(ONE)).clamp(0, 65535) as u16
}

/// The high and low half of a 256-bit product.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    let (a1, a0, b1, b0) = (a >> 64, a & u128::from(u64::MAX), b >> 64, b & u128::from(u64::MAX));
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & u128::from(u64::MAX));
    (
        a1 * b1 + (middle >> 64) + (other >> 64),
        (other << 64) | (low & u128::from(u64::MAX)),
    )
}

/// trunc(a * 2^64 / b), found by bisection, or 0 where it has no 128 bits.
fn wide_div(a: i128, b: i128) -> i128 {
    if b == 0 {
        return 0;
    }
    let dividend = (a.unsigned_abs() >> 64, a.unsigned_abs() << 64);
    let (mut low, mut high) = (0u128, u128::MAX);
    while low < high {
        let middle = low + (high - low) / 2 + 1;
        if wide_mul(middle, b.unsigned_abs()) <= dividend {
            low = middle
        } else {
            high = middle - 1
        }
    }
    let is_negative = (a < 0) != (b < 0);
    match i128::try_from(low) {
        _ if low == u128::MAX => 0,
        Ok(quotient) if is_negative => -quotient,
        Ok(quotient) => quotient,
        Err(_) if is_negative && low == 1 << 127 => i128::MIN,
        Err(_) => 0,
    }
}

fn exp(x: Bits) -> Bits {
    let x = x.clamp(-20 * ONE, 20 * ONE);
    if x == ONE {
        // e = 2.718281828459045, of which 23 fraction bits count.
        return (2_718_281_828_459_045i128 * (1 << 23) / 1_000_000_000_000_000) << 9;
    }
    let mut term = x.abs();
    let mut sum = ONE + x.abs();
    for i in 2..=31 {
        term = div(mul(term, x.abs()), i * ONE);
        sum = add(sum, term);
    }
    if x < 0 {
        div(ONE, sum)
    } else {
        sum
    }
}

/// What the reference finds: the outcome, unless the stakes of voters have no ordered sums.
pub fn run(case: &Case) -> Option<Outcome> {
    let (params, n) = (&case.params, case.neurons());
    let owner = params.owner.map(usize::from);
    let mut permits = case.permits.clone();
    if let Some(owner) = owner {
        permits[owner] = true;
    }

    let stake = stake(case);
    let new_permits = top(&stake, params.max_validators.into(), owner);
    let active: Vec<Bits> = (0..n)
        .map(|i| {
            let inactive = case.last_update[i].saturating_add(params.activity_cutoff) < params.block;
            if inactive || !permits[i] {
                0
            } else {
                stake[i]
            }
        })
        .collect();
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

fn stake(case: &Case) -> Vec<Bits> {
    let wide = |&stake: &u64| {
        if stake >= 1 << 63 {
            i128::MAX
        } else {
            i128::from(stake) << 64
        }
    };
    let counted = |(i, stake): (usize, i128)| {
        let is_owner = case.params.owner == Some(i as u16);
        if !is_owner && ((stake >> 64) as u64) < case.params.stake_threshold {
            0
        } else {
            stake
        }
    };
    let stakes: Vec<i128> = case.stake.iter().map(wide).enumerate().map(counted).collect();
    let sum = stakes.iter().fold(0, |sum: i128, &stake| sum.wrapping_add(stake));
    stakes
        .iter()
        .map(|&stake| clamp(wide_div(stake, sum).div_euclid(ONE)))
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

/// Columns of each row's entries in their order, the bonds to store, and the dividends.
fn bonds(
    case: &Case,
    mixed: &Cells,
    consensus: &[Bits],
    incentive: &[Bits],
    active: &[Bits],
) -> (Vec<Vec<usize>>, Cells, Vec<Bits>) {
    let (params, n) = (&case.params, case.neurons());
    let last_tempo = if params.last_step == 0 {
        params.block.saturating_sub(params.tempo)
    } else {
        params.last_step.saturating_add(1)
    };
    let mut old: Cells = vec![vec![None; n]; n];
    for (i, row) in case.bonds.iter().enumerate() {
        for &(j, raw) in row
            .iter()
            .filter(|&&(j, _)| last_tempo > case.registered_at[usize::from(j)])
        {
            old[i][usize::from(j)] = Some(Bits::from(raw) * ONE);
        }
    }
    let average = clamp(((params.bonds_moving_average as i128) << 32) / 1_000_000);
    let alpha = sub(ONE, average);
    let ema = |new: &Cells, old: &Cells| -> Cells {
        let part = |factor, cell: Option<Bits>| cell.map_or(0, |cell| mul(factor, cell));
        let cell = |i: usize, j: usize| add(part(alpha, new[i][j]), part(sub(ONE, alpha), old[i][j]));
        (0..n)
            .map(|i| (0..n).map(|j| Some(cell(i, j)).filter(|&v| v > 0)).collect())
            .collect()
    };
    let ascending = |cells: &Cells| -> Vec<Vec<usize>> {
        cells
            .iter()
            .map(|row| (0..n).filter(|&j| row[j].is_some()).collect())
            .collect()
    };

    if params.version == Version::Yuma2 {
        let delta = map(mixed, |i, _, w| Some(mul(w, active[i])));
        let bonds = by_column_sum(&ema(&by_column_sum(&delta), &by_column_sum(&old)));
        let paid = |row: &Vec<Option<Bits>>| {
            (0..n).fold(0, |sum, j| add(sum, row[j].map_or(0, |bond| mul(incentive[j], bond))))
        };
        let dividends = normalised(&bonds.iter().map(paid).collect::<Vec<_>>());
        let largest: Vec<Bits> = (0..n)
            .map(|j| column(&bonds, j).into_iter().max().unwrap_or(0))
            .collect();
        let upscaled = map(&bonds, |_, j, bond| {
            Some(if largest[j] == 0 { bond } else { div(bond, largest[j]) })
        });
        return (ascending(&bonds), upscaled, dividends);
    }

    let old = map(&old, |_, _, raw| Some(div(raw, 65535 * ONE)));
    let (order, bonds) = match params.version {
        Version::Yuma3Liquid(liquid) if consensus.iter().any(|&c| c != 0) => {
            let bonds = map(mixed, |i, j, w| {
                let bond = old[i][j].unwrap_or(0);
                let a = speed(liquid, w, bond, consensus[j]);
                Some(add(mul(sub(ONE, a), bond), mul(a, w).max(0)).min(ONE)).filter(|&v| v > 0)
            });
            let copied = [0, 65535].contains(&params.bonds_penalty);
            let stored_order = |i: usize| case.weights[i].iter().map(|&(j, _)| usize::from(j));
            let order = (0..n).map(|i| {
                let mut order: Vec<usize> = stored_order(i).filter(|&j| bonds[i][j].is_some()).collect();
                if !copied {
                    order.sort();
                }
                order
            });
            (order.collect(), bonds)
        }
        _ => {
            let bonds = ema(mixed, &old);
            (ascending(&bonds), bonds)
        }
    };
    let shares = by_column_sum(&bonds);
    let total = |i: usize| {
        let paid: Vec<Bits> = (0..n)
            .filter_map(|j| shares[i][j].map(|share| mul(share, incentive[j])))
            .collect();
        let product = (plain_sum(&paid) * active[i]).div_euclid(ONE);
        if product == clamp(product) {
            product
        } else {
            0
        }
    };
    let dividends = normalised(&(0..n).map(total).collect::<Vec<_>>());
    (order, bonds, dividends)
}

fn speed(liquid: LiquidAlpha, weight: Bits, bond: Bits, consensus: Bits) -> Bits {
    let (low, high) = (proportion(liquid.low), proportion(liquid.high));
    let distance = if weight >= bond {
        sub(weight, consensus)
    } else {
        sub(bond, weight)
    }
    .clamp(0, ONE);
    let slope = Bits::from(liquid.steepness) * ONE / -100;
    let sigmoid = div(ONE, add(ONE, exp(mul(slope, sub(distance, ONE / 2)))));
    add(low, mul(sigmoid, sub(high, low))).min(high).max(low)
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
