//! What came out of evaluating one model.

use super::originals::Fingerprint;
use super::store::StoreError;
use crate::evaluation::Reason;
use serde::{Deserialize, Serialize};

/// A model that ran to the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The metric that it was measured by, as it is written. Journals from before there were several have none.
    #[serde(default = "accuracy")]
    pub metric: String,
    /// The value; nothing where the metric has none, as of outputs that are no numbers.
    #[serde(alias = "accuracy")]
    pub score: Option<f64>,
    /// How many samples it was measured on.
    pub samples: u64,
    /// The median time of a batch on the device.
    pub batch_milliseconds: f64,
    /// What it answered on the probe samples.
    pub fingerprint: Fingerprint,
}

fn accuracy() -> String {
    "accuracy".into()
}

/// Why a model scores nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Failure {
    /// It could not be fetched as it was committed. Tried again in the next epoch.
    #[error("{error}")]
    Store {
        /// Why.
        error: StoreError,
    },
    /// It was fetched, and the engine refused it, or it failed while running.
    #[error("{detail}")]
    Model {
        /// The reason's name.
        reason: Reason,
        /// One sentence.
        detail: String,
    },
}

impl Failure {
    /// Whether another attempt could end differently. A model's bytes cannot change, but a busy machine may do better another time.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store { .. } => true,
            Self::Model { reason, .. } => {
                matches!(
                    reason,
                    Reason::TimedOut | Reason::OutOfMemory | Reason::Crashed | Reason::Killed | Reason::DeviceFailed
                )
            }
        }
    }
}
