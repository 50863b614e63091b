//! Which classes are taken for which.

use serde::{Deserialize, Serialize};

/// Counts of predictions by true and predicted class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The classes of rows and columns, ascending.
    pub classes: Vec<i64>,
    /// `counts[truth][prediction]`.
    pub counts: Vec<Vec<u64>>,
    /// Predictions of no class, or of one that no sample has; wrong, all of them.
    pub outside: u64,
}

impl Confusion {
    /// Counts pairs of truth and prediction. The classes are those of the truths.
    pub fn count(pairs: &[(i64, Option<i64>)]) -> Self {
        let mut classes: Vec<i64> = pairs.iter().map(|(truth, _)| *truth).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        let mut outside = 0;
        for (truth, prediction) in pairs {
            let place = |class: &i64| classes.binary_search(class).ok();
            match (place(truth), prediction.as_ref().and_then(place)) {
                (Some(row), Some(column)) => counts[row][column] += 1,
                _ => outside += 1,
            }
        }
        Self {
            classes,
            counts,
            outside,
        }
    }

    /// Number of predictions.
    pub fn samples(&self) -> u64 {
        self.counts.iter().flatten().sum::<u64>() + self.outside
    }

    /// Number of right predictions.
    pub fn correct(&self) -> u64 {
        self.counts.iter().enumerate().map(|(class, row)| row[class]).sum()
    }

    /// Share of right predictions, 0 without any.
    pub fn accuracy(&self) -> f64 {
        if self.samples() == 0 {
            0.0
        } else {
            self.correct() as f64 / self.samples() as f64
        }
    }
}

/// The greatest of each row of `width` scores; `None` where one is not a number. Of equal scores the first wins.
pub fn top_one<T: PartialOrd>(scores: &[T], width: usize) -> Vec<Option<usize>> {
    let best = |row: &[T]| {
        let mut best = 0;
        for (column, score) in row.iter().enumerate() {
            // Only what is not a number does not compare with itself.
            score.partial_cmp(score)?;
            if *score > row[best] {
                best = column;
            }
        }
        Some(best)
    };
    scores.chunks_exact(width).map(best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_class_counts_as_wrong() {
        let confusion = Confusion::count(&[(3, Some(3)), (3, Some(5)), (5, Some(9)), (5, None)]);
        assert_eq!(confusion.classes, [3, 5]);
        assert_eq!(confusion.counts, [[1, 1], [0, 0]]);
        assert_eq!((confusion.outside, confusion.samples(), confusion.correct()), (2, 4, 1));
        assert_eq!(confusion.accuracy(), 0.25);
    }

    #[test]
    fn no_predictions_are_no_accuracy() {
        assert_eq!(Confusion::count(&[]).accuracy(), 0.0);
    }

    #[test]
    fn the_first_of_equal_scores_wins_and_nan_never_does() {
        let scores = [1.0, 2.0, 2.0, f32::NAN, 9.0, 1.0, -1.0, -3.0, -2.0];
        assert_eq!(top_one(&scores, 3), [Some(1), None, Some(0)]);
    }
}
