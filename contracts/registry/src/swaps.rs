//! Coldkey swaps that are announced.
//!
//! A swap gives everything that a coldkey owns here, hotkeys and subnets, to another one. It is announced first, so that an owner whose
//! key was stolen can cancel or dispute it in time; a disputed one waits for governance.

use ink::storage::Mapping;
use inktensor_primitives::registry::{ColdkeySwap, Error};
use inktensor_primitives::{AccountId, BlockNumber};

/// All announced swaps by the coldkey that announced.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Swaps {
    announced: Mapping<AccountId, ColdkeySwap>,
}

impl Swaps {
    /// Announces a swap; returns the first block in which it can be finished.
    ///
    /// # Errors
    /// [`Error::SwapAnnounced`], [`Error::KeyInUse`] for a swap to oneself.
    pub fn announce(
        &mut self,
        old: AccountId,
        new: AccountId,
        delay: u32,
        now: BlockNumber,
    ) -> Result<BlockNumber, Error> {
        if self.announced.contains(old) {
            return Err(Error::SwapAnnounced);
        }
        if old == new {
            return Err(Error::KeyInUse);
        }
        let ready_at = now.checked_add(delay).ok_or(Error::Overflow)?;
        let swap = ColdkeySwap {
            new,
            ready_at,
            disputed: false,
        };
        self.announced.insert(old, &swap);
        Ok(ready_at)
    }

    /// The announced swap of a coldkey.
    pub fn announced(&self, old: &AccountId) -> Option<ColdkeySwap> {
        self.announced.get(old)
    }

    /// Takes an announcement back.
    ///
    /// # Errors
    /// [`Error::NoSwapAnnounced`], [`Error::SwapDisputed`]: then only governance decides.
    pub fn cancel(&mut self, old: AccountId) -> Result<(), Error> {
        if self.existing(&old)?.disputed {
            return Err(Error::SwapDisputed);
        }
        self.announced.remove(old);
        Ok(())
    }

    /// Stops a swap until governance decides.
    ///
    /// # Errors
    /// [`Error::NoSwapAnnounced`], [`Error::SwapDisputed`]
    pub fn dispute(&mut self, old: AccountId) -> Result<(), Error> {
        let mut swap = self.existing(&old)?;
        if swap.disputed {
            return Err(Error::SwapDisputed);
        }
        swap.disputed = true;
        self.announced.insert(old, &swap);
        Ok(())
    }

    /// Governance's decision on a swap: allowed, it goes on as announced; refused, it is as if it never was.
    ///
    /// # Errors
    /// [`Error::NoSwapAnnounced`]
    pub fn settle(&mut self, old: AccountId, allow: bool) -> Result<(), Error> {
        let mut swap = self.existing(&old)?;
        if allow {
            swap.disputed = false;
            self.announced.insert(old, &swap);
        } else {
            self.announced.remove(old);
        }
        Ok(())
    }

    /// To whom everything goes now.
    ///
    /// # Errors
    /// [`Error::NoSwapAnnounced`], [`Error::SwapDisputed`], [`Error::SwapTooEarly`]
    pub fn due(&self, old: &AccountId, now: BlockNumber) -> Result<AccountId, Error> {
        let swap = self.existing(old)?;
        if swap.disputed {
            return Err(Error::SwapDisputed);
        }
        if now < swap.ready_at {
            return Err(Error::SwapTooEarly);
        }
        Ok(swap.new)
    }

    /// Forgets a swap that is finished.
    pub fn finish(&mut self, old: AccountId) {
        self.announced.remove(old);
    }

    fn existing(&self, old: &AccountId) -> Result<ColdkeySwap, Error> {
        self.announced.get(old).ok_or(Error::NoSwapAnnounced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::account;

    #[ink::test]
    fn a_swap_waits_for_its_delay() {
        let mut swaps = Swaps::default();
        assert_eq!(swaps.due(&account(1), 5), Err(Error::NoSwapAnnounced));
        assert_eq!(swaps.announce(account(1), account(1), 10, 5), Err(Error::KeyInUse));
        assert_eq!(swaps.announce(account(1), account(2), 10, 5), Ok(15));
        assert_eq!(swaps.announce(account(1), account(3), 10, 5), Err(Error::SwapAnnounced));
        assert_eq!(swaps.due(&account(1), 14), Err(Error::SwapTooEarly));
        assert_eq!(swaps.due(&account(1), 15), Ok(account(2)));
    }

    #[ink::test]
    fn a_disputed_swap_is_governances_to_decide() {
        let mut swaps = Swaps::default();
        swaps.announce(account(1), account(2), 10, 5).unwrap();
        swaps.dispute(account(1)).unwrap();
        assert_eq!(swaps.due(&account(1), 99), Err(Error::SwapDisputed));
        assert_eq!(swaps.cancel(account(1)), Err(Error::SwapDisputed));
        swaps.settle(account(1), true).unwrap();
        assert_eq!(swaps.due(&account(1), 99), Ok(account(2)));
        swaps.settle(account(1), false).unwrap();
        assert_eq!(swaps.announced(&account(1)), None);
    }

    #[ink::test]
    fn a_cancelled_swap_can_be_announced_again() {
        let mut swaps = Swaps::default();
        swaps.announce(account(1), account(2), 10, 5).unwrap();
        swaps.cancel(account(1)).unwrap();
        assert_eq!(swaps.announce(account(1), account(3), 10, 6), Ok(16));
    }
}
