//! What an evaluation ends with, whatever the model does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Evaluation, EvaluationError};
use crate::gpu::GpuError;
use crate::model::{ArtifactError, LoadError, Unsupported};
use crate::ops::OpError;
use crate::plan::PlanError;
use crate::session::RunError;

/// The end of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The model ran.
    Ok(Box<Evaluation>),
    /// It did not.
    Failed {
        /// The kind of failure.
        reason: Reason,
        /// What happened and what to do, in a sentence.
        message: String,
        /// Operators that the engine lacks, if that is the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unsupported: Vec<Unsupported>,
    },
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file of the model cannot be read.
    ModelUnreadable,
    /// The bytes are not those that were committed.
    HashMismatch,
    /// A limit is broken.
    TooLarge,
    /// The bytes are no valid model.
    InvalidModel,
    /// An operator, or a use of one, that the engine lacks.
    UnsupportedOperator,
    /// Inputs or outputs are not those of the task.
    WrongInterface,
    /// Host code refused the data, such as an index out of range.
    RunFailed,
    /// The evaluation took longer than allowed.
    TimedOut,
    /// The evaluation took more memory than allowed.
    OutOfMemory,
    /// The evaluating process died.
    Crashed,
    /// Something outside ended the evaluating process: its operator, or the system, which does so when it runs out of memory.
    Killed,
    /// The data set cannot be used.
    BadData,
    /// There is no adapter of that choice.
    NoAdapter,
    /// The device failed or was lost.
    DeviceFailed,
    /// The evaluating process could not be started or understood.
    WorkerFailed,
}

impl Reason {
    /// Whether the fault is the model's, so that it scores zero, and not the evaluator's, who must not judge then. A device that
    /// fails, a crash, a kill and a timeout count against the model: it was chosen by its miner, and others run on the same device.
    pub fn is_fault_of_model(self) -> bool {
        !matches!(self, Self::BadData | Self::NoAdapter | Self::WorkerFailed)
    }
}

impl Verdict {
    /// A failure with nothing more to say than its message.
    pub fn failed(reason: Reason, message: impl ToString) -> Self {
        Self::Failed {
            reason,
            message: message.to_string(),
            unsupported: Vec::new(),
        }
    }

    /// The failure of an evaluation that took longer than allowed.
    pub fn timed_out(limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        Self::failed(
            Reason::TimedOut,
            format!("the evaluation took longer than the {seconds} seconds allowed; --limit-time raises it"),
        )
    }
}

impl From<LoadError> for Verdict {
    fn from(error: LoadError) -> Self {
        let message = error.to_string();
        match error {
            LoadError::Artifact(ArtifactError::Mismatch { .. }) => Self::failed(Reason::HashMismatch, message),
            LoadError::Limit(_) | LoadError::Scan(crate::model::ScanError::Limit(_)) => {
                Self::failed(Reason::TooLarge, message)
            }
            LoadError::Unsupported(unsupported) => Self::Failed {
                reason: Reason::UnsupportedOperator,
                message,
                unsupported,
            },
            LoadError::Opset { .. }
            | LoadError::Function(_)
            | LoadError::SparseInitializer
            | LoadError::InputType { .. } => Self::failed(Reason::UnsupportedOperator, message),
            _ => Self::failed(Reason::InvalidModel, message),
        }
    }
}

impl From<GpuError> for Verdict {
    fn from(error: GpuError) -> Self {
        Self::failed(reason_of_device(&error), error)
    }
}

fn reason_of_device(error: &GpuError) -> Reason {
    match error {
        GpuError::NoAdapter | GpuError::NoSuchAdapter { .. } | GpuError::Open { .. } => Reason::NoAdapter,
        GpuError::TooLarge { .. } => Reason::TooLarge,
        GpuError::OutOfMemory(_) => Reason::OutOfMemory,
        _ => Reason::DeviceFailed,
    }
}

impl From<EvaluationError> for Verdict {
    fn from(error: EvaluationError) -> Self {
        Self::failed(reason(&error), error)
    }
}

fn reason(error: &EvaluationError) -> Reason {
    match error {
        EvaluationError::Batch { error, .. } => reason(error),
        EvaluationError::Run(RunError::Gpu(error)) => reason_of_device(error),
        EvaluationError::Data(_) => Reason::BadData,
        EvaluationError::Metric(error) if error.is_fault_of_data() => Reason::BadData,
        EvaluationError::Metric(_) => Reason::WrongInterface,
        EvaluationError::Interface(_) => Reason::WrongInterface,
        EvaluationError::Run(RunError::Plan(PlanError::Limit(_))) => Reason::TooLarge,
        EvaluationError::Run(RunError::Plan(PlanError::Operator {
            error: OpError::Unsupported(_) | OpError::DataDependent(..) | OpError::OnlyAtRunTime | OpError::NoHostForm,
            ..
        })) => Reason::UnsupportedOperator,
        EvaluationError::Run(RunError::Plan(PlanError::Operator { .. })) => Reason::InvalidModel,
        EvaluationError::Run(RunError::Plan(_)) => Reason::WrongInterface,
        EvaluationError::Run(_) => Reason::RunFailed,
    }
}

impl From<RunError> for Verdict {
    fn from(error: RunError) -> Self {
        EvaluationError::from(error).into()
    }
}
