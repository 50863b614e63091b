//! Evaluating a model on a data set, in this process or in a disposable one.

mod confinement;
mod input;
mod predictions;
mod request;
mod run;
mod sample;
mod sandbox;
mod verdict;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::confinement::{Confinement, ConfinementError, confine, possible_confinement};
use self::input::SampleInput;
pub use self::request::{Request, open_model};
use self::run::{Feed, Run};
pub use self::sample::{Sample, Seed};
pub use self::sandbox::{DEFAULT_MEMORY, DEFAULT_TIME, Sandbox, evaluate_in_child, open_data_in_child};
pub use self::verdict::{Reason, Verdict};
use crate::data::{DataError, Dataset, ImageOptions};
use crate::gpu::Engine;
use crate::hash::Hash;
use crate::metrics::{Confusion, Metric, MetricError, Score};
use crate::model::Model;
use crate::session::{RunError, Session};

/// How to evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Samples of one batch at most: batches that are too large for the adapter or the limits are halved until they fit.
    pub batch: usize,
    /// Which samples to take; without, all of them.
    pub sample: Option<Sample>,
    /// What to measure; the first is what the model is known by.
    pub metrics: Vec<Metric>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 64,
            sample: None,
            metrics: vec![Metric::Accuracy],
        }
    }
}

/// What came out of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's bytes.
    pub model: ModelFile,
    /// A score for each metric that was asked for, in that order.
    pub scores: Vec<Score>,
    /// Number of samples.
    pub samples: u64,
    /// What was taken of the data set, and how it was prepared.
    pub data: DataRecord,
    /// Right and wrong classes, where a metric is of them.
    #[serde(flatten)]
    pub classes: Option<Classes>,
    /// BLAKE2-256 of all output elements in the order of the samples: equal for models that compute the same on the same adapter.
    pub outputs_hash: Hash,
    /// Scores of the first [`PROBES`] samples of the data set, whichever were drawn: a row for each, of one label where the model gives
    /// no scores. Copies of a model give the same rows; what is not a finite number is the nearest that is, or the least.
    pub probes: Vec<Vec<f32>>,
    /// Time on the device and on the way to it.
    pub timing: Timing,
    /// Floating-point operations of one sample.
    pub flops_per_sample: u64,
    /// Name of the adapter.
    pub adapter: String,
}

/// Where samples came from, and how they were prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The array, tensor or column of samples.
    pub samples: String,
    /// Type and shape of one sample.
    pub sample: String,
    /// The array, tensor or column of targets.
    pub targets: String,
    /// What was done to images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<ImageOptions>,
}

/// How a model classifies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    /// Share of right predictions.
    pub accuracy: f64,
    /// Number of right predictions.
    pub correct: u64,
    /// Predictions by true and predicted class.
    pub confusion: Confusion,
}

/// The bytes of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Their BLAKE2-256 hash.
    pub hash: Hash,
    /// Their number.
    pub bytes: u64,
}

/// Batches that are read while one is evaluated.
const BATCHES_AHEAD: usize = 2;

/// Samples that every model of a data set is asked, so that copies can be told by their answers.
pub const PROBES: usize = 32;

/// Times of an evaluation. The probes come before the batches that are timed, compile kernels and warm caches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Planning, compiling and the first run, in milliseconds.
    pub start_ms: f64,
    /// Samples of a batch.
    pub batch: usize,
    /// The median batch, in milliseconds.
    pub median_batch_ms: f64,
    /// Samples a second over all timed batches.
    pub samples_per_second: f64,
}

/// Why a model that loads cannot be evaluated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The model takes something else than the data.
    #[error("{0}")]
    Interface(String),
    /// The data set is not what it should be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Outputs or targets are not what a metric is of.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A batch failed.
    #[error("batch {number} of {count} ({samples} samples): {error}")]
    Batch {
        /// Which one, counted from 1.
        number: usize,
        /// How many there are.
        count: usize,
        /// Samples of it.
        samples: usize,
        /// What failed.
        error: Box<EvaluationError>,
    },
}

impl EvaluationError {
    fn interface(message: impl Into<String>) -> Self {
        Self::Interface(message.into())
    }
}

/// Runs `model`, read from `file`, on the data and compares its predictions with the labels. `progress` hears of samples done and of all.
pub fn evaluate(
    engine: &Arc<Engine>,
    model: Arc<Model>,
    file: ModelFile,
    data: &Dataset,
    options: &Options,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Evaluation, EvaluationError> {
    let input = SampleInput::of(&model, data)?;
    let indices = match &options.sample {
        Some(sample) => sample.draw(data.len()),
        None => (0..data.len()).collect(),
    };
    let mut session = Session::new(Arc::clone(engine), model);
    let (feed, mut run) = started(&mut session, data, &input, options)?;
    let chunks: Vec<Vec<usize>> = indices.chunks(feed.batch).map(<[usize]>::to_vec).collect();
    let sizes: Vec<usize> = chunks.iter().map(Vec::len).collect();
    let place = |number: usize, error: EvaluationError| EvaluationError::Batch {
        number: number + 1,
        count: sizes.len(),
        samples: sizes.get(number).copied().unwrap_or(0),
        error: Box::new(error),
    };
    let batches = data.prefetch(chunks, BATCHES_AHEAD)?.enumerate();
    let batches = batches.map(|(number, loaded)| {
        let fed = loaded
            .map_err(EvaluationError::from)
            .and_then(|loaded| feed.inputs(loaded));
        let (batch, inputs) = fed.map_err(|error| place(number, error))?;
        Ok(((number, batch), inputs))
    });
    session.stream(batches, |(number, batch), outputs| {
        let taken = outputs
            .map_err(EvaluationError::from)
            .and_then(|outputs| run.take(batch, &outputs));
        taken.map_err(|error| place(number, error))?;
        progress(run.samples(), indices.len());
        Ok::<_, EvaluationError>(())
    })?;
    Ok(run.finish(file, engine.info()))
}

/// A run whose probes are answered, in the largest batches that fit: how many samples there are in one is the evaluator's choice, and
/// must not be held against the model.
fn started<'a>(
    session: &mut Session,
    data: &'a Dataset,
    input: &'a SampleInput,
    options: &Options,
) -> Result<(Feed<'a>, Run<'a>), EvaluationError> {
    let mut feed = Feed::new(data, input, options.batch);
    loop {
        let mut run = Run::new(data, feed, options);
        match run.probe(session) {
            Err(EvaluationError::Run(error)) if error.is_of_size() => feed = feed.halved().ok_or(error)?,
            probed => return probed.map(|()| (feed, run)),
        }
    }
}

impl Classes {
    /// Of pairs of truth and prediction.
    fn of(pairs: &[(i64, Option<i64>)]) -> Self {
        let confusion = Confusion::count(pairs);
        Self {
            accuracy: confusion.accuracy(),
            correct: confusion.correct(),
            confusion,
        }
    }
}
