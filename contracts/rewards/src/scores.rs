//! What the last epoch decided of each neuron, and the bonds that it left.

use crate::bonds::Bonds;
use ink::prelude::vec::Vec;
use ink::storage::Mapping;
use inktensor_primitives::{NetUid, Rao};

/// One neuron's result, proportions in 65535ths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Score {
    /// Share of the servers' emission.
    pub incentive: u16,
    /// Share of the validators' emission.
    pub dividends: u16,
    /// Consensus weight.
    pub consensus: u16,
    /// How much of its weights agreed with consensus.
    pub validator_trust: u16,
    /// What it was paid.
    pub emission: Rao,
}

/// Some neurons' scores, by UID.
type Page = Vec<Score>;

/// How many neurons' scores share a cell: 4 KiB of the 16 that it can have.
const PAGE: usize = 256;

/// The last epochs' results.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct Scores {
    scores: Mapping<(NetUid, u16), Page>,
    /// The bonds that they left.
    pub bonds: Bonds,
}

impl Scores {
    /// The last epoch's scores of some neurons by UID; of those that it did not have, none.
    pub fn scores(&self, netuid: NetUid, start: usize, limit: usize) -> Vec<Score> {
        let mut scores = Vec::with_capacity(limit);
        let mut next = start;
        while scores.len() < limit {
            let (page, place) = (next.checked_div(PAGE), next.checked_rem(PAGE).unwrap_or_default());
            let page = page.and_then(|page| u16::try_from(page).ok());
            let page = page
                .and_then(|page| self.scores.get((netuid, page)))
                .unwrap_or_default();
            let missing = limit.saturating_sub(scores.len());
            let before = scores.len();
            scores.extend(page.into_iter().skip(place).take(missing));
            let came = scores.len().saturating_sub(before);
            if came == 0 {
                break;
            }
            next = next.saturating_add(came);
        }
        scores
    }

    /// Stores an epoch's scores.
    pub fn save(&mut self, netuid: NetUid, scores: &[Score]) {
        for (page, scores) in (0_u16..).zip(scores.chunks(PAGE)) {
            self.scores.insert((netuid, page), &scores.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[ink::test]
    fn scores_are_read_across_pages() {
        let scores: Vec<Score> = (0..600_u16)
            .map(|uid| Score {
                incentive: uid,
                ..Score::default()
            })
            .collect();
        let mut kept = Scores::default();
        kept.save(NetUid(2), &scores);
        let read = |start, limit| kept.scores(NetUid(2), start, limit);
        assert_eq!(read(0, 600), scores);
        assert_eq!(read(250, 64), scores[250..314]);
        assert_eq!(read(590, 64), scores[590..]);
        assert_eq!(read(600, 64), []);
        assert_eq!(kept.scores(NetUid(1), 0, 64), []);
    }
}
