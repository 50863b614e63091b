//! Keys that change under neurons that stay.

use super::Neurons;
use crate::models::Models;
use crate::subnets::Subnets;
use inktensor_primitives::registry::Error;
use inktensor_primitives::{AccountId, NetUid};

/// How many hotkeys and slots of a coldkey one call gives to another, about.
const MAX_MOVED: usize = 256;

impl Neurons {
    /// Puts `new` in the place of a coldkey's hotkey, on every subnet: slots, endpoints, models, immunity and scores stay.
    ///
    /// # Errors
    /// [`Error::HotkeyNotOwned`], [`Error::HotkeyOwnedByOther`], [`Error::HotkeySwappedAway`] where either was swapped before,
    /// [`Error::KeyInUse`] where the new one is registered somewhere.
    pub fn swap_hotkey(
        &mut self,
        subnets: &Subnets,
        models: &mut Models,
        coldkey: AccountId,
        old: AccountId,
        new: AccountId,
    ) -> Result<(), Error> {
        if self.ownership.owner_of(&old) != Some(coldkey) {
            return Err(Error::HotkeyNotOwned);
        }
        self.ownership.check_free(&coldkey, &old)?;
        self.ownership.check_free(&coldkey, &new)?;
        let open = subnets.open();
        if old == new || !self.ownership.homes(&new, &open).is_empty() {
            return Err(Error::KeyInUse);
        }
        let homes = self.ownership.homes(&old, &open);
        self.ownership.adopt(coldkey, new)?;
        for netuid in &homes {
            self.rename(*netuid, models, &old, &new);
        }
        self.ownership.settle(old, &ink::prelude::vec::Vec::new());
        self.ownership.settle(new, &homes);
        self.ownership.succeed(old, new);
        Ok(())
    }

    /// Gives what one coldkey owns to another, a part at a time; returns how many of its hotkeys are left. With the last of them the
    /// subnets follow.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn swap_coldkey(&mut self, subnets: &mut Subnets, old: AccountId, new: AccountId) -> Result<u32, Error> {
        let open = subnets.open();
        let mut moved = 0_usize;
        while moved < MAX_MOVED {
            let Some(hotkey) = self.ownership.release(old) else {
                break;
            };
            self.ownership.adopt(new, hotkey)?;
            let homes = self.ownership.homes(&hotkey, &open);
            for netuid in &homes {
                self.reown(*netuid, &hotkey, new);
            }
            moved = moved.saturating_add(homes.len()).saturating_add(1);
        }
        let left = self.ownership.count(&old);
        if left == 0 {
            subnets.reown(&open, &old, new);
        }
        Ok(left)
    }

    fn rename(&mut self, netuid: NetUid, models: &mut Models, old: &AccountId, new: &AccountId) {
        let Some(uid) = self.uids.take((netuid, old)) else {
            return;
        };
        self.uids.insert((netuid, new), &uid);
        self.holders.change(netuid, uid, |keys| keys.hotkey = *new);
        models.rename(netuid, uid, *new);
    }

    fn reown(&mut self, netuid: NetUid, hotkey: &AccountId, coldkey: AccountId) {
        let Some(uid) = self.uid_of(netuid, hotkey) else {
            return;
        };
        self.holders.change(netuid, uid, |keys| keys.coldkey = coldkey);
    }
}
