//! Where the models of a subnet stand with one validator.

use super::originals::{Claim, copied_from};
use super::record::Record;
use super::skill::Score;
use super::verdict::Failure;
use inktensor_primitives::registry::ModelRecord;
use inktensor_primitives::{AccountId, Hash, Uid};

/// One model.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The miner's slot.
    pub uid: Uid,
    /// The artifact.
    pub model: Hash,
    /// The value of the subnet's metric, if it was evaluated and did not fail.
    pub score: Option<f64>,
    /// The sequence of the earlier commitment that it copies.
    pub copies: Option<u64>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl Standing {
    /// What counts towards weights: copies and failures score nothing.
    pub fn score(&self) -> Score {
        Score {
            uid: self.uid,
            value: self.score.filter(|_| self.copies.is_none()),
        }
    }
}

/// Compares the models that miners stand for now, among each other and with all that this validator saw before.
pub fn standings(models: &[ModelRecord], record: &Record) -> Vec<Standing> {
    let mut claims: Vec<Claim<'_>> = models.iter().map(|model| current_claim(model, record)).collect();
    let replaced = record
        .evaluations
        .iter()
        .filter(|(sequence, _)| !models.iter().any(|model| model.sequence == **sequence));
    claims.extend(replaced.map(|(sequence, evaluation)| Claim {
        sequence: *sequence,
        hotkey: AccountId::from(evaluation.hotkey),
        hash: Hash::from(evaluation.model),
        fingerprint: evaluation.measured.as_ref().map(|measured| &measured.fingerprint),
    }));
    let origins = copied_from(&claims);
    models
        .iter()
        .zip(origins)
        .map(|(model, copies)| standing(model, copies, record))
        .collect()
}

fn current_claim<'a>(model: &ModelRecord, record: &'a Record) -> Claim<'a> {
    let measured = record
        .evaluations
        .get(&model.sequence)
        .and_then(|evaluation| evaluation.measured.as_ref());
    Claim {
        sequence: model.sequence,
        hotkey: model.hotkey,
        hash: model.commitment.hash,
        fingerprint: measured.map(|measured| &measured.fingerprint),
    }
}

fn standing(model: &ModelRecord, copies: Option<u64>, record: &Record) -> Standing {
    let evaluation = record.evaluations.get(&model.sequence);
    Standing {
        uid: model.uid,
        model: model.commitment.hash,
        score: evaluation.and_then(|evaluation| evaluation.score()),
        copies,
        failure: evaluation.and_then(|evaluation| evaluation.failure.clone()),
    }
}
