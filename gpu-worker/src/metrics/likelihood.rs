//! Log loss and perplexity: how probable a model holds what is true.

use super::meter::Undefined;
use super::read::{Table, integers, labels};
use super::sum::Sum;
use super::{Batch, Form, Metric, MetricError};

/// Targets of this id do not count, as language models' trainers have it.
const IGNORED: i64 = -100;

/// Negative logarithms of the probabilities of what was true.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Likelihood {
    loss: Sum,
    count: u64,
    not_numbers: u64,
}

impl Likelihood {
    /// Adds the classes of a batch: scores [rows, classes], or of the classes 0 and 1 those of class 1, [rows, 1].
    pub fn add_classes(&mut self, form: Form, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let labels = labels(batch, metric)?;
        let table = Table::find(batch, &[], 1)
            .ok_or_else(|| batch.no_output(metric, format!("float32[{}, classes], {form} of classes", batch.rows)))?;
        self.add(&table, form, &labels[..batch.samples()], batch, metric)
    }

    /// Adds the tokens of a batch: targets [rows, …] of ids, which are -100 where nothing is asked, and scores [rows, …, ids].
    /// Both are aligned: the scores at a place are of the token that the targets have at that place.
    pub fn add_tokens(&mut self, form: Form, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let targets = batch.targets.tensor;
        let ids = integers(targets).ok_or_else(|| batch.no_targets(metric, "token ids, integers"))?;
        let inner = targets.shape().dims().get(1..).unwrap_or_default();
        let table = Table::find(batch, inner, 2).ok_or_else(|| {
            let dims: Vec<String> = [batch.rows].iter().chain(inner).map(usize::to_string).collect();
            batch.no_output(metric, format!("float32[{}, ids], {form} of tokens", dims.join(", ")))
        })?;
        let places = batch.samples() * inner.iter().product::<usize>();
        self.add(&table, form, &ids[..places], batch, metric)
    }

    fn add(
        &mut self,
        table: &Table,
        form: Form,
        ids: &[i64],
        batch: &Batch,
        metric: &Metric,
    ) -> Result<(), MetricError> {
        let mut row = Vec::with_capacity(table.width);
        for (place, id) in ids.iter().enumerate() {
            if *id == IGNORED && matches!(metric, Metric::Perplexity(_)) {
                continue;
            }
            let single = table.width == 1;
            let column = match (single, *id) {
                (true, 0 | 1) => *id as usize,
                (true, _) => return Err(batch.no_targets(metric, "the classes 0 and 1")),
                (false, _) => table.column(*id, batch, metric)?,
            };
            table.row(place, &mut row);
            if let (&[score], true) = (row.as_slice(), single) {
                let rest = if form == Form::Logits { 0.0 } else { 1.0 - score };
                row = vec![rest, score];
            }
            let loss = loss(&row, column, form, table.scores.epsilon());
            if loss.is_nan() {
                self.not_numbers += 1;
            } else {
                self.loss.add(loss);
            }
            self.count += 1;
        }
        Ok(())
    }

    /// Adds others.
    pub fn merge(&mut self, other: Self) {
        self.loss.merge(other.loss);
        self.count += other.count;
        self.not_numbers += other.not_numbers;
    }

    /// The mean negative logarithm.
    pub fn mean(self) -> Result<f64, Undefined> {
        match self {
            Self { not_numbers: 1.., .. } => Err(Undefined::NotANumber),
            Self { count: 0, .. } => Err(Undefined::Empty),
            Self { loss, count, .. } if loss.value().is_finite() => Ok(loss.value() / count as f64),
            _ => Err(Undefined::Infinite),
        }
    }
}

/// `-ln p[column]`. Probabilities are kept from 0 and 1 by one step of their precision, as scikit-learn does; what lies outside of 0 to 1
/// is none. Not a number if any score is not.
fn loss(row: &[f64], column: usize, form: Form, epsilon: f64) -> f64 {
    match form {
        Form::Probabilities => {
            if !row.iter().all(|score| (0.0..=1.0).contains(score)) {
                return f64::NAN;
            }
            -row[column].clamp(epsilon, 1.0 - epsilon).ln()
        }
        Form::Logits => {
            if row.iter().any(|score| score.is_nan()) {
                return f64::NAN;
            }
            let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|score| (score - greatest).exp()).sum();
            greatest + sum.ln() - row[column]
        }
    }
}
