//! A metric under way, and what comes of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::classes::{ClassCounts, TopK};
use super::likelihood::Likelihood;
use super::overlap::Overlap;
use super::ranking::Ranking;
use super::regression::Errors;
use super::text::TextCounts;
use super::{Batch, Metric, MetricError};

/// Why a metric has no value, though all outputs and targets fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Undefined {
    /// Nothing was measured.
    #[error("there are no samples to measure")]
    Empty,
    /// A prediction was not a number.
    #[error("the model's output holds what is not a number, or no probability where one is needed")]
    NotANumber,
    /// The value would be infinite.
    #[error("the value is infinite: the model holds something true for impossible, or its numbers are too large")]
    Infinite,
    /// Ranks need two classes.
    #[error("all samples are of the class {0} or none is; ranks need both")]
    OneClass(i64),
    /// A spread needs two samples.
    #[error("one sample has no variance")]
    OneSample,
    /// More classes than two.
    #[error("the class {0} is neither 0 nor 1; use f1:macro, f1:micro or f1:weighted")]
    NotBinary(i64),
}

/// What a model scores by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The metric as it is written, such as `top-k:5`.
    pub metric: String,
    /// The value, if there is one.
    pub value: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
    /// Whether a greater value is a better one.
    pub higher_is_better: bool,
    /// The least value there can be, and the greatest; null where there is no end.
    pub range: [Option<f64>; 2],
}

/// What running a model costs, for the metrics of that.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Costs {
    /// Bytes of the model.
    pub bytes: u64,
    /// Floating-point operations of one sample.
    pub flops: u64,
    /// Milliseconds of one sample, in the median batch.
    pub milliseconds: f64,
}

/// The least and the greatest value of a metric.
pub fn range(metric: &Metric) -> [Option<f64>; 2] {
    match metric {
        Metric::Accuracy | Metric::TopK(_) | Metric::F1(_) | Metric::RocAuc(_) | Metric::MeanIou(_) => {
            [Some(0.0), Some(1.0)]
        }
        Metric::Bleu(_) | Metric::ChrF(_) => [Some(0.0), Some(100.0)],
        Metric::R2 => [None, Some(1.0)],
        Metric::Perplexity(_) => [Some(1.0), None],
        Metric::LogLoss(_)
        | Metric::MeanSquaredError
        | Metric::RootMeanSquaredError
        | Metric::MeanAbsoluteError
        | Metric::Size
        | Metric::Flops
        | Metric::Latency => [Some(0.0), None],
    }
}

/// A metric that takes in batches.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    metric: Metric,
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Classes(ClassCounts),
    TopK(TopK),
    Ranking(Ranking),
    Likelihood(Likelihood),
    Errors(Errors),
    Overlap(Overlap),
    Text(TextCounts),
    Cost,
}

impl Meter {
    /// Nothing measured yet.
    pub fn new(metric: Metric) -> Self {
        let state = match metric {
            Metric::Accuracy | Metric::F1(_) => State::Classes(ClassCounts::default()),
            Metric::TopK(_) => State::TopK(TopK::default()),
            Metric::RocAuc(_) => State::Ranking(Ranking::default()),
            Metric::LogLoss(_) | Metric::Perplexity(_) => State::Likelihood(Likelihood::default()),
            Metric::MeanSquaredError | Metric::RootMeanSquaredError | Metric::MeanAbsoluteError | Metric::R2 => {
                State::Errors(Errors::default())
            }
            Metric::MeanIou(_) => State::Overlap(Overlap::default()),
            Metric::Bleu(_) | Metric::ChrF(_) => State::Text(TextCounts::default()),
            Metric::Size | Metric::Flops | Metric::Latency => State::Cost,
        };
        Self { metric, state }
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Whether it compares predicted classes with true ones.
    pub fn is_of_classes(&self) -> bool {
        matches!(self.state, State::Classes(_))
    }

    /// Takes in a batch.
    ///
    /// # Errors
    /// When the outputs or the targets are not of the kind that the metric is of; they are named.
    pub fn add(&mut self, batch: &Batch) -> Result<(), MetricError> {
        let metric = self.metric;
        match (&mut self.state, metric) {
            (State::Classes(counts), _) => counts.add(batch, &metric),
            (State::TopK(top), Metric::TopK(count)) => top.add(count, batch, &metric),
            (State::Ranking(ranking), Metric::RocAuc(form)) => ranking.add(form, batch, &metric),
            (State::Likelihood(likelihood), Metric::LogLoss(form)) => likelihood.add_classes(form, batch, &metric),
            (State::Likelihood(likelihood), Metric::Perplexity(form)) => likelihood.add_tokens(form, batch, &metric),
            (State::Errors(errors), _) => errors.add(batch, &metric),
            (State::Overlap(overlap), Metric::MeanIou(ignored)) => overlap.add(ignored, batch, &metric),
            (State::Text(text), Metric::Bleu(end) | Metric::ChrF(end)) => text.add(end, batch, &metric),
            _ => Ok(()),
        }
    }

    /// Takes in what another meter of the same metric measured elsewhere.
    ///
    /// # Errors
    /// When it is of another metric, or of outputs of another width.
    pub fn merge(&mut self, other: Self) -> Result<(), MetricError> {
        let metric = self.metric;
        if metric != other.metric {
            return Err(MetricError::Merge {
                expected: metric.to_string(),
                found: other.metric.to_string(),
            });
        }
        match (&mut self.state, other.state) {
            (State::Classes(own), State::Classes(other)) => own.merge(other),
            (State::TopK(own), State::TopK(other)) => own.merge(other),
            (State::Ranking(own), State::Ranking(other)) => own.merge(other, &metric)?,
            (State::Likelihood(own), State::Likelihood(other)) => own.merge(other),
            (State::Errors(own), State::Errors(other)) => own.merge(other, &metric)?,
            (State::Overlap(own), State::Overlap(other)) => own.merge(other),
            (State::Text(own), State::Text(other)) => own.merge(other),
            _ => {}
        }
        Ok(())
    }

    /// The value so far.
    ///
    /// # Errors
    /// Why there is none.
    pub fn value(&self, costs: &Costs) -> Result<f64, Undefined> {
        match (&self.state, self.metric) {
            (State::Classes(counts), Metric::F1(average)) => counts.f1(average),
            (State::Classes(counts), _) => counts.accuracy(),
            (State::TopK(top), _) => top.value(),
            (State::Ranking(ranking), _) => ranking.value(),
            (State::Likelihood(likelihood), Metric::Perplexity(_)) => {
                let perplexity = likelihood.mean()?.exp();
                if perplexity.is_finite() {
                    Ok(perplexity)
                } else {
                    Err(Undefined::Infinite)
                }
            }
            (State::Likelihood(likelihood), _) => likelihood.mean(),
            (State::Errors(errors), Metric::RootMeanSquaredError) => errors.root(),
            (State::Errors(errors), Metric::MeanAbsoluteError) => errors.absolute(),
            (State::Errors(errors), Metric::R2) => errors.determination(),
            (State::Errors(errors), _) => errors.squared(),
            (State::Overlap(overlap), _) => overlap.value(),
            (State::Text(text), Metric::ChrF(_)) => text.chrf(),
            (State::Text(text), _) => text.bleu(),
            (State::Cost, Metric::Size) => Ok(costs.bytes as f64),
            (State::Cost, Metric::Flops) => Ok(costs.flops as f64),
            (State::Cost, _) => Ok(costs.milliseconds),
        }
    }

    /// The value, or why there is none, with what it means.
    pub fn score(&self, costs: &Costs) -> Score {
        let value = self.value(costs);
        Score {
            metric: self.metric.to_string(),
            undefined: value.as_ref().err().map(ToString::to_string),
            value: value.ok(),
            higher_is_better: self.metric.is_higher_better(),
            range: range(&self.metric),
        }
    }
}
