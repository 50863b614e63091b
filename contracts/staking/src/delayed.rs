//! Values that change at an announced block, without anyone having to act then.

use inktensor_primitives::staking::{Error, Rise, MAX_TAKE, TAKE_DELAY};
use inktensor_primitives::BlockNumber;

/// One value until a block, another from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Delayed<T> {
    before: T,
    after: T,
    from: BlockNumber,
}

impl<T: Copy + PartialEq> Delayed<T> {
    /// A value that holds always.
    pub const fn fixed(value: T) -> Self {
        Self {
            before: value,
            after: value,
            from: 0,
        }
    }

    /// The value now.
    pub fn at(&self, now: BlockNumber) -> T {
        if now < self.from {
            self.before
        } else {
            self.after
        }
    }

    /// The value that is announced and its first block, where that is another one than now's.
    pub fn announced(&self, now: BlockNumber) -> Option<(T, BlockNumber)> {
        (now < self.from && self.before != self.after).then_some((self.after, self.from))
    }

    /// Keeps now's value until `from`, and has another from then on. What was announced before is forgotten.
    #[must_use]
    pub fn change(&self, now: BlockNumber, after: T, from: BlockNumber) -> Self {
        Self {
            before: self.at(now),
            after,
            from,
        }
    }
}

impl Delayed<u16> {
    /// Sets a take: a lower one at once, a higher one after [`TAKE_DELAY`]. Returns it with the first block of the new value.
    ///
    /// # Errors
    /// [`Error::TakeTooHigh`]
    pub fn set_take(&self, take: u16, now: BlockNumber) -> Result<(Self, BlockNumber), Error> {
        if take > MAX_TAKE {
            return Err(Error::TakeTooHigh);
        }
        let from = if take > self.at(now) {
            now.checked_add(TAKE_DELAY).ok_or(Error::Overflow)?
        } else {
            now
        };
        Ok((self.change(now, take, from), from))
    }

    /// The higher take that is announced.
    pub fn rise(&self, now: BlockNumber) -> Option<Rise> {
        self.announced(now).map(|(take, at)| Rise { take, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_take_holds_at_once_and_a_higher_one_later() {
        let (take, from) = Delayed::fixed(100).set_take(40, 7).unwrap();
        assert_eq!((take.at(7), from, take.rise(7)), (40, 7, None));
        let (take, from) = take.set_take(90, 10).unwrap();
        assert_eq!(from, 10 + TAKE_DELAY);
        assert_eq!((take.at(10), take.at(from - 1), take.at(from)), (40, 40, 90));
        assert_eq!(take.rise(11), Some(Rise { take: 90, at: from }));
        assert_eq!(take.rise(from), None);
    }

    #[test]
    fn lowering_takes_an_announced_rise_back() {
        let (take, _) = Delayed::fixed(40).set_take(90, 10).unwrap();
        let (take, _) = take.set_take(40, 20).unwrap();
        assert_eq!((take.at(20), take.at(10 + TAKE_DELAY), take.rise(20)), (40, 40, None));
    }

    #[test]
    fn announcing_again_starts_the_delay_again() {
        let (take, _) = Delayed::fixed(40).set_take(41, 10).unwrap();
        let (take, from) = take.set_take(90, 9 + TAKE_DELAY).unwrap();
        assert_eq!((take.at(10 + TAKE_DELAY), from), (40, 9 + 2 * TAKE_DELAY));
    }

    #[test]
    fn more_than_the_most_is_refused() {
        assert_eq!(Delayed::fixed(0).set_take(MAX_TAKE + 1, 1), Err(Error::TakeTooHigh));
        assert!(Delayed::fixed(0).set_take(MAX_TAKE, 1).is_ok());
    }
}
