//! Rows of (UID, u16) pairs in two flat vectors.

use alloc::{vec, vec::Vec};

use crate::{Error, Input, Uid};

/// A matrix of u16 with mostly absent entries: weights or bonds, one row per neuron, in UID order.
///
/// An absent entry and an entry of value zero are different things to Yuma, so zeros that are pushed stay. Entries
/// keep the order in which they are pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseMatrix {
    /// Where each row ends in `entries`.
    ends: Vec<usize>,
    entries: Vec<(Uid, u16)>,
}

impl SparseMatrix {
    /// A matrix without rows.
    pub const fn new() -> Self {
        Self {
            ends: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// A matrix without rows that takes `rows` rows and `entries` entries without allocating again.
    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        Self {
            ends: Vec::with_capacity(rows),
            entries: Vec::with_capacity(entries),
        }
    }

    /// Appends the row of the next UID; a neuron without entries has an empty row.
    pub fn push_row(&mut self, row: &[(Uid, u16)]) {
        self.entries.extend_from_slice(row);
        self.end_row();
    }

    /// Appends empty rows until there are `rows` rows.
    pub fn fill_rows(&mut self, rows: usize) {
        if self.ends.len() < rows {
            self.ends.resize(rows, self.entries.len());
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of entries in all rows.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The entries of a row; empty where there is no such row.
    pub fn row(&self, index: usize) -> &[(Uid, u16)] {
        self.entries.get(self.span(index)).unwrap_or(&[])
    }

    /// All rows in UID order.
    pub fn iter(&self) -> impl Iterator<Item = &[(Uid, u16)]> + '_ {
        (0..self.rows()).map(|index| self.row(index))
    }

    /// Appends an entry to the row that [`end_row`](Self::end_row) closes.
    pub(crate) fn push(&mut self, uid: Uid, value: u16) {
        self.entries.push((uid, value));
    }

    pub(crate) fn end_row(&mut self) {
        self.ends.push(self.entries.len());
    }

    /// The entries of a row as positions in the order of pushing.
    pub(crate) fn span(&self, index: usize) -> core::ops::Range<usize> {
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.ends.get(before).copied().unwrap_or(self.entries.len()));
        let end = self.ends.get(index).copied().unwrap_or(start);
        start..end
    }

    /// Gives each entry, by row and position, a new value, or drops it.
    pub(crate) fn rewrite(&mut self, mut value_of: impl FnMut(usize, usize) -> Option<u16>) {
        let mut read = 0usize;
        let mut written = 0usize;
        for (row, end) in self.ends.iter_mut().enumerate() {
            while read < *end {
                let Some(&(uid, _)) = self.entries.get(read) else { break };
                if let (Some(value), Some(slot)) = (value_of(row, read), self.entries.get_mut(written)) {
                    *slot = (uid, value);
                    written = written.saturating_add(1);
                }
                read = read.saturating_add(1);
            }
            *end = written;
        }
        self.entries.truncate(written);
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
        // The last row that named each column, as row + 1.
        let mut named_by = vec![0usize; neurons];
        for (row, entries) in self.iter().enumerate() {
            let stamp = row.saturating_add(1);
            for &(uid, _) in entries {
                let Some(last) = named_by.get_mut(usize::from(uid)) else {
                    return Err(Error::UidOutOfRange {
                        input,
                        row,
                        uid,
                        neurons,
                    });
                };
                if *last == stamp {
                    return Err(Error::DuplicateUid { input, row, uid });
                }
                *last = stamp;
            }
        }
        Ok(())
    }
}
