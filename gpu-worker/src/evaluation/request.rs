//! An evaluation of files: everything that a verdict depends on.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ModelFile, Options, Reason, Verdict, evaluate};
use crate::data::Dataset;
use crate::gpu::{AdapterChoice, Engine};
use crate::hash::Hash;
use crate::model::{Limits, Model};

/// What to evaluate, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The model's file.
    pub model: PathBuf,
    /// The data set.
    pub data: PathBuf,
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
        let bytes = read_model(&self.model, &self.limits)?;
        let file = ModelFile {
            hash: Hash::of(&bytes),
            bytes: bytes.len() as u64,
        };
        if let Some(expected) = self.hash.filter(|&expected| expected != file.hash) {
            let message = format!(
                "the model's hash is {}, but {expected} was committed; it is another file",
                file.hash
            );
            return Err(Verdict::failed(Reason::HashMismatch, message));
        }
        let model = Model::load(&bytes, &self.limits)?;
        drop(bytes);
        let data = Dataset::open(&self.data).map_err(|error| Verdict::failed(Reason::BadData, error))?;
        let engine = Arc::new(Engine::new(&self.adapter)?);
        let evaluation = evaluate(&engine, Arc::new(model), file, &data, &self.options, progress)?;
        Ok(Verdict::Ok(Box::new(evaluation)))
    }
}

/// Reads a model's file, and no more of it than the limit allows.
pub fn read_model(path: &Path, limits: &Limits) -> Result<Vec<u8>, Verdict> {
    let unreadable = |error| {
        Verdict::failed(
            Reason::ModelUnreadable,
            format!("the model '{}' cannot be read: {error}", path.display()),
        )
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    limits
        .check_bytes(length)
        .map_err(|error| Verdict::failed(Reason::TooLarge, error))?;
    let mut bytes = Vec::new();
    // The file may grow meanwhile, or be none that has a length.
    file.take(limits.bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    limits
        .check_bytes(bytes.len() as u64)
        .map_err(|error| Verdict::failed(Reason::TooLarge, error))?;
    Ok(bytes)
}
