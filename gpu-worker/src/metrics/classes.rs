//! Accuracy, top-k accuracy and F1: counts of right and wrong classes.

use std::collections::BTreeMap;

use super::meter::Undefined;
use super::read::{Table, labels, predictions};
use super::{Average, Batch, Metric, MetricError};

/// How often a class was right, was predicted, and was true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    right: u64,
    predicted: u64,
    actual: u64,
}

/// Counts by class: three numbers for each that occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassCounts(BTreeMap<i64, Count>);

impl ClassCounts {
    /// Counts a batch.
    pub fn add(&mut self, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let (labels, predictions) = (labels(batch, metric)?, predictions(batch, metric)?);
        for (label, prediction) in labels.into_iter().zip(predictions) {
            let actual = self.0.entry(label).or_default();
            actual.actual += 1;
            actual.right += u64::from(prediction == Some(label));
            if let Some(class) = prediction {
                self.0.entry(class).or_default().predicted += 1;
            }
        }
        Ok(())
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        for (class, count) in other.0 {
            let own = self.0.entry(class).or_default();
            own.right += count.right;
            own.predicted += count.predicted;
            own.actual += count.actual;
        }
    }

    /// All classes together.
    fn total(&self) -> Count {
        self.0.values().fold(Count::default(), |total, count| Count {
            right: total.right + count.right,
            predicted: total.predicted + count.predicted,
            actual: total.actual + count.actual,
        })
    }

    /// Share of right predictions.
    pub fn accuracy(&self) -> Result<f64, Undefined> {
        let total = self.total();
        share(total.right, total.actual)
    }

    /// F1 over the classes that occur among labels or predictions; of a class that is never right it is 0.
    pub fn f1(&self, average: Average) -> Result<f64, Undefined> {
        let total = self.total();
        if total.actual == 0 {
            return Err(Undefined::Empty);
        }
        match average {
            Average::Binary => {
                if let Some(class) = self.0.keys().find(|class| !(0..=1).contains(*class)) {
                    return Err(Undefined::NotBinary(*class));
                }
                Ok(f1(self.0.get(&1).copied().unwrap_or_default()))
            }
            Average::Micro => Ok(f1(total)),
            Average::Macro => Ok(self.0.values().map(|count| f1(*count)).sum::<f64>() / self.0.len() as f64),
            Average::Weighted => {
                let weighted = self.0.values().map(|count| f1(*count) * count.actual as f64);
                Ok(weighted.sum::<f64>() / total.actual as f64)
            }
        }
    }
}

/// `2 TP / (2 TP + FP + FN)`.
fn f1(count: Count) -> f64 {
    let all = count.predicted + count.actual;
    if all == 0 {
        0.0
    } else {
        2.0 * count.right as f64 / all as f64
    }
}

fn share(part: u64, all: u64) -> Result<f64, Undefined> {
    if all == 0 {
        Err(Undefined::Empty)
    } else {
        Ok(part as f64 / all as f64)
    }
}

/// How often the label was among the greatest scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TopK {
    hits: u64,
    samples: u64,
}

impl TopK {
    /// Counts a batch. Of equal scores the first rank first; where a score is not a number, the label is not among them.
    pub fn add(&mut self, count: u16, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let labels = labels(batch, metric)?;
        let table = Table::find(batch, &[], 2)
            .ok_or_else(|| batch.no_output(metric, format!("float32[{}, classes], scores of classes", batch.rows)))?;
        let mut row = Vec::with_capacity(table.width);
        for (place, label) in labels.into_iter().take(batch.samples()).enumerate() {
            let own = table.column(label, batch, metric)?;
            table.row(place, &mut row);
            let before = |(column, score): (usize, &f64)| *score > row[own] || (*score == row[own] && column < own);
            let rank = row.iter().enumerate().filter(|one| before(*one)).count();
            self.hits += u64::from(rank < count.into() && !row.iter().any(|score| score.is_nan()));
            self.samples += 1;
        }
        Ok(())
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.samples += other.samples;
    }

    /// Share of labels among the greatest.
    pub fn value(self) -> Result<f64, Undefined> {
        share(self.hits, self.samples)
    }
}
