//! Random subnets, ordinary and absurd.

use proptest::prelude::*;
use yuma::{Epoch, Error, LiquidAlpha, Neurons, Outcome, Params, SparseMatrix, Uid, Version};

/// A subnet with everything an epoch needs.
#[derive(Clone, Debug)]
pub struct Case {
    pub params: Params,
    pub stake: Vec<u64>,
    pub last_update: Vec<u64>,
    pub registered_at: Vec<u64>,
    pub permits: Vec<bool>,
    pub earliest_commit: Vec<u64>,
    pub weights: Rows,
    pub bonds: Rows,
}

pub type Rows = Vec<Vec<(Uid, u16)>>;

impl Case {
    pub fn run(&self) -> Result<Outcome, Error> {
        let neurons = Neurons {
            stake: &self.stake,
            last_update: &self.last_update,
            registered_at: &self.registered_at,
            permits: &self.permits,
            earliest_commit: &self.earliest_commit,
        };
        let (weights, bonds) = (matrix(&self.weights), matrix(&self.bonds));
        Epoch {
            params: &self.params,
            neurons,
            weights: &weights,
            bonds: &bonds,
        }
        .run()
    }

    pub fn neurons(&self) -> usize {
        self.stake.len()
    }
}

pub fn matrix(rows: &Rows) -> SparseMatrix {
    let mut matrix = SparseMatrix::new();
    rows.iter().for_each(|row| matrix.push_row(row));
    matrix
}

/// How much stake there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wealth {
    /// Fits the supply.
    Ordinary,
    /// A few rao, many equal.
    Tiny,
    /// Up to the largest integer: sums overflow.
    Absurd,
    /// Sums that wrap around to a small number, so that shares exceed one.
    Wrapping,
}

/// Subnets of up to `most` neurons.
pub fn any_case(most: usize) -> impl Strategy<Value = Case> {
    let wealth = prop_oneof![
        4 => Just(Wealth::Ordinary),
        2 => Just(Wealth::Tiny),
        1 => Just(Wealth::Absurd),
        1 => Just(Wealth::Wrapping),
    ];
    (0..=most, wealth, any::<u64>()).prop_map(|(n, wealth, seed)| case(n, wealth, seed))
}

/// Subnets of up to `most` neurons whose stakes could exist.
pub fn ordinary_case(most: usize) -> impl Strategy<Value = Case> {
    let wealth = prop_oneof![Just(Wealth::Ordinary), Just(Wealth::Tiny)];
    (1..=most, wealth, any::<u64>()).prop_map(|(n, wealth, seed)| case(n, wealth, seed))
}

/// One subnet, determined by its arguments.
pub fn case(n: usize, wealth: Wealth, seed: u64) -> Case {
    let mut dice = Dice(seed);
    let block = dice.pick(&[0, 1, 360, 10_000]);
    let params = params(&mut dice, n, block);
    let recent = |dice: &mut Dice| match dice.below(4) {
        0 => dice.below(block + 2),
        _ => block.saturating_sub(dice.below(12)),
    };
    let validators = dice.below(100);
    let density = dice.pick(&[0, 10, 50, 100]);
    Case {
        stake: stakes(&mut dice, n, wealth),
        last_update: list(n, || recent(&mut dice)),
        registered_at: list(n, || recent(&mut dice).saturating_sub(5)),
        permits: list(n, || dice.below(100) < validators),
        earliest_commit: match dice.below(3) {
            0 => list(n, || {
                if dice.below(2) == 0 {
                    Neurons::NO_COMMIT
                } else {
                    recent(&mut dice)
                }
            }),
            _ => Vec::new(),
        },
        weights: rows(&mut dice, n, density),
        bonds: rows(&mut dice, n, density),
        params,
    }
}

fn params(dice: &mut Dice, n: usize, block: u64) -> Params {
    let any = dice.next();
    let alpha = LiquidAlpha {
        low: dice.pick(&[45875, 0, 65535, any as u16]),
        high: dice.pick(&[58982, 0, 65535, (any >> 16) as u16]),
        steepness: dice.pick(&[1000, 1000, 0, -1000, 1, i32::MAX, i32::MIN, (any >> 32) as i32]),
    };
    Params {
        block,
        tempo: dice.pick(&[360, 1, 0, 5, u64::MAX]),
        last_step: dice.pick(&[0, block.saturating_sub(5), u64::MAX]),
        activity_cutoff: dice.pick(&[5000, 5, 1, 0, u64::MAX]),
        kappa: dice.pick(&[32767, 32767, 0, 65535, any as u16]),
        bonds_moving_average: dice.pick(&[900_000, 900_000, 0, 1_000_000, 1_000_001, u64::MAX, any % 1_000_000]),
        bonds_penalty: dice.pick(&[65535, 65535, 0, 1, 65534, (any >> 7) as u16]),
        max_validators: dice.pick(&[64, 0, 1, (n / 2) as u16, n as u16, u16::MAX]),
        owner: dice
            .pick(&[None, Some(0), Some((n / 2) as Uid)])
            .filter(|&uid| usize::from(uid) < n),
        stake_threshold: dice.pick(&[0, 0, 2, 1_000_000_000, u64::MAX]),
        stake_cap: dice.pick(&[0, 0, 0, 65535, 32768, 1, (any >> 11) as u16]),
        emission: dice.pick(&[1_000_000_000, 0, 1, 21_000_000_000_000_000, u64::MAX, any]),
        version: dice.pick(&[
            Version::Yuma2,
            Version::Yuma3,
            Version::Yuma3Liquid(alpha),
            Version::Yuma3Liquid(alpha),
        ]),
    }
}

fn stakes(dice: &mut Dice, n: usize, wealth: Wealth) -> Vec<u64> {
    let mut stakes = list(n, || match wealth {
        Wealth::Ordinary => dice.next() >> (24 + dice.below(40)) >> 4,
        Wealth::Tiny => dice.below(4),
        Wealth::Absurd => dice
            .pick(&[u64::MAX, 1 << 63, (1 << 63) - 1, 1 << 62, 0, 1])
            .saturating_sub(dice.below(3)),
        Wealth::Wrapping => dice.pick(&[1 << 30, 1 << 31, 1, 1 << 20]),
    });
    if wealth == Wealth::Wrapping {
        // The last stakes bring the sum to just above 2^64, which is where it starts again from zero.
        let sum: u128 = stakes.iter().rev().skip(4).map(|&stake| u128::from(stake)).sum();
        let missing = (1u128 << 64).saturating_sub(sum) + u128::from(dice.below(5));
        for last in stakes.iter_mut().rev().take(4) {
            *last = (missing / 4) as u64;
        }
    }
    stakes
}

/// Rows of distinct columns, often equal to each other, half of them in no order.
fn rows(dice: &mut Dice, n: usize, density: u64) -> Rows {
    let fashion: Vec<u16> = list(n, || dice.pick(&[0, 1, 65535, 32768, 32767]));
    (0..n)
        .map(|_| {
            let density = if dice.below(4) == 0 { 0 } else { density };
            let follows = dice.below(2) == 0;
            let mut row: Vec<(Uid, u16)> = Vec::new();
            for (column, &fashionable) in fashion.iter().enumerate() {
                if dice.below(100) < density {
                    row.push((column as Uid, if follows { fashionable } else { dice.next() as u16 }));
                }
            }
            if dice.below(2) == 0 {
                dice.shuffle(&mut row);
            }
            row
        })
        .collect()
}

fn list<T>(n: usize, mut value: impl FnMut() -> T) -> Vec<T> {
    (0..n).map(|_| value()).collect()
}

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, or 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}
