//! Mean intersection over union: how well maps of classes cover each other.

use std::collections::BTreeMap;

use super::meter::Undefined;
use super::read::{Floats, integers};
use super::{Batch, Metric, MetricError};

/// Places of a class in both maps, and in either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cover {
    both: u64,
    predicted: u64,
    actual: u64,
}

/// Three numbers for each class that occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlap(BTreeMap<i64, Cover>);

impl Overlap {
    /// Adds the maps of a batch: targets [rows, …] of classes, and an output of integers in the same shape or of scores
    /// [rows, classes, …]. Places whose target is `ignored` do not count.
    pub fn add(&mut self, ignored: Option<u32>, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let targets = batch.targets.tensor;
        let actual = integers(targets).ok_or_else(|| batch.no_targets(metric, "classes, integers"))?;
        let inner = targets.shape().dims().get(1..).unwrap_or_default();
        let predicted = predicted(batch, inner).ok_or_else(|| {
            let inner: String = inner.iter().map(|dim| format!(", {dim}")).collect();
            let rows = batch.rows;
            batch.no_output(
                metric,
                format!("int64[{rows}{inner}], classes, or of float32[{rows}, classes{inner}], their scores"),
            )
        })?;
        for (actual, predicted) in actual.into_iter().zip(predicted) {
            if ignored.is_some_and(|ignored| actual == i64::from(ignored)) {
                continue;
            }
            let cover = self.0.entry(actual).or_default();
            cover.actual += 1;
            cover.both += u64::from(predicted == Some(actual));
            if let Some(class) = predicted {
                self.0.entry(class).or_default().predicted += 1;
            }
        }
        Ok(())
    }

    /// Adds others.
    pub fn merge(&mut self, other: Self) {
        for (class, cover) in other.0 {
            let own = self.0.entry(class).or_default();
            own.both += cover.both;
            own.predicted += cover.predicted;
            own.actual += cover.actual;
        }
    }

    /// The mean over all classes that occur among targets or predictions.
    pub fn value(&self) -> Result<f64, Undefined> {
        if self.0.values().all(|cover| cover.actual == 0) {
            return Err(Undefined::Empty);
        }
        let share = |cover: &Cover| cover.both as f64 / (cover.predicted + cover.actual - cover.both) as f64;
        Ok(self.0.values().map(share).sum::<f64>() / self.0.len() as f64)
    }
}

/// The class of each place, sample by sample; none where a score is not a number.
fn predicted(batch: &Batch, inner: &[usize]) -> Option<Vec<Option<i64>>> {
    for output in batch.outputs {
        let tensor = &output.tensor;
        match tensor.shape().dims() {
            [rows, places @ ..] if *rows == batch.rows && places == inner => {
                if let Some(classes) = integers(tensor) {
                    return Some(classes.into_iter().map(Some).collect());
                }
            }
            [rows, classes, places @ ..] if *classes > 1 && *rows == batch.rows && places == inner => {
                if let Some(scores) = Floats::of(tensor) {
                    return Some(greatest(&scores, *rows, *classes, inner.iter().product()));
                }
            }
            _ => {}
        }
    }
    None
}

/// The greatest of the classes at each place, which lie a whole map apart. Of equal scores the first wins.
fn greatest(scores: &Floats, rows: usize, classes: usize, places: usize) -> Vec<Option<i64>> {
    let mut found = Vec::with_capacity(rows * places);
    for row in 0..rows {
        for place in 0..places {
            let score = |class: usize| scores.get((row * classes + class) * places + place);
            let mut best = Some(0);
            for class in 0..classes {
                if score(class).is_nan() {
                    best = None;
                    break;
                }
                if best.is_some_and(|best| score(class) > score(best)) {
                    best = Some(class);
                }
            }
            found.push(best.map(|class| class as i64));
        }
    }
    found
}
