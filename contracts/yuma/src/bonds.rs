//! Steps 9 and 10: bonds, and the dividends that they earn, one row at a time.
//!
//! What a row needs of the others are sums over columns, so the rows are gone through several times: each pass leaves
//! the sums that the next one needs, and the last one leaves the new bonds. A row's new bonds are calculated anew in
//! each pass; to keep them would take twice the memory of weights and bonds together.

use alloc::{vec, vec::Vec};

use crate::consensus::clip;
use crate::fixed::I32F32;
use crate::liquid::{LiquidAlpha, Speed};
use crate::scratch::Scratch;
use crate::sparse::{pack, unpack};
use crate::weights::RowMask;
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

/// What one pass over the rows does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Sums B and WB * a by column.
    Parts,
    /// Sums E by column.
    Sums,
    /// Pays dividends of E, and finds the largest of each column.
    Largest,
    /// Pays dividends of E, unless `Largest` did, and stores E.
    Store,
}

impl Version {
    /// The passes in their order.
    pub(crate) const fn passes(self) -> &'static [Pass] {
        match self {
            Self::Yuma2 => &[Pass::Parts, Pass::Sums, Pass::Largest, Pass::Store],
            Self::Yuma3 | Self::Yuma3Liquid(_) => &[Pass::Sums, Pass::Store],
        }
    }
}

/// Sums over columns, and the dividends so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Sum of B, raw; Yuma2 only.
    pub old: Vec<u64>,
    /// Sum of WB * a; Yuma2 only.
    pub delta: Vec<I32F32>,
    /// Largest of E, divided by its sum; Yuma2 only.
    pub largest: Vec<I32F32>,
    /// Sum of E.
    pub new: Vec<I32F32>,
    /// D_i: each neuron's share of the validators' half.
    pub dividends: Vec<I32F32>,
}

impl Sums {
    pub fn new(neurons: usize, version: Version) -> Self {
        let parts = if version == Version::Yuma2 { neurons } else { 0 };
        Self {
            old: vec![0; parts],
            delta: vec![I32F32::ZERO; parts],
            largest: vec![I32F32::ZERO; parts],
            new: vec![I32F32::ZERO; neurons],
            dividends: vec![I32F32::ZERO; neurons],
        }
    }
}

/// What the new bonds of a row depend on beside the sums.
pub(crate) struct Bonding<'a> {
    pub params: &'a Params,
    pub consensus: &'a [I32F32],
    pub incentive: &'a [I32F32],
    /// Whether any neuron has a consensus.
    pub is_any_agreed: bool,
    registered_at: &'a [Block],
    row: usize,
    /// The row of W, raw.
    weights: &'a [u32],
    mask: RowMask<'a>,
    sum: u64,
    /// The row's active stake.
    stake: I32F32,
    /// The row of B, raw.
    old: &'a [u32],
    last_tempo: Block,
    penalty: I32F32,
}

/// A row: its number, its weights with the sum of those that count, its old bonds, its active stake.
pub(crate) struct Row<'a> {
    pub number: usize,
    pub weights: &'a [u32],
    pub sum: u64,
    pub old: &'a [u32],
    pub stake: I32F32,
}

impl<'a> Bonding<'a> {
    pub fn new(
        params: &'a Params,
        neurons: &Neurons<'a>,
        consensus: &'a [I32F32],
        incentive: &'a [I32F32],
        is_any_agreed: bool,
        row: &Row<'a>,
    ) -> Self {
        Self {
            params,
            consensus,
            incentive,
            is_any_agreed,
            registered_at: neurons.registered_at,
            row: row.number,
            weights: row.weights,
            mask: RowMask::new(params, neurons, row.number),
            sum: row.sum,
            stake: row.stake,
            old: row.old,
            last_tempo: last_tempo(params),
            penalty: I32F32::from_proportion(params.bonds_penalty),
        }
    }

    /// One pass over the row. `Pass::Store` returns the new bonds.
    pub fn step(&self, pass: Pass, sums: &mut Sums, scratch: &mut Scratch) -> Option<Vec<u32>> {
        if pass == Pass::Parts {
            for (uid, raw) in self.old_bonds() {
                if let Some(sum) = sums.old.get_mut(usize::from(uid)) {
                    *sum = sum.saturating_add(u64::from(raw));
                }
            }
            for (uid, weight) in self.bond_weights() {
                add_to(&mut sums.delta, uid, weight.saturating_mul(self.stake));
            }
            return None;
        }
        self.new_bonds(sums, scratch);
        match (pass, self.params.version) {
            (Pass::Parts | Pass::Sums, _) => {
                for &(uid, value) in &scratch.bonds {
                    add_to(&mut sums.new, uid, value);
                }
                None
            }
            (Pass::Largest, _) => {
                self.pay(sums, &scratch.bonds, I32F32::saturating_add);
                for &(uid, value) in &scratch.bonds {
                    let share = divide_unless_zero(value, at(&sums.new, uid));
                    if let Some(largest) = sums.largest.get_mut(usize::from(uid)) {
                        *largest = (*largest).max(share);
                    }
                }
                None
            }
            (Pass::Store, Version::Yuma2) => Some(stored(&scratch.bonds, |uid, value| {
                let share = divide_unless_zero(value, at(&sums.new, uid));
                divide_unless_zero(share, at(&sums.largest, uid))
            })),
            (Pass::Store, Version::Yuma3 | Version::Yuma3Liquid(_)) => {
                self.pay(sums, &scratch.bonds, I32F32::wrapping_add);
                Some(stored(&scratch.bonds, |_, value| value))
            }
        }
    }

    /// The row of E as it is before its columns are normalised: the positive entries.
    fn new_bonds(&self, sums: &Sums, scratch: &mut Scratch) {
        scratch.bonds.clear();
        match self.params.version {
            Version::Yuma2 => self.mixed(sums, scratch),
            Version::Yuma3Liquid(alpha) if self.is_any_agreed => self.averaged_by(&Speed::new(alpha), scratch),
            Version::Yuma3 | Version::Yuma3Liquid(_) => self.averaged(scratch),
        }
    }

    /// E = alpha*dB + (1-alpha)*B, dB and B column-normalised.
    fn mixed(&self, sums: &Sums, scratch: &mut Scratch) {
        let (alpha, rest) = alphas(self.params);
        let Scratch { new, bonds, .. } = scratch;
        for (uid, weight) in self.bond_weights() {
            let delta = weight.saturating_mul(self.stake);
            let delta = divide_unless_zero(delta, at(&sums.delta, uid));
            new.add(uid, alpha.saturating_mul(delta));
        }
        for (uid, raw) in self.old_bonds() {
            let sum = sums.old.get(usize::from(uid)).copied().unwrap_or(0);
            new.add(uid, rest.saturating_mul(I32F32::ratio(raw, sum)));
        }
        new.drain(|uid, value| keep_positive(bonds, uid, value));
    }

    /// E = alpha*WB + (1-alpha)*B.
    fn averaged(&self, scratch: &mut Scratch) {
        let (alpha, rest) = alphas(self.params);
        let Scratch { new, bonds, .. } = scratch;
        for (uid, weight) in self.bond_weights() {
            new.add(uid, alpha.saturating_mul(weight));
        }
        for (uid, raw) in self.old_bonds() {
            new.add(uid, rest.saturating_mul(I32F32::from_proportion(raw)));
        }
        new.drain(|uid, value| keep_positive(bonds, uid, value));
    }

    /// E = min(1, (1-a)*B + a*WB) over the entries of WB alone, with an a of its own for each.
    fn averaged_by(&self, speed: &Speed, scratch: &mut Scratch) {
        let Scratch { new, old, bonds } = scratch;
        for (uid, raw) in self.old_bonds() {
            old.add(uid, I32F32::from_proportion(raw));
        }
        let mut renew = |uid: Uid, weight: I32F32| {
            let bond = old.get(uid);
            let a = speed.of(weight, bond, at(self.consensus, uid));
            let kept = I32F32::ONE.saturating_sub(a).saturating_mul(bond);
            let added = a.saturating_mul(weight).max(I32F32::ZERO);
            keep_positive(bonds, uid, kept.saturating_add(added).min(I32F32::ONE));
        };
        if self.copies_weights() {
            self.bond_weights().for_each(|(uid, weight)| renew(uid, weight));
        } else {
            self.bond_weights().for_each(|(uid, weight)| new.add(uid, weight));
            new.drain(renew);
        }
        old.drain(|_, _| {});
    }

    /// Whether WB is a copy of a matrix, which keeps its order, rather than a mixture, which is in UID order.
    fn copies_weights(&self) -> bool {
        [I32F32::ZERO, I32F32::ONE].contains(&self.penalty)
    }

    /// D_i += column-normalised E_ij * I_j.
    fn pay(&self, sums: &mut Sums, bonds: &[(Uid, I32F32)], add: impl Fn(I32F32, I32F32) -> I32F32) {
        let Some(dividend) = sums.dividends.get_mut(self.row) else {
            return;
        };
        for &(uid, value) in bonds {
            let share = divide_unless_zero(value, at(&sums.new, uid));
            *dividend = add(*dividend, share.saturating_mul(at(self.incentive, uid)));
        }
    }

    /// Step 9: WB = W + penalty*(clipped - W), positive values only; exactly W at penalty 0, exactly the clipped
    /// weights at 1.
    fn bond_weights(&self) -> impl Iterator<Item = (Uid, I32F32)> + '_ {
        self.mask.entries(self.weights).filter_map(move |(uid, raw)| {
            let weight = I32F32::ratio(raw, self.sum);
            let clipped = clip(weight, at(self.consensus, uid));
            let weight = if self.penalty == I32F32::ONE {
                clipped
            } else if self.penalty == I32F32::ZERO {
                Some(weight)
            } else {
                let change = clipped.unwrap_or_default().saturating_sub(weight);
                let mixed = weight.saturating_add(self.penalty.saturating_mul(change));
                Some(mixed).filter(|&mixed| mixed > I32F32::ZERO)
            };
            weight.map(|weight| (uid, weight))
        })
    }

    /// Old bonds, without those to neurons that registered since the last epoch.
    fn old_bonds(&self) -> impl Iterator<Item = (Uid, u16)> + '_ {
        let entries = self.old.iter().map(|&entry| unpack(entry));
        entries.filter(move |&(uid, _)| {
            let registered = self.registered_at.get(usize::from(uid)).copied().unwrap_or(0);
            self.last_tempo > registered
        })
    }
}

/// Bonds as they are stored.
fn stored(bonds: &[(Uid, I32F32)], value_of: impl Fn(Uid, I32F32) -> I32F32) -> Vec<u32> {
    let pack_one = |&(uid, value): &(Uid, I32F32)| pack(uid, value_of(uid, value).to_proportion());
    bonds.iter().map(pack_one).collect()
}

fn keep_positive(bonds: &mut Vec<(Uid, I32F32)>, uid: Uid, value: I32F32) {
    if value > I32F32::ZERO {
        bonds.push((uid, value));
    }
}

/// alpha = 1 - trunc32(moving average / 1e6), and 1 - alpha.
fn alphas(params: &Params) -> (I32F32, I32F32) {
    let average = (i128::from(params.bonds_moving_average) << 32) / 1_000_000;
    let alpha = I32F32::ONE.saturating_sub(I32F32::saturating_from_bits(average));
    (alpha, I32F32::ONE.saturating_sub(alpha))
}

/// Step 10: bonds to neurons registered at or after this block do not count.
fn last_tempo(params: &Params) -> Block {
    if params.last_step == 0 {
        params.block.saturating_sub(params.tempo)
    } else {
        params.last_step.saturating_add(1)
    }
}

fn at(values: &[I32F32], uid: Uid) -> I32F32 {
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
