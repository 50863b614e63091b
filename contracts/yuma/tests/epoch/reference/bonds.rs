//! Bonds and dividends of the reference.

use yuma::{LiquidAlpha, Version};

use super::{by_column_sum, column, map, Cells};
use crate::cases::Case;
use crate::numbers::{add, clamp, div, exp, mul, normalised, plain_sum, proportion, sub, Bits, ONE};

/// Columns of each row's entries in their order, the bonds to store, and the dividends.
pub fn bonds(
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
