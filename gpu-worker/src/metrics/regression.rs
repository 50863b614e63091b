//! Errors of numbers: MSE, RMSE, MAE and R², by column of the targets.

use super::meter::Undefined;
use super::read::{Floats, integers};
use super::sum::Sum;
use super::{Batch, Metric, MetricError};

/// One column of the targets: errors, and mean and spread of the targets (Welford's, merged as Chan's).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Column {
    squared: Sum,
    absolute: Sum,
    mean: f64,
    spread: f64,
}

/// Errors so far: six numbers for each column of the targets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Errors {
    columns: Vec<Column>,
    count: u64,
    not_numbers: u64,
}

impl Errors {
    /// Adds a batch: an output of as many numbers a sample as the targets have.
    pub fn add(&mut self, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let targets = batch.targets.tensor;
        let whole = integers(targets).map(|whole| whole.into_iter().map(|number| number as f64).collect::<Vec<_>>());
        let numbers = Floats::of(targets);
        let target = |at: usize| match (&whole, &numbers) {
            (Some(whole), _) => whole[at],
            (None, Some(numbers)) => numbers.get(at),
            (None, None) => f64::NAN,
        };
        if whole.is_none() && numbers.is_none() {
            return Err(batch.no_targets(metric, "numbers"));
        }
        let samples = batch.samples();
        let width = targets.shape().elements() / targets.shape().dims().first().copied().unwrap_or(1).max(1);
        let fits =
            |dims: &[usize]| dims.first() == Some(&batch.rows) && dims.iter().product::<usize>() == batch.rows * width;
        let mut outputs = batch.outputs.iter().filter(|output| fits(output.tensor.shape().dims()));
        let predicted = outputs.find_map(|output| Floats::of(&output.tensor)).ok_or_else(|| {
            batch.no_output(
                metric,
                format!(
                    "float32[{}, {width}], as many numbers as '{}' has",
                    batch.rows, batch.targets.name
                ),
            )
        })?;
        if self.count == 0 {
            self.columns = vec![Column::default(); width];
        } else if self.columns.len() != width {
            return Err(self.differs(width, metric));
        }
        for sample in 0..samples {
            self.count += 1;
            let count = self.count as f64;
            for (at, column) in (sample * width..).zip(&mut self.columns) {
                let (target, predicted) = (target(at), predicted.get(at));
                let error = predicted - target;
                self.not_numbers += u64::from(error.is_nan());
                column.squared.add(error * error);
                column.absolute.add(error.abs());
                let distance = target - column.mean;
                column.mean += distance / count;
                column.spread += distance * (target - column.mean);
            }
        }
        Ok(())
    }

    fn differs(&self, width: usize, metric: &Metric) -> MetricError {
        MetricError::Merge {
            expected: format!("{metric} of {} columns", self.columns.len()),
            found: format!("{metric} of {width}"),
        }
    }

    /// Adds others.
    pub fn merge(&mut self, other: Self, metric: &Metric) -> Result<(), MetricError> {
        if other.count == 0 {
            return Ok(());
        }
        if self.count == 0 {
            *self = other;
            return Ok(());
        }
        if self.columns.len() != other.columns.len() {
            return Err(self.differs(other.columns.len(), metric));
        }
        let (own, others) = (self.count as f64, other.count as f64);
        for (column, theirs) in self.columns.iter_mut().zip(&other.columns) {
            let distance = theirs.mean - column.mean;
            column.squared.merge(theirs.squared);
            column.absolute.merge(theirs.absolute);
            column.spread += theirs.spread + distance * distance * own * others / (own + others);
            column.mean += distance * others / (own + others);
        }
        self.count += other.count;
        self.not_numbers += other.not_numbers;
        Ok(())
    }

    /// Mean squared error.
    pub fn squared(&self) -> Result<f64, Undefined> {
        self.mean(|column| column.squared.value() / self.count as f64)
    }

    /// Root of it, column by column.
    pub fn root(&self) -> Result<f64, Undefined> {
        self.mean(|column| (column.squared.value() / self.count as f64).sqrt())
    }

    /// Mean absolute error.
    pub fn absolute(&self) -> Result<f64, Undefined> {
        self.mean(|column| column.absolute.value() / self.count as f64)
    }

    /// Coefficient of determination. Of targets that are all the same it is 1 where every prediction is exact, else 0.
    pub fn determination(&self) -> Result<f64, Undefined> {
        if self.count == 1 {
            return Err(Undefined::OneSample);
        }
        self.mean(|column| match (column.squared.value(), column.spread) {
            (0.0, _) => 1.0,
            (_, 0.0) => 0.0,
            (squared, spread) => 1.0 - squared / spread,
        })
    }

    /// The mean over columns.
    fn mean(&self, of: impl Fn(&Column) -> f64) -> Result<f64, Undefined> {
        if self.count == 0 || self.columns.is_empty() {
            return Err(Undefined::Empty);
        }
        if self.not_numbers > 0 {
            return Err(Undefined::NotANumber);
        }
        let mean = self.columns.iter().map(of).sum::<f64>() / self.columns.len() as f64;
        if mean.is_finite() {
            Ok(mean)
        } else {
            Err(Undefined::Infinite)
        }
    }
}
