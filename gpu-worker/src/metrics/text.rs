//! BLEU and chrF of sequences of token ids, as sacreBLEU has them for a corpus with one reference a sentence.

use std::collections::HashMap;

use super::meter::Undefined;
use super::read::{Table, integers};
use super::{Batch, Metric, MetricError};

/// The longest n-grams of BLEU.
const BLEU_ORDER: usize = 4;
/// The longest n-grams of chrF.
const CHRF_ORDER: usize = 6;
/// How much more recall counts than precision in chrF, squared.
const BETA_SQUARED: f64 = 4.0;

/// N-grams of one length: in what the model wrote, in the references, and in both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Grams {
    written: u64,
    references: u64,
    both: u64,
}

/// Counts of n-grams: three numbers for each length, and the lengths of all sequences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextCounts {
    grams: [Grams; CHRF_ORDER],
    written: u64,
    references: u64,
    sequences: u64,
}

impl TextCounts {
    /// Adds the sequences of a batch: targets [rows, length], and an output of ids [rows, length] or of scores [rows, length, ids], whose
    /// greatest is taken. A sequence ends before `end`, or before a negative id.
    pub fn add(&mut self, end: Option<u32>, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let targets = batch.targets.tensor;
        let ids = integers(targets).filter(|_| targets.shape().rank() == 2);
        let ids = ids.ok_or_else(|| batch.no_targets(metric, "token ids, integers in the shape [samples, length]"))?;
        let length = targets.shape().dims()[1];
        let (written, written_length) = written(batch, metric)?;
        for sample in 0..batch.samples() {
            let reference = until(&ids[sample * length..(sample + 1) * length], end);
            let written = until(&written[sample * written_length..(sample + 1) * written_length], end);
            self.add_sequence(written, reference, matches!(metric, Metric::ChrF(_)));
        }
        Ok(())
    }

    fn add_sequence(&mut self, written: &[i64], reference: &[i64], is_chrf: bool) {
        for (at, grams) in self.grams.iter_mut().enumerate() {
            let (found, wanted) = (count(written, at + 1), count(reference, at + 1));
            let both = found
                .iter()
                .map(|(gram, count)| count.min(wanted.get(gram).unwrap_or(&0)));
            grams.both += both.sum::<u64>();
            grams.references += wanted.values().sum::<u64>();
            // chrF does not count n-grams of a length that the reference has none of.
            if !is_chrf || !wanted.is_empty() {
                grams.written += found.values().sum::<u64>();
            }
        }
        self.written += written.len() as u64;
        self.references += reference.len() as u64;
        self.sequences += 1;
    }

    /// Adds others.
    pub fn merge(&mut self, other: Self) {
        for (own, theirs) in self.grams.iter_mut().zip(other.grams) {
            own.written += theirs.written;
            own.references += theirs.references;
            own.both += theirs.both;
        }
        self.written += other.written;
        self.references += other.references;
        self.sequences += other.sequences;
    }

    /// BLEU in percent: the geometric mean of the precisions of n-grams up to 4, lowered for what is shorter than the references.
    /// A precision of zero beside others is smoothed to half of one hit, the next to a quarter and so on.
    pub fn bleu(&self) -> Result<f64, Undefined> {
        self.not_empty()?;
        let grams = &self.grams[..BLEU_ORDER];
        if grams.iter().all(|grams| grams.both == 0) || grams.iter().any(|grams| grams.written == 0) {
            return Ok(0.0);
        }
        let brevity = if self.written < self.references {
            (1.0 - self.references as f64 / self.written as f64).exp()
        } else {
            1.0
        };
        let mut smoothing = 1.0;
        let logarithms = grams.iter().map(|grams| {
            let hits = if grams.both == 0 {
                smoothing *= 2.0;
                1.0 / smoothing
            } else {
                grams.both as f64
            };
            (100.0 * hits / grams.written as f64).ln()
        });
        let mean = logarithms.sum::<f64>() / BLEU_ORDER as f64;
        // The logarithm of 100 and its exponential may round upwards.
        Ok((brevity * mean.exp()).min(100.0))
    }

    /// chrF in percent: F-score, with recall twice as important, of the mean precision and recall of n-grams up to 6.
    pub fn chrf(&self) -> Result<f64, Undefined> {
        self.not_empty()?;
        let used: Vec<&Grams> = self
            .grams
            .iter()
            .filter(|grams| grams.written > 0 && grams.references > 0)
            .collect();
        if used.is_empty() {
            return Ok(0.0);
        }
        let mean = |share: fn(&Grams) -> f64| used.iter().map(|grams| share(grams)).sum::<f64>() / used.len() as f64;
        let precision = mean(|grams| grams.both as f64 / grams.written as f64);
        let recall = mean(|grams| grams.both as f64 / grams.references as f64);
        if precision + recall == 0.0 {
            return Ok(0.0);
        }
        Ok(100.0 * (1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall))
    }

    fn not_empty(&self) -> Result<(), Undefined> {
        if self.sequences == 0 {
            Err(Undefined::Empty)
        } else {
            Ok(())
        }
    }
}

fn count(ids: &[i64], length: usize) -> HashMap<&[i64], u64> {
    let mut counts = HashMap::new();
    for gram in ids.windows(length) {
        *counts.entry(gram).or_default() += 1;
    }
    counts
}

fn until(ids: &[i64], end: Option<u32>) -> &[i64] {
    let is_end = |id: &i64| *id < 0 || end.is_some_and(|end| *id == i64::from(end));
    &ids[..ids.iter().position(is_end).unwrap_or(ids.len())]
}

/// The ids that the model wrote, and how many for each sample. A place whose scores are not numbers ends the sequence.
fn written(batch: &Batch, metric: &Metric) -> Result<(Vec<i64>, usize), MetricError> {
    for output in batch.outputs {
        match *output.tensor.shape().dims() {
            [rows, length] if rows == batch.rows => {
                if let Some(ids) = integers(&output.tensor) {
                    return Ok((ids, length));
                }
            }
            [rows, length, _] if rows == batch.rows => {
                if let Some(table) = Table::find(batch, &[length], 2) {
                    let best = table.best(rows * length, metric)?;
                    return Ok((best.into_iter().map(|id| id.unwrap_or(-1)).collect(), length));
                }
            }
            _ => {}
        }
    }
    let rows = batch.rows;
    Err(batch.no_output(
        metric,
        format!("int64[{rows}, length], token ids, or of float32[{rows}, length, ids], their scores"),
    ))
}
