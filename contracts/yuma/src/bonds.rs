//! Steps 9 and 10: bonds, and the dividends that they earn.

use alloc::{vec, vec::Vec};

use crate::consensus::{clip, Agreement};
use crate::fixed::{normalise, I32F32};
use crate::liquid::LiquidAlpha;
use crate::scratch::DenseRow;
use crate::sparse::SparseMatrix;
use crate::weights::CountedWeights;
use crate::{Block, Neurons, Params, Uid};

/// How bonds evolve and pay.
///
/// WB are the weights that bonds follow, B the old bonds, a the active stake, I the incentives, and
/// alpha = 1 - moving average / 1e6. Bonds to neurons registered since the last epoch are dropped from B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Bonds are shares of a neuron: E = normalise(alpha * normalise(WB * a) + (1 - alpha) * normalise(B)), each by
    /// column; D = normalise(E * I). Stored with the largest of a column as 65535.
    Yuma2,
    /// Each validator has its own bond scale from 0 to 1: E = alpha * WB + (1 - alpha) * B;
    /// D_i = normalise(a_i * sum_j normalise(E)_ij * I_j). Stored as they are.
    Yuma3,
    /// As `Yuma3`, but as soon as there is a consensus on anyone each bond moves at its own speed, and bonds without
    /// a weight end: E = min(1, (1 - speed) * B + speed * WB).
    Yuma3Liquid(LiquidAlpha),
}

/// Bonds before they are stored, and their dividends.
pub(crate) struct NewBonds {
    /// Where the entries are; the values are not set yet.
    places: SparseMatrix,
    values: Vec<I32F32>,
    /// D_i: each neuron's share of the validators' half.
    pub dividends: Vec<I32F32>,
}

impl NewBonds {
    /// Step 12: bonds as they are stored, those of neurons without a new permit cleared.
    pub fn stored(mut self, permits: &[bool]) -> SparseMatrix {
        self.places.rewrite(|row, position| {
            let value = self.values.get(position).copied().unwrap_or_default();
            permits
                .get(row)
                .copied()
                .unwrap_or(false)
                .then(|| value.to_proportion())
        });
        self.places
    }
}

/// Everything that the new bonds depend on.
pub(crate) struct Bonding<'a> {
    pub params: &'a Params,
    pub neurons: &'a Neurons<'a>,
    pub weights: &'a CountedWeights<'a>,
    pub old: &'a SparseMatrix,
    pub agreement: &'a Agreement,
    pub active: &'a [I32F32],
}

impl Bonding<'_> {
    /// The new bonds and dividends.
    pub fn update(&self) -> NewBonds {
        match self.params.version {
            Version::Yuma2 => self.yuma2(),
            Version::Yuma3Liquid(alpha) if self.agreement.is_any() => self.yuma3(self.averaged_by(alpha)),
            Version::Yuma3 | Version::Yuma3Liquid(_) => self.yuma3(self.averaged()),
        }
    }

    /// B and dB column-normalised; E = column-normalise(alpha*dB + (1-alpha)*B); D = normalise(E*I); E stored
    /// max-upscaled by column.
    fn yuma2(&self) -> NewBonds {
        let n = self.weights.neurons();
        let mut old_sums = vec![0u64; n];
        let mut delta_sums = vec![I32F32::ZERO; n];
        for row in 0..n {
            for (uid, raw) in self.old_row(row) {
                if let Some(sum) = old_sums.get_mut(usize::from(uid)) {
                    *sum = sum.saturating_add(u64::from(raw));
                }
            }
            for (uid, delta) in self.delta_row(row) {
                add_to(&mut delta_sums, uid, delta);
            }
        }

        let (alpha, rest) = self.alphas();
        let (places, mut values) = self.collect(|row, cells| {
            for (uid, delta) in self.delta_row(row) {
                let delta = divide_unless_zero(delta, at(&delta_sums, uid));
                cells.add(uid, alpha.saturating_mul(delta));
            }
            for (uid, raw) in self.old_row(row) {
                let sum = old_sums.get(usize::from(uid)).copied().unwrap_or(0);
                cells.add(uid, rest.saturating_mul(I32F32::ratio(raw, sum)));
            }
        });

        let mut sums = vec![I32F32::ZERO; n];
        each_entry(&places, &values, |_, uid, value| add_to(&mut sums, uid, value));
        let mut dividends = vec![I32F32::ZERO; n];
        let mut largest = vec![I32F32::ZERO; n];
        each_entry_mut(&places, &mut values, |row, uid, value| {
            *value = divide_unless_zero(*value, at(&sums, uid));
            let paid = at(&self.agreement.incentive, uid).saturating_mul(*value);
            if let Some(dividend) = dividends.get_mut(row) {
                *dividend = dividend.saturating_add(paid);
            }
            if let Some(largest) = largest.get_mut(usize::from(uid)) {
                *largest = (*largest).max(*value);
            }
        });
        each_entry_mut(&places, &mut values, |_, uid, value| {
            *value = divide_unless_zero(*value, at(&largest, uid));
        });
        normalise(&mut dividends);
        NewBonds {
            places,
            values,
            dividends,
        }
    }

    /// D = normalise(active_i * sum_j column-normalise(E)_ij * I_j); E stored as it is.
    fn yuma3(&self, (places, values): (SparseMatrix, Vec<I32F32>)) -> NewBonds {
        let n = self.weights.neurons();
        let mut sums = vec![I32F32::ZERO; n];
        each_entry(&places, &values, |_, uid, value| add_to(&mut sums, uid, value));
        let mut dividends = vec![I32F32::ZERO; n];
        each_entry(&places, &values, |row, uid, value| {
            let share = divide_unless_zero(value, at(&sums, uid));
            let paid = share.saturating_mul(at(&self.agreement.incentive, uid));
            if let Some(dividend) = dividends.get_mut(row) {
                *dividend = dividend.wrapping_add(paid);
            }
        });
        for (dividend, &active) in dividends.iter_mut().zip(self.active) {
            *dividend = dividend.mul_or_zero(active);
        }
        normalise(&mut dividends);
        NewBonds {
            places,
            values,
            dividends,
        }
    }

    /// E = alpha*WB + (1-alpha)*B.
    fn averaged(&self) -> (SparseMatrix, Vec<I32F32>) {
        let (alpha, rest) = self.alphas();
        self.collect(|row, cells| {
            for (uid, weight) in self.bond_weights(row) {
                cells.add(uid, alpha.saturating_mul(weight));
            }
            for (uid, raw) in self.old_row(row) {
                cells.add(uid, rest.saturating_mul(I32F32::from_proportion(raw)));
            }
        })
    }

    /// Builds rows by summing into cells; entries are the positive ones, ascending.
    fn collect(&self, mut fill: impl FnMut(usize, &mut DenseRow)) -> (SparseMatrix, Vec<I32F32>) {
        let n = self.weights.neurons();
        let bound = |row| {
            self.weights
                .row_bound(row)
                .saturating_add(self.old.row(row).len())
                .min(n)
        };
        let entries = (0..n).map(bound).fold(0, usize::saturating_add);
        let mut places = SparseMatrix::with_capacity(n, entries);
        let mut values = Vec::with_capacity(entries);
        let mut cells = DenseRow::new(n);
        for row in 0..n {
            fill(row, &mut cells);
            cells.drain(|uid, value| {
                if value > I32F32::ZERO {
                    places.push(uid, 0);
                    values.push(value);
                }
            });
            places.end_row();
        }
        (places, values)
    }

    /// dB = WB * active, not yet normalised.
    fn delta_row(&self, row: usize) -> impl Iterator<Item = (Uid, I32F32)> + '_ {
        let stake = self.active.get(row).copied().unwrap_or_default();
        self.bond_weights(row)
            .map(move |(uid, weight)| (uid, weight.saturating_mul(stake)))
    }

    /// Step 9: WB = W + penalty*(clipped - W), positive values only; exactly W at penalty 0, exactly the clipped
    /// weights at 1.
    pub fn bond_weights(&self, row: usize) -> impl Iterator<Item = (Uid, I32F32)> + '_ {
        let penalty = self.penalty();
        self.weights.row(row).filter_map(move |(uid, weight)| {
            let clipped = clip(weight, at(&self.agreement.consensus, uid));
            let weight = if penalty == I32F32::ZERO {
                Some(weight)
            } else if penalty == I32F32::ONE {
                clipped
            } else {
                let change = clipped.unwrap_or_default().saturating_sub(weight);
                Some(weight.saturating_add(penalty.saturating_mul(change))).filter(|&mixed| mixed > I32F32::ZERO)
            };
            weight.map(|weight| (uid, weight))
        })
    }

    pub fn penalty(&self) -> I32F32 {
        I32F32::from_proportion(self.params.bonds_penalty)
    }

    /// Old bonds of a row, without those to neurons that registered since the last epoch.
    pub fn old_row(&self, row: usize) -> impl Iterator<Item = (Uid, u16)> + '_ {
        let last_tempo = last_tempo(self.params);
        self.old.row(row).iter().copied().filter(move |&(uid, _)| {
            let registered = self.neurons.registered_at.get(usize::from(uid)).copied().unwrap_or(0);
            last_tempo > registered
        })
    }

    /// alpha = 1 - trunc32(moving average / 1e6), and 1 - alpha.
    fn alphas(&self) -> (I32F32, I32F32) {
        let average = (i128::from(self.params.bonds_moving_average) << 32) / 1_000_000;
        let alpha = I32F32::ONE.saturating_sub(I32F32::saturating_from_bits(average));
        (alpha, I32F32::ONE.saturating_sub(alpha))
    }
}

/// Step 10: bonds to neurons registered at or after this block do not count.
fn last_tempo(params: &Params) -> Block {
    if params.last_step == 0 {
        params.block.saturating_sub(params.tempo)
    } else {
        params.last_step.saturating_add(1)
    }
}

pub(crate) fn at(values: &[I32F32], uid: Uid) -> I32F32 {
    values.get(usize::from(uid)).copied().unwrap_or_default()
}

fn add_to(sums: &mut [I32F32], uid: Uid, value: I32F32) {
    if let Some(sum) = sums.get_mut(usize::from(uid)) {
        *sum = sum.saturating_add(value);
    }
}

fn divide_unless_zero(value: I32F32, divisor: I32F32) -> I32F32 {
    if divisor == I32F32::ZERO {
        value
    } else {
        value.div_or_zero(divisor)
    }
}

fn each_entry(places: &SparseMatrix, values: &[I32F32], mut visit: impl FnMut(usize, Uid, I32F32)) {
    let mut values = values.iter();
    for (row, entries) in places.iter().enumerate() {
        for (&(uid, _), &value) in entries.iter().zip(&mut values) {
            visit(row, uid, value);
        }
    }
}

fn each_entry_mut(places: &SparseMatrix, values: &mut [I32F32], mut visit: impl FnMut(usize, Uid, &mut I32F32)) {
    let mut values = values.iter_mut();
    for (row, entries) in places.iter().enumerate() {
        for (&(uid, _), value) in entries.iter().zip(&mut values) {
            visit(row, uid, value);
        }
    }
}
