//! Evaluating a model on a data set, in this process or in a disposable one.

mod confinement;
mod input;
mod predictions;
mod request;
mod sample;
mod sandbox;
mod verdict;

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::confinement::{Confinement, ConfinementError, confine, possible_confinement};
use self::input::SampleInput;
pub use self::request::{Request, open_model};
pub use self::sample::{Sample, Seed};
pub use self::sandbox::{DEFAULT_MEMORY, DEFAULT_TIME, Sandbox, evaluate_in_child};
pub use self::verdict::{Reason, Verdict};
use crate::data::{DataError, Dataset, ImageOptions, Loaded};
use crate::gpu::{AdapterInfo, Engine};
use crate::hash::{Hash, Hasher};
use crate::metrics::{Batch, Confusion, Costs, Meter, Metric, MetricError, Score, Targets};
use crate::model::Model;
use crate::session::{Output, RunError, Session};
use crate::tensor::{Shape, Tensor};

/// How to evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Samples of one batch.
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
    let session = Session::new(Arc::clone(engine), model);
    let mut run = Run::new(session, data, &input, options);
    run.probe()?;
    let batches = indices.chunks(run.batch).map(<[usize]>::to_vec).collect();
    for loaded in data.prefetch(batches, BATCHES_AHEAD)? {
        run.step(loaded?)?;
        progress(run.samples, indices.len());
    }
    Ok(run.finish(file, engine.info()))
}

/// An evaluation under way.
struct Run<'a> {
    session: Session,
    data: &'a Dataset,
    input: &'a SampleInput,
    batch: usize,
    probes: Vec<Vec<f32>>,
    meters: Vec<Meter>,
    samples: usize,
    /// True and predicted classes, where a metric is of them.
    pairs: Option<Vec<(i64, Option<i64>)>>,
    hasher: Hasher,
    start_ms: f64,
    batch_ms: Vec<f64>,
    flops_per_sample: u64,
}

impl<'a> Run<'a> {
    fn new(session: Session, data: &'a Dataset, input: &'a SampleInput, options: &Options) -> Self {
        let meters: Vec<Meter> = options.metrics.iter().copied().map(Meter::new).collect();
        Self {
            session,
            data,
            input,
            batch: input.fixed_batch.unwrap_or(options.batch).max(1),
            probes: Vec::new(),
            pairs: meters.iter().any(Meter::is_of_classes).then(Vec::new),
            meters,
            samples: 0,
            hasher: Hasher::new(),
            start_ms: 0.0,
            batch_ms: Vec::new(),
            flops_per_sample: 0,
        }
    }

    /// Asks the first samples, in batches of the size that is timed later, so that everything is compiled for it.
    fn probe(&mut self) -> Result<(), EvaluationError> {
        let first: Vec<usize> = (0..self.data.len()).cycle().take(self.batch.max(PROBES)).collect();
        for batch in first.chunks(self.batch) {
            let start = Instant::now();
            let inputs = self.inputs(batch)?;
            let outputs = self.session.run(&inputs)?;
            let flops = self.session.flops();
            if self.probes.is_empty() {
                self.start_ms = milliseconds(start);
                self.flops_per_sample = flops / inputs[0].shape().dims()[0].max(1) as u64;
            }
            let rows = predictions::rows(&outputs, self.filled(batch.len())).map_err(EvaluationError::Interface)?;
            self.probes.extend(rows.into_iter().take(batch.len()));
        }
        self.probes.truncate(PROBES.min(self.data.len()));
        Ok(())
    }

    fn step(&mut self, loaded: Loaded) -> Result<(), EvaluationError> {
        let batch = loaded.indices.len();
        let filled = self.filled(batch);
        let inputs = if filled == batch {
            [self.arrange(loaded.samples)?]
        } else {
            self.inputs(&loaded.indices)?
        };
        let start = Instant::now();
        let outputs = self.session.run(&inputs)?;
        self.batch_ms.push(milliseconds(start));
        predictions::hash(&outputs, batch, filled, &mut self.hasher);
        self.measure(&outputs, filled, &loaded.targets)?;
        self.samples += batch;
        Ok(())
    }

    /// Compares the outputs of a batch with the targets of its samples.
    fn measure(&mut self, outputs: &[Output], rows: usize, targets: &Tensor) -> Result<(), EvaluationError> {
        let measured = Batch {
            outputs,
            rows,
            targets: Targets {
                name: self.data.targets_name(),
                tensor: targets,
            },
        };
        for meter in &mut self.meters {
            meter.add(&measured)?;
        }
        if let (Some(pairs), Ok(labels)) = (&mut self.pairs, targets.as_slice::<i64>()) {
            let predictions = predictions::of(outputs, rows).map_err(EvaluationError::Interface)?;
            pairs.extend(labels.iter().copied().zip(predictions));
        }
        Ok(())
    }

    /// Samples in the shape and type that the model takes.
    fn arrange(&self, samples: Tensor) -> Result<Tensor, EvaluationError> {
        let count = samples.shape().dims().first().copied().unwrap_or(0);
        let shape = Shape::new([&[count], self.input.dims.as_slice()].concat()).map_err(RunError::from)?;
        let samples = samples.with_shape(shape).map_err(RunError::from)?;
        Ok(self.input.convert(samples).map_err(RunError::from)?)
    }

    /// The samples as the model's input. A model with a fixed batch gets its last one filled up with repetitions, whose predictions
    /// do not count.
    fn inputs(&self, batch: &[usize]) -> Result<[Tensor; 1], EvaluationError> {
        let filled: Vec<usize> = batch.iter().copied().cycle().take(self.filled(batch.len())).collect();
        let samples = self.data.batch(&filled, &self.input.dims)?;
        Ok([self.input.convert(samples).map_err(RunError::from)?])
    }

    fn filled(&self, samples: usize) -> usize {
        self.input.fixed_batch.unwrap_or(samples)
    }

    fn finish(mut self, file: ModelFile, adapter: &AdapterInfo) -> Evaluation {
        let seconds = self.batch_ms.iter().sum::<f64>() / 1000.0;
        self.batch_ms.sort_by(f64::total_cmp);
        let timing = Timing {
            start_ms: self.start_ms,
            median_batch_ms: self.batch_ms.get(self.batch_ms.len() / 2).copied().unwrap_or(0.0),
            samples_per_second: if seconds > 0.0 {
                self.samples as f64 / seconds
            } else {
                0.0
            },
        };
        let costs = Costs {
            bytes: file.bytes,
            flops: self.flops_per_sample,
            milliseconds: timing.median_batch_ms / self.batch.min(self.samples.max(1)) as f64,
        };
        Evaluation {
            model: file,
            scores: self.meters.iter().map(|meter| meter.score(&costs)).collect(),
            samples: self.samples as u64,
            data: DataRecord {
                samples: self.data.samples_name().into(),
                sample: self.data.sample_type().to_string(),
                targets: self.data.targets_name().into(),
                images: self.data.images().cloned(),
            },
            classes: self.pairs.as_deref().map(Classes::of),
            outputs_hash: self.hasher.finish(),
            probes: self.probes,
            timing,
            flops_per_sample: self.flops_per_sample,
            adapter: adapter.name.clone(),
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

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
