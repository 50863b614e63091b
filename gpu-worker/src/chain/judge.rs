//! Judging one model: fetch, check, then measure in a child process.

use super::child;
use super::data::{self, EvaluationData};
use super::error::Error;
use super::record::{Evaluation, Record};
use super::sample;
use super::store::{Committed, Limits, Store, hex};
use super::verdict::{Failure, Measured};
use crate::data::DataOptions;
use crate::evaluation::{Options, Request, Sample, Sandbox};
use crate::gpu::AdapterChoice;
use crate::model::Limits as ModelLimits;
use inktensor_primitives::Hash;
use inktensor_primitives::registry::{ModelRecord, Task};
use std::path::PathBuf;
use std::time::Duration;

/// What an evaluation may take beyond the task's limit: starting, opening the device, compiling kernels.
const START_UP: Duration = Duration::from_secs(60);

/// What a validator judges with.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Access to artifacts.
    pub store: Store,
    /// Where fetched artifacts are kept.
    pub folder: PathBuf,
    /// What models are measured with.
    pub data: EvaluationData,
    /// The file that was given for that, if any.
    pub data_file: Option<PathBuf>,
    /// On how many samples.
    pub samples: usize,
    /// The longest fetch of one model.
    pub fetch_time: Duration,
    /// The adapter to run models on.
    pub adapter: AdapterChoice,
    /// What a model may cost, where the task does not say less.
    pub limits: ModelLimits,
    /// The child process, and the most time and memory that any task gets.
    pub sandbox: Sandbox,
}

/// A model's measure, if it ever ran to the end, and why it scores nothing now.
pub type Judgement = (Option<Measured>, Option<Failure>);

impl Judge {
    /// Judges a model. Errors are this machine's fault; the model's own are in the result.
    ///
    /// What was measured before, of this commitment or of the same bytes, is not measured again.
    pub async fn judge(
        &self,
        model: &ModelRecord,
        task: &Task,
        seed: &Hash,
        record: &Record,
    ) -> Result<Judgement, Error> {
        let committed = Committed {
            uri: &model.commitment.uri,
            hash: model.commitment.hash,
            size: Some(model.commitment.size),
        };
        let limits = Limits {
            bytes: task.max_model_bytes,
            time: self.fetch_time,
        };
        if let Some(measured) = self.known(model, task, record) {
            let failure = self
                .store
                .look(&committed, limits)
                .await
                .err()
                .map(|error| Failure::Store { error });
            return Ok((Some(measured), failure));
        }
        let bytes = match self.store.fetch(&committed, limits).await {
            Ok(bytes) => bytes,
            Err(error) => return Ok((None, Some(Failure::Store { error }))),
        };
        let path = self.folder.join(format!("{}.onnx", hex(&committed.hash)));
        data::write(&self.folder, &path, &bytes)?;
        let measured = child::measure(
            self.request(path.clone(), &committed.hash, task, seed),
            self.sandbox(task),
        )
        .await;
        // Needed no more; should it stay, the next validator of this folder overwrites it.
        let _ = std::fs::remove_file(&path);
        match measured? {
            Ok(measured) => Ok((Some(measured), None)),
            Err(failure) => Ok((None, Some(failure))),
        }
    }

    /// Takes new data where the subnet's owner changed it.
    pub async fn follow(&mut self, task: &Task) -> Result<(), Error> {
        if self.data.hash != task.data_hash {
            let (file, sandbox) = (self.data_file.as_deref(), &self.sandbox);
            self.data = EvaluationData::obtain(task, file, &self.store, &self.folder, sandbox).await?;
        }
        Ok(())
    }

    fn request(&self, model: PathBuf, hash: &Hash, task: &Task, seed_block: &Hash) -> Request {
        let sample = Sample {
            seed: sample::seed(seed_block, hash),
            size: self.samples,
        };
        let options = Options {
            sample: Some(sample),
            metrics: vec![task.metric],
            ..Options::default()
        };
        let mut limits = self.limits.clone();
        limits.bytes = limits.bytes.min(task.max_model_bytes);
        limits.flops = limits.flops.min(task.max_flops.saturating_mul(options.batch as u64));
        Request {
            model,
            data: self.data.path.clone(),
            data_options: DataOptions::default(),
            hash: Some(crate::hash::Hash((*hash).into())),
            adapter: self.adapter.clone(),
            limits,
            options,
        }
    }

    fn sandbox(&self, task: &Task) -> Sandbox {
        let timeout = START_UP + Duration::from_millis(task.max_latency_ms.into());
        Sandbox {
            timeout: timeout.min(self.sandbox.timeout),
            ..self.sandbox.clone()
        }
    }

    fn known(&self, model: &ModelRecord, task: &Task, record: &Record) -> Option<Measured> {
        let metric = task.metric.to_string();
        let same = |evaluation: &&Evaluation| {
            Hash::from(evaluation.model) == model.commitment.hash && Hash::from(evaluation.data) == self.data.hash
        };
        let own = record.evaluations.get(&model.sequence).into_iter();
        own.chain(record.evaluations.values())
            .filter(same)
            .filter_map(|evaluation| evaluation.measured.clone())
            .find(|measured| measured.metric == metric)
    }
}
