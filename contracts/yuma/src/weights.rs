//! Step 5: the weights that count, by row and by column.

use alloc::{vec, vec::Vec};

use crate::fixed::I32F32;
use crate::sparse::SparseMatrix;
use crate::stake::{is_owner, may_validate};
use crate::{Neurons, Params, Uid};

/// The stored weights seen through the masks, with normalised rows.
///
/// Only the row sums are kept: masks and quotients are cheap enough to be taken anew wherever an entry is read, and a
/// matrix of 64-bit values would be the largest thing in a contract's memory.
pub(crate) struct CountedWeights<'a> {
    params: &'a Params,
    neurons: &'a Neurons<'a>,
    stored: &'a SparseMatrix,
    /// Sum of the raw entries of each row that count.
    sums: Vec<u64>,
}

impl<'a> CountedWeights<'a> {
    pub fn new(params: &'a Params, neurons: &'a Neurons<'a>, stored: &'a SparseMatrix) -> Self {
        let mut weights = Self {
            params,
            neurons,
            stored,
            sums: Vec::new(),
        };
        // At most 2^15 entries below 2^16 each: far from overflowing.
        weights.sums = (0..stored.rows())
            .map(|row| {
                weights
                    .raw_row(row)
                    .fold(0, |sum: u64, (_, raw)| sum.saturating_add(u64::from(raw)))
            })
            .collect();
        weights
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.sums.len()
    }

    /// Upper bound of the entries of a row.
    pub fn row_bound(&self, row: usize) -> usize {
        if may_validate(self.params, self.neurons, row) {
            self.stored.row(row).len()
        } else {
            0
        }
    }

    /// W_ij of a row, in the order in which it was stored. Entries of value zero are entries.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (Uid, I32F32)> + '_ {
        self.raw_row(row).map(move |(uid, raw)| (uid, self.value(row, raw)))
    }

    /// W_ij from its stored form: raw / sum of the row.
    pub fn value(&self, row: usize, raw: u16) -> I32F32 {
        I32F32::ratio(raw, self.sums.get(row).copied().unwrap_or(0))
    }

    /// The entries that count, sorted by column.
    pub fn by_column(&self) -> Columns {
        let mut ends = vec![0usize; self.neurons()];
        for row in 0..self.neurons() {
            for (uid, _) in self.raw_row(row) {
                if let Some(count) = ends.get_mut(usize::from(uid)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        // Counts become starts; filling moves each start to its column's end.
        let mut total = 0usize;
        for end in &mut ends {
            total = total.saturating_add(core::mem::replace(end, total));
        }
        let mut entries = vec![(0, 0); total];
        for row in 0..self.neurons() {
            for (uid, raw) in self.raw_row(row) {
                let Some(end) = ends.get_mut(usize::from(uid)) else {
                    continue;
                };
                // Rows are at most 2^15.
                if let (Some(slot), Ok(row)) = (entries.get_mut(*end), Uid::try_from(row)) {
                    *slot = (row, raw);
                }
                *end = end.saturating_add(1);
            }
        }
        Columns { ends, entries }
    }

    /// The entries of a row that pass the masks: the row's neuron has the old permit or is the owner; the entry is
    /// not its own, except the owner's; and it is younger than the registration of the neuron it speaks of, as is
    /// any commit not yet revealed.
    fn raw_row(&self, row: usize) -> impl Iterator<Item = (Uid, u16)> + '_ {
        let stored = if may_validate(self.params, self.neurons, row) {
            self.stored.row(row)
        } else {
            &[]
        };
        let owner = is_owner(self.params, row);
        let updated = self.neurons.last_update.get(row).copied().unwrap_or(0);
        let commit = self
            .neurons
            .earliest_commit
            .get(row)
            .copied()
            .unwrap_or(Neurons::NO_COMMIT);
        stored.iter().copied().filter(move |&(uid, _)| {
            let column = usize::from(uid);
            let registered = self.neurons.registered_at.get(column).copied().unwrap_or(0);
            (column != row || owner) && updated > registered && commit >= registered
        })
    }
}

/// The entries that count by column, each as its row and raw weight, rows ascending.
pub(crate) struct Columns {
    ends: Vec<usize>,
    entries: Vec<(Uid, u16)>,
}

impl Columns {
    /// All columns in UID order.
    pub fn iter(&self) -> impl Iterator<Item = &[(Uid, u16)]> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            self.entries
                .get(core::mem::replace(&mut start, end)..end)
                .unwrap_or(&[])
        })
    }
}
