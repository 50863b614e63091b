//! Which coldkey a hotkey belongs to, and where it is registered.
//!
//! A hotkey stays its coldkey's when it loses its slots, and when it was swapped for another: nobody else can take over its name. A
//! swapped one never acts again, not even for its coldkey: its stake and its votes are its successor's.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::Error;
use inktensor_primitives::{AccountId, NetUid, Page};

/// The most hotkeys in a page.
pub const MAX_PAGE: u32 = 128;

/// All hotkeys.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Ownership {
    owners: Mapping<AccountId, AccountId>,
    counts: Mapping<AccountId, u32>,
    hotkeys: Mapping<(AccountId, u32), AccountId>,
    /// Subnets on which a hotkey is registered; some may be dissolved.
    homes: Mapping<AccountId, Vec<NetUid>>,
    /// The hotkey that took the place of a swapped one.
    successors: Mapping<AccountId, AccountId>,
}

impl Ownership {
    /// The coldkey that a hotkey belongs to.
    pub fn owner_of(&self, hotkey: &AccountId) -> Option<AccountId> {
        self.owners.get(hotkey)
    }

    /// Whether a coldkey may act with a hotkey: it is its own, or nobody's yet, and was not swapped for another.
    ///
    /// # Errors
    /// [`Error::HotkeyOwnedByOther`], [`Error::HotkeySwappedAway`]
    pub fn check_free(&self, coldkey: &AccountId, hotkey: &AccountId) -> Result<(), Error> {
        match self.owner_of(hotkey) {
            Some(owner) if owner != *coldkey => Err(Error::HotkeyOwnedByOther),
            _ if self.successors.contains(hotkey) => Err(Error::HotkeySwappedAway),
            _ => Ok(()),
        }
    }

    /// The hotkey that took the place of a swapped one.
    pub fn successor_of(&self, hotkey: &AccountId) -> Option<AccountId> {
        self.successors.get(hotkey)
    }

    /// Notes that a hotkey took the place of another.
    pub fn succeed(&mut self, old: AccountId, new: AccountId) {
        self.successors.insert(old, &new);
    }

    /// Makes a hotkey a coldkey's, unless it is already.
    ///
    /// # Errors
    /// [`Error::Overflow`]
    pub fn adopt(&mut self, coldkey: AccountId, hotkey: AccountId) -> Result<(), Error> {
        if self.owner_of(&hotkey) == Some(coldkey) {
            return Ok(());
        }
        let place = self.count(&coldkey);
        self.counts
            .insert(coldkey, &place.checked_add(1).ok_or(Error::Overflow)?);
        self.hotkeys.insert((coldkey, place), &hotkey);
        self.owners.insert(hotkey, &coldkey);
        Ok(())
    }

    /// Takes the last hotkey off a coldkey's list.
    pub fn release(&mut self, coldkey: AccountId) -> Option<AccountId> {
        let last = self.count(&coldkey).checked_sub(1)?;
        if last == 0 {
            self.counts.remove(coldkey);
        } else {
            self.counts.insert(coldkey, &last);
        }
        self.hotkeys.take((coldkey, last))
    }

    /// How many hotkeys a coldkey has.
    pub fn count(&self, coldkey: &AccountId) -> u32 {
        self.counts.get(coldkey).unwrap_or_default()
    }

    /// A coldkey's hotkeys.
    ///
    /// # Errors
    /// [`Error::PageTooLarge`]
    pub fn page(&self, coldkey: AccountId, start: u32, limit: u32) -> Result<Page<AccountId>, Error> {
        if limit > MAX_PAGE {
            return Err(Error::PageTooLarge);
        }
        let total = self.count(&coldkey);
        let places = start..start.saturating_add(limit).min(total);
        Ok(Page {
            items: places.filter_map(|place| self.hotkeys.get((coldkey, place))).collect(),
            total,
        })
    }

    /// The open subnets on which a hotkey is registered.
    pub fn homes(&self, hotkey: &AccountId, open: &[NetUid]) -> Vec<NetUid> {
        let mut homes = self.homes.get(hotkey).unwrap_or_default();
        homes.retain(|home| open.contains(home));
        homes
    }

    /// Notes on which open subnets a hotkey is registered.
    pub fn settle(&mut self, hotkey: AccountId, homes: &Vec<NetUid>) {
        if homes.is_empty() {
            self.homes.remove(hotkey);
        } else {
            self.homes.insert(hotkey, homes);
        }
    }
}
