//! What blocks emit, and what of it each subnet is due: a function of blocks alone, whoever asks whenever.
//!
//! Emission is split equally over the subnets that exist in a block. `per_subnet` is what one subnet that existed from the start would
//! be due, so a subnet's due is the difference of two readings of it, in constant time.
//!
//! Invariant: everything emitted is due to some subnet or is `dust` of the division, which the next span divides again.

use inktensor_primitives::{BlockNumber, Rao};
use yuma::emission::span_emission;

/// The running sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Accrual {
    /// The block up to which emission is counted.
    pub at: BlockNumber,
    /// How many subnets share it.
    pub subnets: u16,
    /// What one subnet that existed from the start would be due in all.
    pub per_subnet: Rao,
    /// What the last division left.
    pub dust: Rao,
    /// Emitted and not yet issued, dust included.
    pub outstanding: Rao,
}

impl Accrual {
    /// Counts the blocks up to `now`. `issued` is the token's supply. Without subnets nothing is emitted.
    pub fn advance(&mut self, issued: Rao, now: BlockNumber) {
        let blocks = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        if self.subnets == 0 || blocks == 0 {
            return;
        }
        let issuance = issued.0.saturating_add(self.outstanding.0);
        let emitted = span_emission(issuance, u64::from(blocks));
        self.outstanding = Rao(self.outstanding.0.saturating_add(emitted));
        let to_share = self.dust.0.saturating_add(emitted);
        let each = to_share.checked_div(u64::from(self.subnets)).unwrap_or_default();
        self.per_subnet = Rao(self.per_subnet.0.saturating_add(each));
        self.dust = Rao(to_share.checked_rem(u64::from(self.subnets)).unwrap_or_default());
    }

    /// Lets one more subnet share from here on; returns the reading that it starts from.
    pub fn join(&mut self) -> Rao {
        self.subnets = self.subnets.saturating_add(1);
        self.per_subnet
    }

    /// Lets a subnet share no longer. What it was due and never got, the others share with the next span.
    pub fn leave(&mut self, unpaid: Rao) {
        self.subnets = self.subnets.saturating_sub(1);
        self.dust = Rao(self.dust.0.saturating_add(unpaid.0));
    }

    /// What a subnet is due since it read `from`.
    pub fn due_since(&self, from: Rao) -> Rao {
        Rao(self.per_subnet.0.saturating_sub(from.0))
    }

    /// Notes that so much was issued.
    pub fn issue(&mut self, amount: Rao) {
        self.outstanding = Rao(self.outstanding.0.saturating_sub(amount.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::RAO_PER_TAO;
    use proptest::prelude::*;

    fn with(subnets: u16) -> Accrual {
        Accrual {
            subnets,
            ..Accrual::default()
        }
    }

    #[test]
    fn nothing_is_emitted_before_there_is_a_subnet() {
        let mut accrual = Accrual::default();
        accrual.advance(Rao::ZERO, 1_000);
        assert_eq!(
            accrual,
            Accrual {
                at: 1_000,
                ..Accrual::default()
            }
        );
    }

    #[test]
    fn a_block_emits_one_tao_split_equally() {
        let mut accrual = with(3);
        accrual.advance(Rao::ZERO, 1);
        assert_eq!(accrual.per_subnet, Rao(RAO_PER_TAO / 3));
        assert_eq!(accrual.dust, Rao(1));
        assert_eq!(accrual.outstanding, Rao(RAO_PER_TAO));
    }

    #[test]
    fn a_subnet_shares_from_its_first_block_on() {
        let mut accrual = with(1);
        accrual.advance(Rao::ZERO, 10);
        let start = accrual.join();
        accrual.advance(Rao::ZERO, 14);
        assert_eq!(accrual.due_since(start), Rao(2 * RAO_PER_TAO));
        assert_eq!(accrual.due_since(Rao::ZERO), Rao(12 * RAO_PER_TAO));
    }

    #[test]
    fn the_others_share_what_a_subnet_left_behind() {
        let mut accrual = with(2);
        accrual.advance(Rao::ZERO, 10);
        let left = accrual.due_since(Rao::ZERO);
        accrual.leave(left);
        accrual.advance(Rao::ZERO, 12);
        assert_eq!(accrual.due_since(Rao::ZERO), Rao(12 * RAO_PER_TAO));
        assert_eq!(accrual.outstanding, accrual.due_since(Rao::ZERO));
    }

    proptest! {
        #[test]
        fn a_late_count_comes_to_the_same(
            issued in 0..21_000_000 * RAO_PER_TAO,
            subnets in 1..128_u16,
            mut stops in prop::collection::vec(0..30_000_000_u32, 1..8),
        ) {
            stops.sort_unstable();
            let (mut often, mut once) = (with(subnets), with(subnets));
            for stop in &stops {
                often.advance(Rao(issued), *stop);
            }
            once.advance(Rao(issued), *stops.last().unwrap());
            prop_assert_eq!(often, once);
        }
    }
}
