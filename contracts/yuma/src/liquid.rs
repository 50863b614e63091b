//! Liquid alpha: each bond has its own speed.

use crate::fixed::I32F32;

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

/// The speed of a bond under liquid alpha.
pub(crate) struct Speed {
    low: I32F32,
    high: I32F32,
    /// steepness / -100.
    slope: I32F32,
}

impl Speed {
    pub fn new(alpha: LiquidAlpha) -> Self {
        Self {
            low: I32F32::from_proportion(alpha.low),
            high: I32F32::from_proportion(alpha.high),
            slope: I32F32::from_int(alpha.steepness).div_or_zero(I32F32::from_int(-100)),
        }
    }

    /// a = clamp(low + s*(high-low), low, high) with s = 1/(1+exp(slope*(d-1/2))), where d is how far the weight
    /// stands above the consensus while buying, or the bond above the weight while selling, within 0 and 1.
    pub fn of(&self, weight: I32F32, bond: I32F32, consensus: I32F32) -> I32F32 {
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
