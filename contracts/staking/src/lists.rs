//! Lists of hotkeys that are read in pages and shrink without a loop.

use ink::storage::Mapping;
use inktensor_primitives::{AccountId, Page};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct List(Option<AccountId>);

impl List {
    /// Hotkeys that hold or held stake.
    pub const DELEGATES: Self = Self(None);

    /// Hotkeys that a coldkey has stake on.
    pub const fn positions_of(coldkey: AccountId) -> Self {
        Self(Some(coldkey))
    }
}

/// All lists.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Lists {
    lengths: Mapping<List, u32>,
    items: Mapping<(List, u32), AccountId>,
}

impl Lists {
    /// Appends and returns the place; `None` where the list is full.
    pub fn push(&mut self, list: List, item: AccountId) -> Option<u32> {
        let place = self.length(list);
        self.lengths.insert(list, &place.checked_add(1)?);
        self.items.insert((list, place), &item);
        Some(place)
    }

    /// Removes what stands at a place; the list's last item takes the place and is returned, unless it was the one removed.
    pub fn swap_remove(&mut self, list: List, place: u32) -> Option<AccountId> {
        let last = self.length(list).checked_sub(1)?;
        self.lengths.insert(list, &last);
        let moved = self.items.take((list, last))?;
        if place == last {
            return None;
        }
        self.items.insert((list, place), &moved);
        Some(moved)
    }

    /// A part of a list.
    pub fn page(&self, list: List, start: u32, limit: u32) -> Page<AccountId> {
        let total = self.length(list);
        let end = start.saturating_add(limit).min(total);
        let items = (start..end).filter_map(|place| self.items.get((list, place))).collect();
        Page { items, total }
    }

    fn length(&self, list: List) -> u32 {
        self.lengths.get(list).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u8) -> AccountId {
        AccountId::from([number; 32])
    }

    #[ink::test]
    fn the_last_item_takes_the_place_of_a_removed_one() {
        let mut lists = Lists::default();
        for number in 0..3 {
            lists.push(List::DELEGATES, account(number));
        }
        assert_eq!(lists.swap_remove(List::DELEGATES, 0), Some(account(2)));
        let page = lists.page(List::DELEGATES, 0, 10);
        assert_eq!(
            page,
            Page {
                items: vec![account(2), account(1)],
                total: 2
            }
        );
    }

    #[ink::test]
    fn removing_the_last_item_moves_nothing() {
        let mut lists = Lists::default();
        lists.push(List::DELEGATES, account(1));
        assert_eq!(lists.swap_remove(List::DELEGATES, 0), None);
        assert_eq!(lists.page(List::DELEGATES, 0, 10).total, 0);
    }

    #[ink::test]
    fn lists_do_not_mix() {
        let mut lists = Lists::default();
        lists.push(List::positions_of(account(1)), account(7));
        assert_eq!(lists.page(List::positions_of(account(2)), 0, 10).total, 0);
        assert_eq!(lists.page(List::positions_of(account(1)), 1, 10).items, vec![]);
    }
}
