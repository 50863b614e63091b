//! The batches of an evaluation: what goes into the model, and what is made of what comes out.

use std::time::Instant;

use super::input::SampleInput;
use super::{Classes, DataRecord, Evaluation, EvaluationError, ModelFile, Options, PROBES, Timing, predictions};
use crate::data::{Dataset, Loaded};
use crate::gpu::AdapterInfo;
use crate::hash::Hasher;
use crate::metrics::{Batch, Costs, Meter, Targets};
use crate::session::{Output, RunError, Session};
use crate::tensor::{Shape, Tensor};

/// Makes the model's input of samples.
#[derive(Clone, Copy)]
pub struct Feed<'a> {
    data: &'a Dataset,
    input: &'a SampleInput,
    /// Samples of a batch.
    pub batch: usize,
}

/// A batch on its way through the model.
pub struct Fed {
    /// Its samples.
    samples: usize,
    /// What is right for them.
    targets: Tensor,
    /// When it was ready for the model.
    began: Instant,
}

impl<'a> Feed<'a> {
    /// In batches of so many samples, unless the model fixes another number.
    pub fn new(data: &'a Dataset, input: &'a SampleInput, batch: usize) -> Self {
        let batch = input.fixed_batch.unwrap_or(batch).max(1);
        Self { data, input, batch }
    }

    /// In batches of half as many samples, unless the model fixes their number.
    pub fn halved(self) -> Option<Self> {
        let is_open = self.batch > 1 && self.input.fixed_batch.is_none();
        is_open.then_some(Self {
            batch: self.batch / 2,
            ..self
        })
    }

    /// The model's inputs for samples that were read.
    pub fn inputs(&self, loaded: Loaded) -> Result<(Fed, Vec<Tensor>), EvaluationError> {
        let samples = loaded.indices.len();
        let inputs = if self.filled(samples) == samples {
            vec![self.arrange(loaded.samples)?]
        } else {
            self.read(&loaded.indices)?
        };
        let fed = Fed {
            samples,
            targets: loaded.targets,
            began: Instant::now(),
        };
        Ok((fed, inputs))
    }

    /// The model's inputs for samples by number. A model with a fixed batch gets its last one filled up with repetitions, whose
    /// predictions do not count.
    fn read(&self, indices: &[usize]) -> Result<Vec<Tensor>, EvaluationError> {
        let filled: Vec<usize> = indices
            .iter()
            .copied()
            .cycle()
            .take(self.filled(indices.len()))
            .collect();
        let samples = self.data.batch(&filled, &self.input.dims)?;
        Ok(vec![self.input.convert(samples).map_err(RunError::from)?])
    }

    /// Samples in the shape and type that the model takes.
    fn arrange(&self, samples: Tensor) -> Result<Tensor, EvaluationError> {
        let count = samples.shape().dims().first().copied().unwrap_or(0);
        let shape = Shape::new([&[count], self.input.dims.as_slice()].concat()).map_err(RunError::from)?;
        let samples = samples.with_shape(shape).map_err(RunError::from)?;
        Ok(self.input.convert(samples).map_err(RunError::from)?)
    }

    /// Samples that the model is given for so many.
    fn filled(&self, samples: usize) -> usize {
        self.input.fixed_batch.unwrap_or(samples)
    }
}

/// An evaluation under way.
pub struct Run<'a> {
    data: &'a Dataset,
    feed: Feed<'a>,
    probes: Vec<Vec<f32>>,
    meters: Vec<Meter>,
    samples: usize,
    /// True and predicted classes, where a metric is of them.
    pairs: Option<Vec<(i64, Option<i64>)>>,
    hasher: Hasher,
    start_ms: f64,
    batch_ms: Vec<f64>,
    /// When the last batch was done.
    last: Instant,
    flops_per_sample: u64,
}

impl<'a> Run<'a> {
    /// Nothing measured yet.
    pub fn new(data: &'a Dataset, feed: Feed<'a>, options: &Options) -> Self {
        let meters: Vec<Meter> = options.metrics.iter().copied().map(Meter::new).collect();
        Self {
            data,
            feed,
            probes: Vec::new(),
            pairs: meters.iter().any(Meter::is_of_classes).then(Vec::new),
            meters,
            samples: 0,
            hasher: Hasher::new(),
            start_ms: 0.0,
            batch_ms: Vec::new(),
            last: Instant::now(),
            flops_per_sample: 0,
        }
    }

    /// Samples that were measured.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Asks the first samples, in batches of the size that is timed later, so that everything is compiled for it.
    pub fn probe(&mut self, session: &mut Session) -> Result<(), EvaluationError> {
        let first: Vec<usize> = (0..self.data.len()).cycle().take(self.feed.batch.max(PROBES)).collect();
        for batch in first.chunks(self.feed.batch) {
            let start = Instant::now();
            let inputs = self.feed.read(batch)?;
            let outputs = session.run(&inputs)?;
            let flops = session.flops();
            if self.probes.is_empty() {
                self.start_ms = milliseconds(start);
                self.flops_per_sample = flops / inputs[0].shape().dims()[0].max(1) as u64;
            }
            let rows =
                predictions::rows(&outputs, self.feed.filled(batch.len())).map_err(EvaluationError::Interface)?;
            self.probes.extend(rows.into_iter().take(batch.len()));
        }
        self.probes.truncate(PROBES.min(self.data.len()));
        Ok(())
    }

    /// Takes what the model made of a batch. The device works on one batch at a time, so a batch's time counts from the end of the one
    /// before it.
    pub fn take(&mut self, fed: Fed, outputs: &[Output]) -> Result<(), EvaluationError> {
        self.batch_ms.push(milliseconds(fed.began.max(self.last)));
        self.last = Instant::now();
        let filled = self.feed.filled(fed.samples);
        predictions::hash(outputs, fed.samples, filled, &mut self.hasher);
        self.measure(outputs, filled, &fed.targets)?;
        self.samples += fed.samples;
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

    /// What came out.
    pub fn finish(mut self, file: ModelFile, adapter: &AdapterInfo) -> Evaluation {
        let seconds = self.batch_ms.iter().sum::<f64>() / 1000.0;
        self.batch_ms.sort_by(f64::total_cmp);
        let timing = Timing {
            start_ms: self.start_ms,
            batch: self.feed.batch,
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
            milliseconds: timing.median_batch_ms / self.feed.batch.min(self.samples.max(1)) as f64,
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

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
