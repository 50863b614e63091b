//! Reading outputs and targets as what metrics are of.

use std::borrow::Cow;

use super::{Batch, Metric, MetricError, top_one};
use crate::model::Classes;
use crate::tensor::Tensor;

/// Floating-point elements, widened only where they are not single or double precision.
#[derive(Debug)]
pub enum Floats<'a> {
    /// Single precision.
    Single(&'a [f32]),
    /// Double precision, and everything else that is calculated in.
    Double(Cow<'a, [f64]>),
}

impl<'a> Floats<'a> {
    /// The elements of a tensor of floating-point numbers.
    pub fn of(tensor: &'a Tensor) -> Option<Self> {
        if let Ok(elements) = tensor.as_slice::<f32>() {
            return Some(Self::Single(elements));
        }
        if let Ok(elements) = tensor.as_slice::<f64>() {
            return Some(Self::Double(Cow::Borrowed(elements)));
        }
        let is_float = tensor.data_type().is_float();
        is_float
            .then(|| tensor.to_floats().ok())
            .flatten()
            .map(|elements| Self::Double(Cow::Owned(elements)))
    }

    /// One element.
    pub fn get(&self, at: usize) -> f64 {
        match self {
            Self::Single(elements) => elements[at].into(),
            Self::Double(elements) => elements[at],
        }
    }

    /// The distance from one to the next number of this precision.
    pub fn epsilon(&self) -> f64 {
        match self {
            Self::Single(_) => f32::EPSILON.into(),
            Self::Double(_) => f64::EPSILON,
        }
    }
}

/// Scores of classes: `width` for each place.
#[derive(Debug)]
pub struct Table<'a> {
    /// The output.
    pub name: &'a str,
    /// Number of classes.
    pub width: usize,
    /// The scores, those of one place side by side.
    pub scores: Floats<'a>,
    classes: Option<&'a Classes>,
}

impl<'a> Table<'a> {
    /// The first output of floats in the shape [rows, …inner, classes], of at least `least` classes.
    pub fn find(batch: &Batch<'a>, inner: &[usize], least: usize) -> Option<Self> {
        batch.outputs.iter().find_map(|output| {
            let [places @ .., width] = output.tensor.shape().dims() else {
                return None;
            };
            let fits = *width >= least && places.split_first() == Some((&batch.rows, inner));
            fits.then(|| Floats::of(&output.tensor)).flatten().map(|scores| Self {
                name: &output.name,
                width: *width,
                scores,
                classes: output.classes.as_ref(),
            })
        })
    }

    /// The column of a class.
    pub fn column(&self, class: i64, batch: &Batch, metric: &Metric) -> Result<usize, MetricError> {
        let found = match self.classes {
            None => usize::try_from(class).ok().filter(|column| *column < self.width),
            Some(Classes::Integers(classes)) => classes
                .iter()
                .position(|known| *known == class)
                .filter(|column| *column < self.width),
            Some(Classes::Texts(_)) => {
                return Err(MetricError::Names {
                    metric: metric.to_string(),
                    output: self.name.into(),
                    found: "strings".into(),
                    expected: "integers".into(),
                });
            }
        };
        found.ok_or_else(|| MetricError::Class {
            metric: metric.to_string(),
            targets: batch.targets.name.into(),
            class,
            output: self.name.into(),
            columns: self.width,
        })
    }

    /// The scores of a place.
    pub fn row(&self, place: usize, row: &mut Vec<f64>) {
        row.clear();
        row.extend((place * self.width..(place + 1) * self.width).map(|at| self.scores.get(at)));
    }

    /// The class of each place; none where a score is not a number. Of equal scores the first wins.
    pub fn best(&self, places: usize, metric: &Metric) -> Result<Vec<Option<i64>>, MetricError> {
        let mut row = Vec::with_capacity(self.width);
        let mut best = Vec::with_capacity(places);
        for place in 0..places {
            self.row(place, &mut row);
            let column = top_one(&row, self.width).into_iter().next().flatten();
            best.push(column.map(|column| self.class(column, metric)).transpose()?);
        }
        Ok(best)
    }

    fn class(&self, column: usize, metric: &Metric) -> Result<i64, MetricError> {
        let wrong = |found: String, expected: String| MetricError::Names {
            metric: metric.to_string(),
            output: self.name.into(),
            found,
            expected,
        };
        match self.classes {
            None => Ok(column as i64),
            Some(Classes::Integers(classes)) if classes.len() == self.width => Ok(classes[column]),
            Some(Classes::Integers(classes)) => Err(wrong(classes.len().to_string(), self.width.to_string())),
            Some(Classes::Texts(_)) => Err(wrong("strings".into(), "integers".into())),
        }
    }
}

/// Whole targets as integers.
pub fn integers(tensor: &Tensor) -> Option<Vec<i64>> {
    if !tensor.data_type().is_integer() {
        return None;
    }
    let read = tensor.integers().ok()?;
    (0..tensor.shape().elements())
        .map(|at| i64::try_from(read(at)).ok())
        .collect()
}

/// One class for each sample.
pub fn labels(batch: &Batch, metric: &Metric) -> Result<Vec<i64>, MetricError> {
    let tensor = batch.targets.tensor;
    let samples = tensor.shape().dims().first().copied();
    let labels = (samples == Some(tensor.shape().elements()))
        .then(|| integers(tensor))
        .flatten();
    labels.ok_or_else(|| batch.no_targets(metric, "one integer a sample"))
}

/// The classes that a model predicts: an output of one integer a sample, or the greatest of its scores.
pub fn predictions(batch: &Batch, metric: &Metric) -> Result<Vec<Option<i64>>, MetricError> {
    let is_label =
        |tensor: &Tensor| tensor.shape().dims().first() == Some(&batch.rows) && tensor.shape().elements() == batch.rows;
    let outputs = batch.outputs.iter().filter(|output| is_label(&output.tensor));
    if let Some(labels) = outputs.filter_map(|output| integers(&output.tensor)).next() {
        return Ok(labels.into_iter().take(batch.samples()).map(Some).collect());
    }
    match Table::find(batch, &[], 2) {
        Some(table) => table.best(batch.samples(), metric),
        None => {
            let rows = batch.rows;
            Err(batch.no_output(
                metric,
                format!("int64[{rows}], the classes, or of float32[{rows}, classes], their scores"),
            ))
        }
    }
}
