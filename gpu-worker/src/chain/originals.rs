//! Who was first: a copy of another's model earns nothing.
//!
//! Two models are the same if their bytes are, or if they rank the classes alike on the probe samples. Ranks do not change when outputs
//! are scaled, shifted or passed through a softmax, so such a disguise does not help; models trained apart never agree on every rank.

use inktensor_primitives::{AccountId, Hash};
use serde::{Deserialize, Serialize};

/// Of the pairs of classes on all probe samples, at most one in so many may be ranked differently by a copy.
const PAIRS_PER_DIFFERENCE: usize = 500;

/// What a model answered on the probe samples: one row of class scores for each. Models that only say the class cannot be told apart by
/// that: good ones agree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint(pub Vec<Vec<f32>>);

impl Fingerprint {
    /// Whether the other model ranks the classes in the same way.
    pub fn matches(&self, other: &Self) -> bool {
        if self.0.len() != other.0.len() {
            return false;
        }
        let mut pairs = 0_usize;
        let mut differences = 0_usize;
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            if mine.len() != theirs.len() {
                return false;
            }
            for a in 0..mine.len() {
                for b in 0..a {
                    pairs += 1;
                    differences += usize::from(mine[a].partial_cmp(&mine[b]) != theirs[a].partial_cmp(&theirs[b]));
                }
            }
        }
        pairs > 0 && differences * PAIRS_PER_DIFFERENCE <= pairs
    }
}

/// A model that was committed, as far as originality is concerned.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Orders commitments: lower came first.
    pub sequence: u64,
    /// Who committed it.
    pub hotkey: AccountId,
    /// The artifact.
    pub hash: Hash,
    /// What it answered, if it could be evaluated.
    pub fingerprint: Option<&'a Fingerprint>,
}

/// For each claim, the sequence of the earliest claim by somebody else that it copies.
///
/// `claims` holds every commitment known, those since replaced included: replacing a model gives nobody the right to its copy.
pub fn copied_from(claims: &[Claim<'_>]) -> Vec<Option<u64>> {
    claims.iter().map(|claim| earliest_same(claims, claim)).collect()
}

fn earliest_same(claims: &[Claim<'_>], claim: &Claim<'_>) -> Option<u64> {
    let first = claims
        .iter()
        .filter(|other| is_same(other, claim))
        .min_by_key(|other| other.sequence)?;
    (first.sequence < claim.sequence && first.hotkey != claim.hotkey).then_some(first.sequence)
}

fn is_same(a: &Claim<'_>, b: &Claim<'_>) -> bool {
    a.hash == b.hash || matches!((a.fingerprint, b.fingerprint), (Some(a), Some(b)) if a.matches(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(rows: usize, classes: usize, answer: impl Fn(usize, usize) -> f32) -> Fingerprint {
        Fingerprint(
            (0..rows)
                .map(|row| (0..classes).map(|class| answer(row, class)).collect())
                .collect(),
        )
    }

    fn logits(seed: usize) -> Fingerprint {
        fingerprint(32, 10, |row, class| {
            (((row * 31 + class * 17 + seed * 7919) * 2_654_435_761) % 1000) as f32 / 100.0
        })
    }

    fn claim(sequence: u64, hotkey: u8, hash: u8, fingerprint: Option<&Fingerprint>) -> Claim<'_> {
        Claim {
            sequence,
            hotkey: AccountId::from([hotkey; 32]),
            hash: Hash::from([hash; 32]),
            fingerprint,
        }
    }

    #[test]
    fn the_same_bytes_belong_to_the_earlier_commit_whatever_the_order_of_the_list() {
        assert_eq!(
            copied_from(&[claim(9, 1, 5, None), claim(4, 2, 5, None), claim(6, 3, 6, None)]),
            [Some(4), None, None]
        );
    }

    #[test]
    fn a_softmax_on_top_does_not_hide_a_copy() {
        let original = logits(1);
        let disguised = Fingerprint(
            original
                .0
                .iter()
                .map(|row| row.iter().map(|logit| logit.exp() / 1e5).collect())
                .collect(),
        );
        assert_eq!(
            copied_from(&[claim(1, 1, 1, Some(&original)), claim(2, 2, 2, Some(&disguised))]),
            [None, Some(1)]
        );
    }

    #[test]
    fn models_that_answer_differently_are_both_original() {
        let (a, b) = (logits(1), logits(2));
        assert_eq!(
            copied_from(&[claim(1, 1, 1, Some(&a)), claim(2, 2, 2, Some(&b))]),
            [None, None]
        );
    }

    #[test]
    fn the_same_miner_may_commit_its_model_again() {
        assert_eq!(
            copied_from(&[claim(1, 1, 5, None), claim(2, 1, 5, None), claim(3, 2, 5, None)]),
            [None, None, Some(1)]
        );
    }

    #[test]
    fn answers_of_other_shapes_are_not_the_same() {
        let ten = logits(1);
        let nine = fingerprint(32, 9, |row, class| ten.0[row][class]);
        assert!(!ten.matches(&nine));
        let labels = fingerprint(32, 1, |row, _| row as f32);
        assert!(!labels.matches(&labels));
        assert!(!Fingerprint::default().matches(&Fingerprint::default()));
    }
}
