//! ROC-AUC, exact: the share of pairs of a positive and a negative sample in which the positive scores higher, ties counted half.

use super::meter::Undefined;
use super::read::{Floats, Table, labels};
use super::{Batch, Form, Metric, MetricError};

/// Every score that was seen: 8 bytes each, so `8 · samples · classes` of memory (8 a sample for two classes), and the labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Scores kept of each sample: one for two classes, else one a class.
    width: usize,
    scores: Vec<f64>,
    columns: Vec<u32>,
}

impl Ranking {
    /// Keeps the scores of a batch: one column (of the class 1 against 0), or one a class.
    pub fn add(&mut self, form: Form, batch: &Batch, metric: &Metric) -> Result<(), MetricError> {
        let labels = labels(batch, metric)?;
        if let Some(table) = Table::find(batch, &[], 2) {
            return self.add_table(form, &table, &labels, batch, metric);
        }
        let scores = single(batch).ok_or_else(|| {
            let rows = batch.rows;
            batch.no_output(
                metric,
                format!("float32[{rows}, classes] or, of two classes, float32[{rows}], scores of class 1"),
            )
        })?;
        self.set_width(1, metric)?;
        for (place, label) in labels.into_iter().take(batch.samples()).enumerate() {
            let column = u32::try_from(label).ok().filter(|column| *column < 2);
            self.columns
                .push(column.ok_or_else(|| batch.no_targets(metric, "the classes 0 and 1"))?);
            self.scores.push(scores.get(place));
        }
        Ok(())
    }

    fn add_table(
        &mut self,
        form: Form,
        table: &Table,
        labels: &[i64],
        batch: &Batch,
        metric: &Metric,
    ) -> Result<(), MetricError> {
        let width = if table.width == 2 { 1 } else { table.width };
        self.set_width(width, metric)?;
        let mut row = Vec::with_capacity(table.width);
        for (place, label) in labels.iter().take(batch.samples()).enumerate() {
            let column = table.column(*label, batch, metric)?;
            table.row(place, &mut row);
            match (row.as_slice(), form) {
                (&[_, score], Form::Probabilities) => self.scores.push(score),
                // Ranks as a softmax does, without the ties that it would round to.
                (&[rest, score], Form::Logits) => self.scores.push(score - rest),
                (_, Form::Probabilities) => self.scores.extend(&row),
                (_, Form::Logits) => {
                    softmax(&mut row);
                    self.scores.extend(&row);
                }
            }
            self.columns.push(column as u32);
        }
        Ok(())
    }

    fn set_width(&mut self, width: usize, metric: &Metric) -> Result<(), MetricError> {
        if !self.columns.is_empty() && self.width != width {
            return Err(MetricError::Merge {
                expected: format!("{metric} of {} columns", self.width),
                found: format!("{metric} of {width}"),
            });
        }
        self.width = width;
        Ok(())
    }

    /// Adds the scores of another.
    pub fn merge(&mut self, other: Self, metric: &Metric) -> Result<(), MetricError> {
        if other.columns.is_empty() {
            return Ok(());
        }
        self.set_width(other.width, metric)?;
        self.scores.extend(other.scores);
        self.columns.extend(other.columns);
        Ok(())
    }

    /// The area; of more than two classes the mean over each against the rest.
    pub fn value(&self) -> Result<f64, Undefined> {
        if self.columns.is_empty() {
            return Err(Undefined::Empty);
        }
        if self.scores.iter().any(|score| score.is_nan()) {
            return Err(Undefined::NotANumber);
        }
        if self.width == 1 {
            return self.area(0, 1);
        }
        let areas: Result<Vec<f64>, Undefined> =
            (0..self.width).map(|column| self.area(column, column as u32)).collect();
        Ok(areas?.iter().sum::<f64>() / self.width as f64)
    }

    /// The area of one column, in which `positive` should score high. Counted in integers, doubled for the halves of ties.
    fn area(&self, column: usize, positive: u32) -> Result<f64, Undefined> {
        let mut ranked: Vec<(f64, bool)> = self
            .columns
            .iter()
            .enumerate()
            .map(|(sample, label)| (self.scores[sample * self.width + column], *label == positive))
            .collect();
        // Zero and negative zero are one score.
        ranked.sort_unstable_by(|(a, _), (b, _)| (a + 0.0).total_cmp(&(b + 0.0)));
        let (mut below, mut doubled, mut positives) = (0_u128, 0_u128, 0_u128);
        for tied in ranked.chunk_by(|(a, _), (b, _)| a == b) {
            let high = tied.iter().filter(|(_, is_positive)| *is_positive).count() as u128;
            let low = tied.len() as u128 - high;
            doubled += high * (2 * below + low);
            below += low;
            positives += high;
        }
        if positives == 0 || below == 0 {
            return Err(Undefined::OneClass(positive.into()));
        }
        Ok(doubled as f64 / (2 * positives * below) as f64)
    }
}

/// The first output of one float a sample.
fn single<'a>(batch: &Batch<'a>) -> Option<Floats<'a>> {
    let is_single = |dims: &[usize]| dims == [batch.rows] || dims == [batch.rows, 1];
    let mut outputs = batch
        .outputs
        .iter()
        .filter(|output| is_single(output.tensor.shape().dims()));
    outputs.find_map(|output| Floats::of(&output.tensor))
}

/// Makes probabilities of logits.
pub fn softmax(row: &mut [f64]) {
    let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in row.iter_mut() {
        *score = (*score - greatest).exp();
        sum += *score;
    }
    row.iter_mut().for_each(|score| *score /= sum);
}
