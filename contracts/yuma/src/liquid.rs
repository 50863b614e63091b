//! Liquid alpha: each bond has its own speed.

use alloc::vec::Vec;

use crate::bonds::{at, Bonding};
use crate::fixed::I32F32;
use crate::scratch::DenseRow;
use crate::sparse::SparseMatrix;
use crate::Uid;

/// Bounds and steepness of a bond's own speed a.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidAlpha {
    /// The least a, as a proportion of 65535.
    pub low: u16,
    /// The greatest a, as a proportion of 65535.
    pub high: u16,
    /// How fast a rises from low to high, in hundredths.
    pub steepness: i32,
}

impl Bonding<'_> {
    /// E = min(1, (1-a)*B + a*WB) over the entries of WB alone, with an a of its own for each.
    pub fn averaged_by(&self, alpha: LiquidAlpha) -> (SparseMatrix, Vec<I32F32>) {
        let speed = Speed::new(alpha);
        let n = self.weights.neurons();
        let mut old = DenseRow::new(n);
        let mut new = DenseRow::new(n);
        let entries = (0..n)
            .map(|row| self.weights.row_bound(row))
            .fold(0, usize::saturating_add);
        let mut places = SparseMatrix::with_capacity(n, entries);
        let mut values = Vec::with_capacity(entries);
        for row in 0..n {
            for (uid, raw) in self.old_row(row) {
                old.add(uid, I32F32::from_proportion(raw));
            }
            let mut renew = |uid: Uid, weight: I32F32| {
                let bond = old.get(uid);
                let a = speed.of(weight, bond, at(&self.agreement.consensus, uid));
                let kept = I32F32::ONE.saturating_sub(a).saturating_mul(bond);
                let added = a.saturating_mul(weight).max(I32F32::ZERO);
                let value = kept.saturating_add(added).min(I32F32::ONE);
                if value > I32F32::ZERO {
                    places.push(uid, 0);
                    values.push(value);
                }
            };
            if self.copies_weights() {
                self.bond_weights(row).for_each(|(uid, weight)| renew(uid, weight));
            } else {
                self.bond_weights(row).for_each(|(uid, weight)| new.add(uid, weight));
                new.drain(renew);
            }
            old.drain(|_, _| {});
            places.end_row();
        }
        (places, values)
    }

    /// Whether WB is a copy of a matrix, which keeps its order, rather than a mixture, which is in UID order.
    fn copies_weights(&self) -> bool {
        [I32F32::ZERO, I32F32::ONE].contains(&self.penalty())
    }
}

/// The speed of a bond under liquid alpha.
struct Speed {
    low: I32F32,
    high: I32F32,
    /// steepness / -100.
    slope: I32F32,
}

impl Speed {
    fn new(alpha: LiquidAlpha) -> Self {
        Self {
            low: I32F32::from_proportion(alpha.low),
            high: I32F32::from_proportion(alpha.high),
            slope: I32F32::from_int(alpha.steepness).div_or_zero(I32F32::from_int(-100)),
        }
    }

    /// a = clamp(low + s*(high-low), low, high) with s = 1/(1+exp(slope*(d-1/2))), where d is how far the weight
    /// stands above the consensus while buying, or the bond above the weight while selling, within 0 and 1.
    fn of(&self, weight: I32F32, bond: I32F32, consensus: I32F32) -> I32F32 {
        let difference = if weight >= bond {
            weight.saturating_sub(consensus)
        } else {
            bond.saturating_sub(weight)
        };
        let difference = difference.clamp(I32F32::ZERO, I32F32::ONE);
        let exponent = self.slope.saturating_mul(difference.saturating_sub(I32F32::HALF));
        let sigmoid = I32F32::ONE.div_or_zero(I32F32::ONE.saturating_add(exponent.exp()));
        let alpha = self
            .low
            .saturating_add(sigmoid.saturating_mul(self.high.saturating_sub(self.low)));
        // Not `clamp`, which panics on low > high; the protocol lets low win.
        alpha.min(self.high).max(self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: LiquidAlpha = LiquidAlpha {
        low: 45875,
        high: 58982,
        steepness: 1000,
    };

    fn eighth(eighths: i64) -> I32F32 {
        I32F32::from_bits(eighths << 29)
    }

    #[test]
    fn a_weight_equal_to_the_bond_counts_as_buying() {
        let speed = Speed::new(DEFAULT);
        let far_above_consensus = speed.of(eighth(8), eighth(8), I32F32::ZERO);
        let selling_nothing = speed.of(eighth(0), eighth(0), I32F32::ZERO);
        assert!(far_above_consensus > selling_nothing);
        assert_eq!(far_above_consensus, speed.of(eighth(8), eighth(0), I32F32::ZERO));
    }

    #[test]
    fn half_the_difference_gives_the_middle_of_the_bounds() {
        let speed = Speed::new(DEFAULT);
        let middle = speed.of(eighth(6), eighth(0), eighth(2)).to_bits();
        let bounds = I32F32::from_proportion(DEFAULT.low).to_bits() + I32F32::from_proportion(DEFAULT.high).to_bits();
        assert!((middle * 2 - bounds).abs() <= 2);
    }

    #[test]
    fn the_lower_bound_wins_over_a_smaller_upper_one() {
        let speed = Speed::new(LiquidAlpha {
            low: 60000,
            high: 100,
            steepness: 1000,
        });
        assert_eq!(
            speed.of(eighth(8), eighth(0), eighth(0)),
            I32F32::from_proportion(60000)
        );
    }
}
