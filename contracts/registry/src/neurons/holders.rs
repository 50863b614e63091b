//! Who holds the slots of a subnet.
//!
//! An epoch reads all of them, and a read costs as much as a hundred kilobytes more in one that is made anyway: so they share cells. A
//! page is small enough that a swap can change one on each subnet within a call's memory.

use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::registry::Error;
use inktensor_primitives::{AccountId, NetUid, Uid};

/// How many slots share a cell: 2 KiB.
const PAGE: u16 = 32;

/// The keys of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Keys {
    /// The neuron's hotkey.
    pub hotkey: AccountId,
    /// Its owner.
    pub coldkey: AccountId,
}

/// Keys by UID; the first page is that of UID 0.
type Page = Vec<Keys>;

/// Who holds which slot. The slots of a subnet that are held are those from UID 0 on.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Holders {
    pages: Mapping<(NetUid, u16), Page>,
}

impl Holders {
    /// Who holds a slot.
    pub fn get(&self, netuid: NetUid, uid: Uid) -> Option<Keys> {
        let (page, place) = at(uid);
        self.pages.get((netuid, page))?.get(place).copied()
    }

    /// Who holds the slots from a UID on, as many as there are up to another one.
    pub fn range(&self, netuid: NetUid, start: Uid, end: Uid) -> Vec<Keys> {
        let mut all = Vec::with_capacity(usize::from(end.0.saturating_sub(start.0)));
        let mut next = start;
        while next < end {
            let (page, place) = at(next);
            let keys = self.pages.get((netuid, page)).unwrap_or_default();
            let missing = usize::from(end.0.saturating_sub(next.0));
            let before = all.len();
            all.extend(keys.into_iter().skip(place).take(missing));
            let came = u16::try_from(all.len().saturating_sub(before)).unwrap_or_default();
            if came == 0 {
                break;
            }
            next = Uid(next.0.saturating_add(came));
        }
        all
    }

    /// Gives a slot to others: one that is held, or the one after the last.
    ///
    /// # Errors
    /// [`Error::UnknownNeuron`] for slots further on.
    pub fn put(&mut self, netuid: NetUid, uid: Uid, keys: Keys) -> Result<(), Error> {
        let (page, place) = at(uid);
        let mut held = self.pages.get((netuid, page)).unwrap_or_default();
        if place == held.len() {
            held.push(keys);
        } else {
            *held.get_mut(place).ok_or(Error::UnknownNeuron)? = keys;
        }
        self.pages.insert((netuid, page), &held);
        Ok(())
    }

    /// Changes the keys of a slot that is held.
    pub fn change(&mut self, netuid: NetUid, uid: Uid, change: impl FnOnce(&mut Keys)) {
        let (page, place) = at(uid);
        let mut held = self.pages.get((netuid, page)).unwrap_or_default();
        if let Some(keys) = held.get_mut(place) {
            change(keys);
            self.pages.insert((netuid, page), &held);
        }
    }

    /// Forgets the last so many of all slots; returns who held them, the highest UID first.
    pub fn forget_last(&mut self, netuid: NetUid, all: u16, count: u16) -> Vec<(Uid, Keys)> {
        let first = all.saturating_sub(count);
        let mut forgotten = Vec::with_capacity(usize::from(count));
        let mut left = all;
        while let Some(last) = left.checked_sub(1).filter(|last| *last >= first) {
            let (page, _) = at(Uid(last));
            let mut held = self.pages.get((netuid, page)).unwrap_or_default();
            while left > first && at(Uid(left.saturating_sub(1))).0 == page {
                left = left.saturating_sub(1);
                forgotten.extend(held.pop().map(|keys| (Uid(left), keys)));
            }
            if held.is_empty() {
                self.pages.remove((netuid, page));
            } else {
                self.pages.insert((netuid, page), &held);
            }
        }
        forgotten
    }
}

/// The page of a UID, and its place there.
fn at(uid: Uid) -> (u16, usize) {
    let place = uid.0.checked_rem(PAGE).unwrap_or_default();
    (uid.0.checked_div(PAGE).unwrap_or_default(), usize::from(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::account;

    const NETUID: NetUid = NetUid(3);

    fn keys(number: u16) -> Keys {
        let mut hotkey = [0; 32];
        hotkey[..2].copy_from_slice(&number.to_le_bytes());
        Keys {
            hotkey: AccountId::from(hotkey),
            coldkey: account(1),
        }
    }

    fn filled(slots: u16) -> Holders {
        let mut holders = Holders::default();
        (0..slots).for_each(|uid| holders.put(NETUID, Uid(uid), keys(uid)).unwrap());
        holders
    }

    #[ink::test]
    fn slots_are_read_across_pages() {
        let holders = filled(100);
        let numbers = |start, end| {
            let expected: Vec<Keys> = (start..end).map(keys).collect();
            assert_eq!(holders.range(NETUID, Uid(start), Uid(end)), expected);
        };
        numbers(0, 100);
        numbers(31, 33);
        numbers(40, 96);
        assert_eq!(holders.range(NETUID, Uid(98), Uid(200)).len(), 2);
        assert_eq!(holders.range(NetUid(4), Uid(0), Uid(9)), []);
        assert_eq!(holders.get(NETUID, Uid(64)), Some(keys(64)));
        assert_eq!(holders.get(NETUID, Uid(100)), None);
    }

    #[ink::test]
    fn a_slot_is_given_away_in_its_place_and_no_place_is_left_out() {
        let mut holders = filled(40);
        holders.put(NETUID, Uid(33), keys(7)).unwrap();
        holders.change(NETUID, Uid(34), |keys| keys.coldkey = account(2));
        assert_eq!(holders.get(NETUID, Uid(33)), Some(keys(7)));
        assert_eq!(holders.get(NETUID, Uid(34)).unwrap().coldkey, account(2));
        assert_eq!(holders.get(NETUID, Uid(35)), Some(keys(35)));
        assert_eq!(holders.put(NETUID, Uid(41), keys(41)), Err(Error::UnknownNeuron));
    }

    #[ink::test]
    fn forgotten_slots_leave_nothing() {
        let mut holders = filled(70);
        let forgotten = holders.forget_last(NETUID, 70, 50);
        let expected: Vec<(Uid, Keys)> = (20..70).rev().map(|uid| (Uid(uid), keys(uid))).collect();
        assert_eq!(forgotten, expected);
        assert_eq!(holders.range(NETUID, Uid(0), Uid(70)).len(), 20);
        assert_eq!(holders.forget_last(NETUID, 20, 64).len(), 20);
        assert!(!holders.pages.contains((NETUID, 0)));
    }
}
