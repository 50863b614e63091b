//! TfIdfVectorizer: counts runs of items, with or without gaps, that a pool names.

use std::collections::HashMap;

use crate::ops::doubles::{from_doubles, given, integers};
use crate::ops::{Lowered, OpError, Operands, Operator, Spec};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// What becomes of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weighting {
    /// The count.
    Frequency,
    /// The weight, if it is met at all.
    Presence,
    /// The count times the weight.
    Both,
}

#[derive(Debug)]
struct TfIdf {
    weighting: Weighting,
    /// Runs of items, and which of `indexes` and `weights` each is.
    runs: HashMap<Vec<i64>, usize>,
    indexes: Vec<usize>,
    weights: Option<Vec<f32>>,
    lengths: (usize, usize),
    gap: usize,
    columns: usize,
}

/// Builds TfIdfVectorizer.
pub fn tfidf(spec: &mut Spec) -> Result<Box<dyn Operator>, OpError> {
    let attributes = &mut *spec.attributes;
    let weighting = match attributes.text("mode")?.as_deref() {
        Some("TF") => Weighting::Frequency,
        Some("IDF") => Weighting::Presence,
        Some("TFIDF") => Weighting::Both,
        other => return Err(OpError::invalid(format!("mode {other:?}"))),
    };
    let mut length = |name: &str| {
        let found = attributes.int(name)?;
        let valid = found.and_then(|found| usize::try_from(found).ok());
        valid.ok_or_else(|| OpError::invalid(format!("attribute '{name}' is {found:?}")))
    };
    let lengths = (length("min_gram_length")?, length("max_gram_length")?);
    let gap = length("max_skip_count")?;
    if lengths.0 == 0 || lengths.1 < lengths.0 {
        return Err(OpError::invalid(format!(
            "runs of {} to {} items",
            lengths.0, lengths.1
        )));
    }
    let indexes = attributes.ints("ngram_indexes")?.unwrap_or_default();
    let counts = attributes.ints("ngram_counts")?.unwrap_or_default();
    if attributes.texts("pool_strings")?.is_some_and(|pool| !pool.is_empty()) {
        return Err(OpError::unsupported("a pool of strings"));
    }
    let pool = attributes.ints("pool_int64s")?.unwrap_or_default();
    let weights = attributes.floats("weights")?.filter(|weights| !weights.is_empty());
    let place = |&index: &i64| usize::try_from(index).map_err(|_| OpError::invalid(format!("the column {index}")));
    let indexes = indexes.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    if weights.as_ref().is_some_and(|weights| weights.len() != indexes.len()) {
        return Err(OpError::invalid("a weight is needed for each column"));
    }
    Ok(Box::new(TfIdf {
        weighting,
        runs: runs(&pool, &counts, indexes.len())?,
        columns: indexes.iter().max().map_or(0, |last| last.saturating_add(1)),
        indexes,
        weights,
        lengths,
        gap,
    }))
}

/// Splits the pool: those of one item start at the first of `starts`, those of two at the second, and so on.
fn runs(pool: &[i64], starts: &[i64], columns: usize) -> Result<HashMap<Vec<i64>, usize>, OpError> {
    let wrong = || OpError::invalid(format!("the pool of {} items does not start at {starts:?}", pool.len()));
    let mut runs = HashMap::new();
    let mut number = 0;
    for (at, &start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(pool.len() as i64);
        let (start, end) = (usize::try_from(start), usize::try_from(end));
        let (Ok(start), Ok(end)) = (start, end) else {
            return Err(wrong());
        };
        for run in pool.get(start..end).ok_or_else(wrong)?.chunks_exact(at + 1) {
            runs.insert(run.to_vec(), number);
            number += 1;
        }
    }
    if number > columns {
        return Err(OpError::invalid(format!("{columns} columns for {number} runs")));
    }
    Ok(runs)
}

impl TfIdf {
    /// The counts of a row of items.
    fn count(&self, row: &[i64], counts: &mut [f64]) {
        let (least, most) = self.lengths;
        for length in least..=most.min(row.len()) {
            // A single item has no gaps.
            let gaps = if length == 1 {
                1
            } else {
                self.gap.saturating_add(1).min(row.len())
            };
            for step in 1..=gaps {
                let reach = (length - 1) * step + 1;
                for start in 0..(row.len() + 1).saturating_sub(reach) {
                    let run: Vec<i64> = row[start..start + reach].iter().step_by(step).copied().collect();
                    if let Some(&number) = self.runs.get(&run) {
                        let weight = self.weights.as_ref().map_or(1.0, |weights| f64::from(weights[number]));
                        let count = &mut counts[self.indexes[number]];
                        match self.weighting {
                            Weighting::Frequency => *count += 1.0,
                            Weighting::Presence => *count = weight,
                            Weighting::Both => *count += weight,
                        }
                    }
                }
            }
        }
    }
}

impl Operator for TfIdf {
    fn infer(&self, inputs: &Operands) -> Result<Vec<TensorType>, OpError> {
        inputs.expect_type(0, &[DataType::Int32, DataType::Int64])?;
        let dims = match *inputs.dims(0)? {
            [_] => vec![self.columns],
            [rows, _] => vec![rows, self.columns],
            _ => return Err(OpError::invalid("the input should be a row of items, or rows")),
        };
        Ok(vec![TensorType::new(DataType::Float32, Shape::new(dims)?)])
    }

    fn lower(&self, _: &Operands, _: &[TensorType]) -> Result<Lowered, OpError> {
        Ok(Lowered::Host)
    }

    fn evaluate(&self, inputs: &[Option<&Tensor>], outputs: &[TensorType]) -> Result<Vec<Tensor>, OpError> {
        let x = given(inputs, 0)?;
        let items = integers(x)?;
        let length = x.shape().dims().last().copied().unwrap_or(0);
        let mut counts = vec![0.0; outputs[0].shape.elements()];
        if length > 0 && self.columns > 0 {
            for (row, counts) in items.chunks(length).zip(counts.chunks_mut(self.columns)) {
                self.count(row, counts);
            }
        }
        Ok(vec![from_doubles(&outputs[0], counts)?])
    }

    fn flops(&self, inputs: &Operands, _: &[TensorType]) -> u64 {
        let items = inputs.shape(0).map_or(0, |shape| shape.elements() as u64);
        let (least, most) = self.lengths;
        let kinds = (most - least) as u64 + 1;
        items.saturating_mul(kinds).saturating_mul(self.gap as u64 + 1)
    }
}
