//! The bonds that epochs leave.
//!
//! An epoch reads what the one before it left and writes its own, row by row, perhaps in several calls. Rows share cells, because one
//! more access costs as much as all the bytes of a cell. Even and odd epochs have pages of their own, so that no row is written over
//! before it is read; the pages stay, and the epoch after the next writes them over.

use ink::prelude::vec;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::NetUid;

/// The most words on a page, a word being a bond or what says whose row it is: a cell has 16 KiB.
pub const PAGE: usize = 4_000;

/// A validator's bonds by miner, in 65535ths, each packed into one word as Yuma reads them; after the validator's UID.
pub type Row = (u16, Vec<u32>);

/// An epoch of a subnet: the bit says whether its number is odd.
type Epoch = (NetUid, bool);
/// A page of one.
type Place = (NetUid, bool, u16);
/// The lowest UID of each page.
type Firsts = Vec<u16>;
/// Some rows, by UID.
type Page = Vec<Row>;

/// All bonds.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Bonds {
    firsts: Mapping<Epoch, Firsts>,
    pages: Mapping<Place, Page>,
}

impl Bonds {
    /// Where the bonds are that so many epochs left.
    pub fn left(&self, netuid: NetUid, epochs: u32) -> Left {
        let firsts = self.firsts.get((netuid, is_odd(epochs))).unwrap_or_default();
        Left {
            is_read: vec![false; firsts.len()],
            firsts,
        }
    }

    /// Some rows that so many epochs left.
    pub fn page(&self, netuid: NetUid, epochs: u32, page: u16) -> Page {
        self.pages.get((netuid, is_odd(epochs), page)).unwrap_or_default()
    }
}

/// The pages that an epoch left, and which of them were read in this call.
#[derive(Clone, Debug, Default)]
pub struct Left {
    firsts: Firsts,
    is_read: Vec<bool>,
}

impl Left {
    /// The page that a row is on, where it has one that was not read yet; it is from then on.
    pub fn take_page_of(&mut self, uid: u16) -> Option<u16> {
        let page = self.firsts.partition_point(|first| *first <= uid).checked_sub(1)?;
        let is_read = self.is_read.get_mut(page)?;
        if core::mem::replace(is_read, true) {
            return None;
        }
        u16::try_from(page).ok()
    }
}

/// Rows that an epoch leaves, while a call of it adds some.
#[derive(Clone, Debug)]
pub struct Leaving {
    netuid: NetUid,
    epochs: u32,
    firsts: Firsts,
    rows: Page,
    words: usize,
}

impl Leaving {
    /// What so many epochs leave, from the first row on.
    pub fn begin(netuid: NetUid, epochs: u32) -> Self {
        Self {
            netuid,
            epochs,
            firsts: Vec::new(),
            rows: Vec::new(),
            words: 0,
        }
    }

    /// The same in another call.
    pub fn resume(bonds: &Bonds, netuid: NetUid, epochs: u32) -> Self {
        Self {
            firsts: bonds.left(netuid, epochs).firsts,
            ..Self::begin(netuid, epochs)
        }
    }

    /// Adds a row; UIDs ascend. None is kept for who has no bonds.
    pub fn push(&mut self, bonds: &mut Bonds, uid: u16, row: Vec<u32>) {
        if row.is_empty() {
            return;
        }
        let words = row.len().saturating_add(1);
        if self.words.saturating_add(words) > PAGE {
            self.write(bonds);
        }
        self.words = self.words.saturating_add(words);
        self.rows.push((uid, row));
    }

    /// Keeps what the call added.
    pub fn keep(mut self, bonds: &mut Bonds) {
        self.write(bonds);
        bonds.firsts.insert((self.netuid, is_odd(self.epochs)), &self.firsts);
    }

    fn write(&mut self, bonds: &mut Bonds) {
        let (Some((first, _)), Ok(page)) = (self.rows.first(), u16::try_from(self.firsts.len())) else {
            return;
        };
        self.firsts.push(*first);
        bonds.pages.insert((self.netuid, is_odd(self.epochs), page), &self.rows);
        self.rows.clear();
        self.words = 0;
    }
}

fn is_odd(epochs: u32) -> bool {
    epochs & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use ink::scale::Encode;
    use proptest::prelude::*;

    const NETUID: NetUid = NetUid(1);

    #[test]
    fn a_full_page_fits_a_cell() {
        let widest: Page = vec![
            (u16::MAX, vec![u32::MAX; 1_023]),
            (u16::MAX, vec![u32::MAX; PAGE - 1_025]),
        ];
        let most: Page = vec![(u16::MAX, vec![u32::MAX]); PAGE / 2];
        for page in [widest, most] {
            assert!(page.encoded_size() < 16_300, "{}", page.encoded_size());
        }
    }

    /// All rows that are left, read as an epoch reads them.
    fn read(bonds: &Bonds, epochs: u32, neurons: u16) -> Vec<Row> {
        let mut left = bonds.left(NETUID, epochs);
        let mut rows = Vec::new();
        for uid in 0..neurons {
            if let Some(page) = left.take_page_of(uid) {
                rows.extend(bonds.page(NETUID, epochs, page));
            }
        }
        rows
    }

    proptest! {
        /// In however many calls an epoch writes rows, all are there once, those of the epoch before are there until it ends, and what
        /// the epochs before that left is gone.
        #[test]
        fn rows_are_read_as_they_were_left(lengths in prop::collection::vec((0..1_025_usize, any::<bool>()), 0..40)) {
            let ran = ink::env::test::run_test::<ink::env::DefaultEnvironment, _>(|_| {
                let mut bonds = Bonds::default();
                let neurons = u16::try_from(lengths.len()).unwrap();
                let row = |uid: u16, epoch: u32, length: usize| {
                    // Other rows are longer in the next epoch.
                    vec![epoch << 16 | u32::from(uid); (length * usize::try_from(epoch).unwrap()) % 1_025]
                };
                let mut before = Vec::new();
                for epoch in 1..=4 {
                    let mut expected = Vec::new();
                    let mut leaving = Leaving::begin(NETUID, epoch);
                    for (uid, (length, is_cut)) in (0_u16..).zip(&lengths) {
                        if *is_cut {
                            leaving.keep(&mut bonds);
                            leaving = Leaving::resume(&bonds, NETUID, epoch);
                        }
                        let row = row(uid, epoch, *length);
                        if !row.is_empty() {
                            expected.push((uid, row.clone()));
                        }
                        leaving.push(&mut bonds, uid, row);
                        assert_eq!(read(&bonds, epoch - 1, neurons), before);
                    }
                    leaving.keep(&mut bonds);
                    assert_eq!(read(&bonds, epoch, neurons), expected);
                    before = expected;
                }
                Ok(())
            });
            prop_assert!(ran.is_ok());
        }
    }
}
