//! Rows of (UID, u16) pairs, each pair in one machine word.

use alloc::{vec, vec::Vec};

use crate::{Error, Input, Uid};

/// A matrix of u16 with mostly absent entries: weights or bonds, one row per neuron, in UID order.
///
/// An absent entry and an entry of value zero are different things to Yuma, so zeros that are pushed stay. Entries
/// keep the order in which they are pushed.
///
/// Each row is a list of packed entries (see [`pack`]), whose bytes in memory are those in which a contract stores
/// pairs of u16: a row goes to storage and back without being touched entry by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseMatrix {
    rows: Vec<Vec<u32>>,
}

/// An entry as one word: the UID in the low half, the value in the high half.
pub fn pack(uid: Uid, value: u16) -> u32 {
    (u32::from(value) << 16) | u32::from(uid)
}

/// The UID and value of a packed entry.
pub fn unpack(entry: u32) -> (Uid, u16) {
    let [a, b, c, d] = entry.to_le_bytes();
    (Uid::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
}

impl SparseMatrix {
    /// A matrix without rows.
    pub const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A matrix without rows that takes `rows` rows without allocating room for them again.
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            rows: Vec::with_capacity(rows),
        }
    }

    /// Appends the row of the next UID; a neuron without entries has an empty row.
    pub fn push_row(&mut self, row: &[(Uid, u16)]) {
        self.push_packed(row.iter().map(|&(uid, value)| pack(uid, value)).collect());
    }

    /// Appends a row of packed entries.
    pub fn push_packed(&mut self, row: Vec<u32>) {
        self.rows.push(row);
    }

    /// Appends empty rows until there are `rows` rows.
    pub fn fill_rows(&mut self, rows: usize) {
        if self.rows() < rows {
            self.rows.resize_with(rows, Vec::new);
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> usize {
        self.rows.iter().map(Vec::len).fold(0, usize::saturating_add)
    }

    /// The entries of a row; none where there is no such row.
    pub fn row(&self, index: usize) -> impl ExactSizeIterator<Item = (Uid, u16)> + '_ {
        self.packed(index).iter().map(|&entry| unpack(entry))
    }

    /// The packed entries of a row; none where there is no such row.
    pub fn packed(&self, index: usize) -> &[u32] {
        self.rows.get(index).map_or(&[], Vec::as_slice)
    }

    /// All rows in UID order.
    pub fn iter(&self) -> impl Iterator<Item = impl ExactSizeIterator<Item = (Uid, u16)> + '_> + '_ {
        (0..self.rows()).map(|index| self.row(index))
    }

    /// Errors unless there are `neurons` rows and each names only existing neurons, each once.
    pub(crate) fn check(&self, input: Input, neurons: usize) -> Result<(), Error> {
        if self.rows() != neurons {
            return Err(Error::LengthMismatch {
                input,
                expected: neurons,
                found: self.rows(),
            });
        }
        let mut rows = self.rows.iter().enumerate();
        rows.try_for_each(|(row, entries)| check_row(input, row, entries, neurons))
    }
}

/// Whether a row names existing neurons in ascending order, and so each once.
pub(crate) fn is_ascending(entries: &[u32], neurons: usize) -> bool {
    let mut least = 0usize;
    for &entry in entries {
        let uid = usize::from(unpack(entry).0);
        if uid < least || uid >= neurons {
            return false;
        }
        least = uid.saturating_add(1);
    }
    true
}

/// Errors unless a row names only existing neurons, each once.
pub(crate) fn check_row(input: Input, row: usize, entries: &[u32], neurons: usize) -> Result<(), Error> {
    if is_ascending(entries, neurons) {
        return Ok(());
    }
    let mut named = vec![false; neurons];
    for &entry in entries {
        let (uid, _) = unpack(entry);
        let Some(named) = named.get_mut(usize::from(uid)) else {
            return Err(Error::UidOutOfRange {
                input,
                row,
                uid,
                neurons,
            });
        };
        if core::mem::replace(named, true) {
            return Err(Error::DuplicateUid { input, row, uid });
        }
    }
    Ok(())
}
