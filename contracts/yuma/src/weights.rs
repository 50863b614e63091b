//! Step 5: which weights and bonds count.

use crate::sparse::unpack;
use crate::stake::{is_owner, may_validate};
use crate::{Block, Neurons, Params, Uid};

/// Which entries of one row of weights count: the row's neuron has the old permit or is the owner; the entry is not its
/// own, except the owner's; and it is younger than the registration of the neuron it speaks of, as is any commit not
/// yet revealed.
#[derive(Clone, Copy)]
pub(crate) struct RowMask<'a> {
    registered_at: &'a [Block],
    /// Entries on neurons registered at or after this block do not count.
    before: Block,
    /// The UID whose entry does not count.
    own: Option<usize>,
    counts: bool,
}

impl<'a> RowMask<'a> {
    pub fn new(params: &Params, neurons: &Neurons<'a>, row: usize) -> Self {
        let updated = neurons.last_update.get(row).copied().unwrap_or(0);
        let commit = neurons.earliest_commit.get(row).copied();
        // updated > registered and commit >= registered, as one bound.
        let before = updated.min(commit.unwrap_or(Neurons::NO_COMMIT).saturating_add(1));
        Self {
            registered_at: neurons.registered_at,
            before,
            own: (!is_owner(params, row)).then_some(row),
            counts: may_validate(params, neurons, row),
        }
    }

    /// Whether any entry of the row can count.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// Whether the entry on a neuron counts, in a row of which any can.
    pub fn admits(&self, uid: Uid) -> bool {
        let column = usize::from(uid);
        let registered = self.registered_at.get(column).copied().unwrap_or(0);
        registered < self.before && self.own != Some(column)
    }

    /// The entries of the row that count.
    pub fn entries(self, row: &'a [u32]) -> impl Iterator<Item = (Uid, u16)> + 'a {
        let stored = if self.counts { row } else { &[] };
        let entries = stored.iter().map(|&entry| unpack(entry));
        entries.filter(move |&(uid, _)| self.admits(uid))
    }
}
