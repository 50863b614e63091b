//! TAO, counted in rao.

use crate::macros::number;
use core::fmt;

number! {
    /// An amount of TAO in rao: 1 TAO is 1,000,000,000 rao. The whole supply fits 64 bits.
    pub struct Rao(u64);
}

/// Rao in one TAO: TAO has 9 decimals.
pub const RAO_PER_TAO: u64 = 1_000_000_000;

/// The most TAO that can ever be issued.
pub const CAP: Rao = Rao(21_000_000 * RAO_PER_TAO);

impl Rao {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number of TAO; saturates at `u64::MAX` rao.
    pub const fn from_tao(tao: u64) -> Self {
        Self(tao.saturating_mul(RAO_PER_TAO))
    }
}

impl fmt::Display for Rao {
    /// Writes the amount in TAO with all nine decimals, for example `1.500000000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.checked_div(RAO_PER_TAO).unwrap_or_default();
        let fraction = self.0.checked_rem(RAO_PER_TAO).unwrap_or_default();
        write!(f, "{whole}.{fraction:09}")
    }
}
