//! Suites of ONNX backend tests: models with inputs and the outputs that the specification gives for them.
//!
//! A suite is any tree of folders with `model.onnx` and `test_data_set_*/input_*.pb`, `output_*.pb`, and of light models
//! `light_X.onnx` beside `light_X_output_0.pb`.

mod case;
mod compare;
mod deviation;
mod report;
mod suite;
mod worker;

use serde::{Deserialize, Serialize};

pub use self::case::run_case;
pub use self::deviation::Deviation;
pub use self::report::{OperatorRow, Report};
pub use self::suite::{Case, find_cases};
pub use self::worker::{Worker, WorkerOptions};
use crate::model::OperatorName;

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every output is of the right type and shape and close enough.
    Passed,
    /// It ran and was wrong, or broke.
    Failed,
    /// It was refused by name.
    Unsupported,
}

/// Where the operators of a case ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ran {
    /// In kernels; what was known while planning may have been folded.
    Gpu,
    /// On the host.
    Host,
    /// In kernels and on the host.
    Both,
    /// Nowhere: it failed before.
    Nowhere,
}

/// The result of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Its name, that of its folder or file.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Where it ran.
    pub ran: Ran,
    /// The operators of its model.
    pub operators: Vec<OperatorName>,
    /// The operators that were refused, and why, if it is unsupported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
    /// How far its outputs lie from the expected ones.
    #[serde(default)]
    pub deviation: Deviation,
    /// What is wrong, if it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// An operator that was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    /// Its name.
    pub operator: String,
    /// What of it is missing.
    pub reason: String,
}
