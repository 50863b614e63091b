//! An evaluation of files: everything that a verdict depends on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ModelFile, Options, Reason, Verdict, evaluate};
use crate::data::{DataOptions, Dataset};
use crate::gpu::{AdapterChoice, Engine};
use crate::hash::Hash;
use crate::model::{Artifact, ArtifactError, Limits, Model, ScanError};

/// What to evaluate, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The model's file.
    pub model: PathBuf,
    /// The data set.
    pub data: PathBuf,
    /// What to take of it.
    pub data_options: DataOptions,
    /// The hash that the model must have.
    pub hash: Option<Hash>,
    /// The adapter to run on.
    pub adapter: AdapterChoice,
    /// What the model may cost.
    pub limits: Limits,
    /// Batches and samples.
    pub options: Options,
}

impl Request {
    /// Evaluates in this process. `progress` hears of samples done and of all.
    pub fn evaluate(&self, progress: &mut dyn FnMut(usize, usize)) -> Verdict {
        self.try_evaluate(progress).unwrap_or_else(|failure| failure)
    }

    fn try_evaluate(&self, progress: &mut dyn FnMut(usize, usize)) -> Result<Verdict, Verdict> {
        let artifact = open_model(&self.model, &self.limits)?;
        let file = ModelFile {
            hash: artifact.hash(),
            bytes: artifact.bytes(),
        };
        if let Some(expected) = self.hash.filter(|&expected| expected != file.hash) {
            let message = format!(
                "the model's hash is {}, but {expected} was committed; it is another file",
                file.hash
            );
            return Err(Verdict::failed(Reason::HashMismatch, message));
        }
        let model = Model::load_artifact(&artifact, &self.limits)?;
        drop(artifact);
        let data =
            Dataset::open(&self.data, &self.data_options).map_err(|error| Verdict::failed(Reason::BadData, error))?;
        let engine = Arc::new(Engine::new(&self.adapter)?);
        let evaluation = evaluate(&engine, Arc::new(model), file, &data, &self.options, progress)?;
        Ok(Verdict::Ok(Box::new(evaluation)))
    }
}

/// Reads a model's files, and no more of them than the limits allow.
pub fn open_model(path: &Path, limits: &Limits) -> Result<Artifact, Verdict> {
    Artifact::open(path, limits).map_err(|error| {
        let reason = match &error {
            ArtifactError::File { .. } => Reason::ModelUnreadable,
            ArtifactError::Limit(_) | ArtifactError::Scan(ScanError::Limit(_)) => Reason::TooLarge,
            ArtifactError::Mismatch { .. } => Reason::HashMismatch,
            _ => Reason::InvalidModel,
        };
        Verdict::failed(reason, error)
    })
}
