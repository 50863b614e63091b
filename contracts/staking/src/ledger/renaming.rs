//! Hotkeys that take others' place.

use super::Ledger;
use inktensor_primitives::events::staking::HotkeyRenamed;
use inktensor_primitives::staking::Error;
use inktensor_primitives::AccountId;

impl Ledger {
    /// Puts a hotkey in the place of another, which the registry says took it: all stake on it, its take, child keys, parents, where
    /// incentive is staked and past votes follow, and no position changes. Returns nothing where the old one was replaced before.
    ///
    /// # Errors
    /// [`Error::HotkeyInUse`] where the new hotkey ever held stake or took another's place: what others staked to it is not mixed in.
    pub fn rename_hotkey(&mut self, old: AccountId, new: AccountId) -> Result<Option<HotkeyRenamed>, Error> {
        let renamed = self.pools.rename(old, new)?;
        Ok(renamed.then_some(HotkeyRenamed { old, new }))
    }
}
