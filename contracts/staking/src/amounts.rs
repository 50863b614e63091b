//! Sums and parts of amounts that name what does not fit.

use inktensor_primitives::staking::Error;
use inktensor_primitives::Rao;

/// `one + other`.
///
/// # Errors
/// [`Error::Overflow`]
pub fn plus(one: Rao, other: Rao) -> Result<Rao, Error> {
    one.0.checked_add(other.0).map(Rao).ok_or(Error::Overflow)
}

/// `one - other`.
///
/// # Errors
/// [`Error::Overflow`]
pub fn minus(one: Rao, other: Rao) -> Result<Rao, Error> {
    one.0.checked_sub(other.0).map(Rao).ok_or(Error::Overflow)
}

/// `floor(amount * part / whole)`; nothing of nothing.
///
/// # Errors
/// [`Error::Overflow`] where the part is larger than the whole and the result does not fit.
pub fn share(amount: Rao, part: u64, whole: u64) -> Result<Rao, Error> {
    let product = u128::from(amount.0).saturating_mul(u128::from(part));
    let share = product.checked_div(u128::from(whole)).unwrap_or_default();
    u64::try_from(share).map(Rao).map_err(|_| Error::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_at_any_size() {
        assert_eq!(share(Rao(10), 1, 3), Ok(Rao(3)));
        assert_eq!(share(Rao(u64::MAX), u64::MAX, u64::MAX), Ok(Rao(u64::MAX)));
        assert_eq!(share(Rao(u64::MAX), 2, 1), Err(Error::Overflow));
        assert_eq!(share(Rao(7), 0, 0), Ok(Rao::ZERO));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(plus(Rao(u64::MAX), Rao(1)), Err(Error::Overflow));
        assert_eq!(minus(Rao(1), Rao(2)), Err(Error::Overflow));
    }
}
