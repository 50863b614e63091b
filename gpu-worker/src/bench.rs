//! How fast models run on an adapter, in relation to what the adapter does at most.

mod ceilings;
mod inputs;
mod operators;
mod profile;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;

pub use self::ceilings::{Ceilings, measure as measure_ceilings};
pub use self::operators::{NodeTime, OperatorTime, Times};
use crate::gpu::Engine;
use crate::model::{Artifact, Limits, LoadError, Model};
use crate::plan::{Lengths, Plan};
use crate::session::{RunError, Session};
use crate::tensor::{Tensor, TensorError, TensorType};

/// Runs that are timed at least.
const MIN_RUNS: u32 = 3;
/// Runs that are timed at most when the time is what is given.
const MAX_RUNS: u32 = 100_000;

/// Why a model cannot be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The bytes are no model that the engine runs.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It cannot be planned, or its run fails.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its inputs cannot be made up.
    #[error("input '{name}': {reason}")]
    Input {
        /// The input.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effort {
    /// So many runs.
    Iterations(u32),
    /// Runs for so long, three of them at least.
    Time(Duration),
}

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Lengths of dimensions that the model leaves open.
    pub lengths: Lengths,
    /// What inputs depend on.
    pub seed: u64,
    /// How long to measure.
    pub effort: Effort,
    /// Whether each operator is timed by itself as well.
    pub by_operator: bool,
}

/// What a model was measured to do.
#[derive(Debug, Serialize)]
pub struct ModelReport {
    /// Its inputs, as they were given.
    pub inputs: Vec<String>,
    /// Samples of a run: the batch, or 1 for a model that leaves no first dimension open.
    pub samples: usize,
    /// What came before the runs that count, in milliseconds.
    pub start: Start,
    /// The runs that count.
    pub latency: Latency,
    /// Samples in a second, by the median.
    pub samples_per_second: f64,
    /// Operations and traffic; `None` for a model that runs node by node.
    pub rates: Option<Rates>,
    /// Time by operator, if it was asked for and the model runs by a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
}

/// What is done once, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Start {
    /// Reading the model.
    pub load_ms: f64,
    /// Planning, uploading weights and compiling.
    pub prepare_ms: f64,
    /// Of that, compiling kernels.
    pub compile_ms: f64,
    /// The first run, in which a driver may compile on.
    pub first_run_ms: f64,
}

/// How long a run takes from inputs on the host to outputs on the host, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Latency {
    /// Each run, in order.
    pub runs_ms: Vec<f64>,
    /// The fastest.
    pub min_ms: f64,
    /// The one in the middle.
    pub median_ms: f64,
    /// The one that 95 of 100 are no slower than.
    pub p95_ms: f64,
}

/// What a run does in a second, by the median.
#[derive(Debug, Serialize)]
pub struct Rates {
    /// Floating-point operations of a run.
    pub flops: u64,
    /// Bytes that kernels read and write in a run if each touches its tensors once.
    pub bytes: u64,
    /// Operations in a second.
    pub flops_per_second: f64,
    /// Bytes in a second.
    pub bytes_per_second: f64,
    /// Operations in a second, of the ceiling of the matrix product of single precision.
    pub of_product: Option<f64>,
    /// Bytes in a second, of the ceiling of copying.
    pub of_copy: Option<f64>,
}

impl Rates {
    fn new(flops: u64, bytes: u64, seconds: f64, ceilings: Option<&Ceilings>) -> Self {
        let rate = |amount: u64| if seconds > 0.0 { amount as f64 / seconds } else { 0.0 };
        let (flops_per_second, bytes_per_second) = (rate(flops), rate(bytes));
        Self {
            flops,
            bytes,
            flops_per_second,
            bytes_per_second,
            of_product: ceilings.map(|ceilings| flops_per_second / ceilings.product_f32),
            of_copy: ceilings.map(|ceilings| bytes_per_second / ceilings.copy),
        }
    }

    fn of_plan(plan: &Plan, seconds: f64, ceilings: Option<&Ceilings>) -> Self {
        let bytes = plan.steps.iter().map(|step| plan.traffic_bytes(step)).sum();
        Self::new(plan.flops, bytes, seconds, ceilings)
    }
}

/// Measures a model on an engine, in relation to what the adapter does at most if that is known.
///
/// # Errors
/// When it cannot be loaded, planned or run, or its inputs cannot be made up.
pub fn bench(
    engine: &Arc<Engine>,
    artifact: &Artifact,
    limits: &Limits,
    ceilings: Option<&Ceilings>,
    options: &Options,
) -> Result<ModelReport, BenchError> {
    let (model, load_ms) = timed(|| Model::load_artifact(artifact, limits));
    let model = Arc::new(model?);
    let types = inputs::types(&model, &options.lengths)?;
    let given = inputs::random(&model, &types, options.seed)?;
    let samples = inputs::samples(&model, &options.lengths);
    let mut session = Session::new(Arc::clone(engine), Arc::clone(&model));
    let (planned, prepare_ms) = timed(|| session.prepare(&types).map(|_| ()));
    let is_planned = match planned {
        Ok(()) => true,
        Err(error) if error.may_run_node_by_node() => false,
        Err(error) => return Err(error.into()),
    };
    let compiling = if is_planned {
        session.compiling(&types)?
    } else {
        Duration::ZERO
    };
    let (first, first_run_ms) = timed(|| session.run(&given));
    first?;
    let start = Start {
        load_ms,
        prepare_ms,
        compile_ms: milliseconds(compiling),
        first_run_ms,
    };
    let latency = latency(&mut session, &given, options.effort)?;
    let seconds = latency.median_ms / 1e3;
    let (mut rates, mut times) = (None, None);
    if is_planned {
        rates = Some(Rates::of_plan(session.prepare(&types)?, seconds, ceilings));
        if options.by_operator {
            times = Some(operators::times(&mut session, &given, ceilings)?);
        }
    }
    Ok(ModelReport {
        inputs: describe(&model, &types),
        samples,
        start,
        samples_per_second: samples as f64 / seconds,
        latency,
        rates,
        times,
    })
}

fn describe(model: &Model, types: &[TensorType]) -> Vec<String> {
    let named = model.graph().inputs.iter().zip(types);
    named
        .map(|(input, tensor_type)| format!("{}: {tensor_type}", model.graph().name(input.id)))
        .collect()
}

fn latency(session: &mut Session, given: &[Tensor], effort: Effort) -> Result<Latency, RunError> {
    // One more that does not count: the first one left caches and clocks as it found them.
    session.run(given)?;
    let begin = Instant::now();
    let mut runs: Vec<f64> = Vec::new();
    let goes_on = |done: u32| match effort {
        Effort::Iterations(count) => done < count,
        Effort::Time(time) => done < MIN_RUNS || (done < MAX_RUNS && begin.elapsed() < time),
    };
    while goes_on(runs.len() as u32) {
        let (run, time) = timed(|| session.run(given));
        run?;
        runs.push(time);
    }
    let mut sorted = runs.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    };
    Ok(Latency {
        min_ms: at(0.0),
        median_ms: at(0.5),
        p95_ms: at(0.95),
        runs_ms: runs,
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, milliseconds(start.elapsed()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl BenchError {
    fn input(name: &str, error: &TensorError) -> Self {
        Self::Input {
            name: name.into(),
            reason: error.to_string(),
        }
    }
}
