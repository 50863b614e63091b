//! The order of a metagraph's rows.

use crate::hooks::subnet::Entry;
use std::cmp::Ordering;

/// A column that rows can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The slot.
    Uid,
    /// All stake on the hotkey.
    Stake,
    /// Share of the server emission.
    Incentive,
    /// Share of the validator emission.
    Dividends,
    /// Consensus weight.
    Consensus,
    /// Validator trust.
    Trust,
    /// What the last epoch paid.
    Emission,
    /// When it last set weights.
    Updated,
}

impl Column {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Uid,
        Self::Stake,
        Self::Incentive,
        Self::Dividends,
        Self::Consensus,
        Self::Trust,
        Self::Emission,
        Self::Updated,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Uid => "UID",
            Self::Stake => "Stake",
            Self::Incentive => "Incentive",
            Self::Dividends => "Dividends",
            Self::Consensus => "Consensus",
            Self::Trust => "Trust",
            Self::Emission => "Emission",
            Self::Updated => "Weights set",
        }
    }

    fn compare(self, left: &Entry, right: &Entry) -> Ordering {
        let (left, right) = (&left.row, &right.row);
        match self {
            Self::Uid => left.uid.cmp(&right.uid),
            Self::Stake => left.stake.cmp(&right.stake),
            Self::Incentive => left.incentive.cmp(&right.incentive),
            Self::Dividends => left.dividends.cmp(&right.dividends),
            Self::Consensus => left.consensus.cmp(&right.consensus),
            Self::Trust => left.validator_trust.cmp(&right.validator_trust),
            Self::Emission => left.emission.cmp(&right.emission),
            Self::Updated => left.last_update.cmp(&right.last_update),
        }
    }
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub column: Column,
    /// Whether the largest comes first.
    pub is_descending: bool,
}

impl Order {
    /// What a column starts with: UIDs from the first, everything else from the largest.
    pub fn by(column: Column) -> Self {
        Self {
            column,
            is_descending: column != Column::Uid,
        }
    }

    /// What choosing a column changes the order to: the same column again turns it around.
    pub fn choose(self, column: Column) -> Self {
        if self.column == column {
            Self {
                column,
                is_descending: !self.is_descending,
            }
        } else {
            Self::by(column)
        }
    }

    /// The rows in this order; equal ones by UID.
    pub fn sorted(self, entries: &[Entry]) -> Vec<Entry> {
        let mut entries = entries.to_vec();
        entries.sort_by(|left, right| {
            let order = self.column.compare(left, right);
            let order = if self.is_descending { order.reverse() } else { order };
            order.then_with(|| left.row.uid.cmp(&right.row.uid))
        });
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::{AccountId, Rao, Uid, rewards::MetagraphRow};

    fn entry(uid: u16, incentive: u16) -> Entry {
        let account = AccountId::from([0; 32]);
        Entry {
            row: MetagraphRow {
                uid: Uid(uid),
                hotkey: account,
                coldkey: account,
                stake: Rao::ZERO,
                incentive,
                dividends: 0,
                consensus: 0,
                validator_trust: 0,
                emission: Rao::ZERO,
                validator_permit: false,
                last_update: 0,
                registered_at: 0,
            },
            model: None,
        }
    }

    fn uids(order: Order, entries: &[Entry]) -> Vec<u16> {
        order.sorted(entries).iter().map(|entry| entry.row.uid.0).collect()
    }

    #[test]
    fn equal_rows_stay_in_the_order_of_uids_in_both_directions() {
        let entries = [entry(2, 5), entry(0, 5), entry(1, 9)];
        let order = Order::by(Column::Incentive);
        assert_eq!(uids(order, &entries), [1, 0, 2]);
        assert_eq!(uids(order.choose(Column::Incentive), &entries), [0, 2, 1]);
    }

    #[test]
    fn another_column_starts_from_its_own_end() {
        let order = Order::by(Column::Incentive).choose(Column::Uid);
        assert_eq!(uids(order, &[entry(2, 0), entry(0, 0)]), [0, 2]);
        assert!(order.choose(Column::Stake).is_descending);
    }
}
