//! Which keys may have an entry on a subnet, so that an epoch does not look up what is not there.
//!
//! A lookup costs an epoch as much as dozens of kilobytes in a cell that it reads anyway. So each subnet has one cell that counts its
//! entries by the first byte of their key. Where a byte has none no key with it has one; where it has some the entry is looked up.
//! Whoever makes an entry can so make an epoch look up those with the same first byte, a 256th of all keys, and pays a deposit for it.

use ink::prelude::vec::Vec;
use inktensor_primitives::AccountId;

/// How many entries there are, by the first byte of their key: ascending, without those that have none.
///
/// A count that reached 255 stays: how many there are is not known any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Presence(Vec<(u8, u8)>);

impl Presence {
    /// Whether a key may have an entry: where not, it has none.
    pub fn may_have(&self, key: &AccountId) -> bool {
        self.find(key).is_ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes that a key has an entry, or has one no more. It must be another than it had before.
    pub fn note(&mut self, key: &AccountId, has: bool) {
        match (self.find(key), has) {
            (Err(place), true) => self.0.insert(place, (first(key), 1)),
            (Ok(place), true) => {
                if let Some((_, count)) = self.0.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            (Ok(place), false) => match self.0.get_mut(place) {
                Some((_, u8::MAX)) | None => {}
                Some((_, 1)) => {
                    self.0.remove(place);
                }
                Some((_, count)) => *count = count.saturating_sub(1),
            },
            (Err(_), false) => {}
        }
    }

    fn find(&self, key: &AccountId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&first(key), |(byte, _)| *byte)
    }
}

fn first(key: &AccountId) -> u8 {
    let bytes: &[u8; 32] = key.as_ref();
    let [first, ..] = bytes;
    *first
}

#[cfg(test)]
mod tests {
    use super::*;
    use ink::scale::Encode;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn key(first: u8, number: u16) -> AccountId {
        let mut bytes = [first; 32];
        bytes[1..3].copy_from_slice(&number.to_le_bytes());
        AccountId::from(bytes)
    }

    #[test]
    fn a_count_that_is_full_stays() {
        let mut presence = Presence::default();
        (0..300).for_each(|number| presence.note(&key(7, number), true));
        (0..300).for_each(|number| presence.note(&key(7, number), false));
        assert!(presence.may_have(&key(7, 1_000)));
        assert!(!presence.may_have(&key(8, 0)));
    }

    proptest! {
        /// No key with an entry is missed, what is not there mostly is not looked up, and nothing is left of what was taken back.
        #[test]
        fn every_entry_is_found(steps in prop::collection::vec((0..6_u8, 0..4_u16), 0..60)) {
            let mut presence = Presence::default();
            let mut entries = BTreeSet::new();
            for (first, number) in steps {
                let has = entries.insert((first, number));
                if !has {
                    entries.remove(&(first, number));
                }
                presence.note(&key(first, number), has);
                for byte in 0..8 {
                    let some = entries.iter().any(|(first, _)| *first == byte);
                    prop_assert_eq!(presence.may_have(&key(byte, 9)), some);
                }
            }
            prop_assert!(presence.encoded_size() <= 1 + 2 * 6);
            for (first, number) in &entries {
                presence.note(&key(*first, *number), false);
            }
            prop_assert!(presence.is_empty());
        }
    }
}
