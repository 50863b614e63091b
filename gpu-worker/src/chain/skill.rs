//! From a metric's values to skills: numbers of which twice as much is twice as good, whichever way the metric counts.
//!
//! - Metrics with a best value count from what guessing reaches: `skill = max(0, (value - chance) / (best - chance))`. Chance is one over
//!   the number of classes for accuracy and F1, `k` over it for top-k, a half for ROC-AUC, and nothing for R², BLEU, chrF and mean IoU.
//! - Log loss and perplexity count from that of equal probabilities: `skill = max(0, 1 - loss / ln classes)`, where the loss of a perplexity
//!   is its logarithm.
//! - Errors and costs have neither chance nor scale of their own: `skill = least value / value`, so a model with twice the error of the best
//!   has half its skill.
//!
//! A model without a value has no skill: it failed, copies another, or its metric is undefined.

use super::scoring::Skill;
use crate::metrics::Metric;
use inktensor_primitives::Uid;

/// A model's measured quality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The miner's slot.
    pub uid: Uid,
    /// The value of the subnet's metric; nothing for a model that failed or copies another.
    pub value: Option<f64>,
}

/// The skill of each model on a subnet whose models tell so many classes apart.
pub fn skills(metric: &Metric, classes: usize, scores: &[Score]) -> Vec<Skill> {
    let values = || {
        scores
            .iter()
            .filter_map(|score| score.value)
            .filter(|value| value.is_finite())
    };
    let least = values().fold(f64::INFINITY, f64::min);
    let skill = |score: &Score| Skill {
        uid: score.uid,
        skill: match score.value {
            Some(value) if value.is_finite() => skill(metric, classes, value, least),
            _ => 0.0,
        },
    };
    scores.iter().map(skill).collect()
}

fn skill(metric: &Metric, classes: usize, value: f64, least: f64) -> f64 {
    let classes = classes.max(2) as f64;
    let above = |chance: f64, best: f64| {
        if chance < best {
            (value - chance) / (best - chance)
        } else {
            0.0
        }
    };
    let skill = match metric {
        Metric::Accuracy | Metric::F1(_) => above(1.0 / classes, 1.0),
        Metric::TopK(count) => above(f64::from(*count) / classes, 1.0),
        Metric::RocAuc(_) => above(0.5, 1.0),
        Metric::R2 | Metric::MeanIou(_) => above(0.0, 1.0),
        Metric::Bleu(_) | Metric::ChrF(_) => above(0.0, 100.0),
        Metric::LogLoss(_) => 1.0 - value / classes.ln(),
        Metric::Perplexity(_) => 1.0 - value.max(1.0).ln() / classes.ln(),
        Metric::MeanSquaredError | Metric::RootMeanSquaredError | Metric::MeanAbsoluteError => share_of(least, value),
        Metric::Size | Metric::Flops | Metric::Latency => share_of(least, value),
    };
    skill.clamp(0.0, 1.0)
}

/// How little it is beside the least. None is as good as none.
fn share_of(least: f64, value: f64) -> f64 {
    if value <= least { 1.0 } else { least / value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(metric: &str, classes: usize, values: &[Option<f64>]) -> Vec<f64> {
        let scores: Vec<Score> = (0..)
            .map(Uid)
            .zip(values)
            .map(|(uid, &value)| Score { uid, value })
            .collect();
        let metric = metric.parse().unwrap();
        skills(&metric, classes, &scores)
            .into_iter()
            .map(|skill| skill.skill)
            .collect()
    }

    #[test]
    fn guessing_is_no_skill_and_the_best_value_all_of_it() {
        for (metric, guessing, best) in [
            ("accuracy", 0.1, 1.0),
            ("top-k:5", 0.5, 1.0),
            ("f1:macro", 0.1, 1.0),
            ("roc-auc", 0.5, 1.0),
            ("r2", 0.0, 1.0),
            ("bleu", 0.0, 100.0),
            ("mean-iou", 0.0, 1.0),
            ("log-loss", 10_f64.ln(), 0.0),
            ("perplexity", 10.0, 1.0),
        ] {
            let found = of(metric, 10, &[Some(guessing), Some(best), Some((guessing + best) / 2.0)]);
            assert!(
                found[0].abs() < 1e-12 && found[1] == 1.0 && (0.1..0.9).contains(&found[2]),
                "{metric}: {found:?}"
            );
        }
    }

    #[test]
    fn a_smaller_error_is_more_skill() {
        assert_eq!(
            of("mse", 2, &[Some(0.5), Some(1.0), None, Some(0.25)]),
            [0.5, 0.25, 0.0, 1.0]
        );
        assert_eq!(of("latency", 2, &[Some(0.0), Some(3.0)]), [1.0, 0.0]);
    }

    #[test]
    fn all_of_the_classes_among_the_first_is_no_art() {
        assert_eq!(of("top-k:5", 3, &[Some(1.0)]), [0.0]);
    }

    proptest! {
        #[test]
        fn a_better_value_never_has_less_skill(a in -10.0_f64..1e9, b in -10.0_f64..1e9, classes in 0_usize..2000) {
            for metric in ["accuracy", "top-k:2", "f1:micro", "roc-auc", "log-loss", "perplexity", "mse", "mae", "r2", "chrf", "size"] {
                let found = of(metric, classes, &[Some(a), Some(b)]);
                let is_better = metric.parse::<Metric>().unwrap().is_higher_better() == (a > b);
                // Negative errors and perplexities do not occur.
                if a != b && (a.min(b) > 0.0 || ["accuracy", "r2", "roc-auc", "chrf"].contains(&metric)) {
                    prop_assert!(if is_better { found[0] >= found[1] } else { found[1] >= found[0] }, "{metric}: {found:?}");
                }
                prop_assert!(found.iter().all(|skill| (0.0..=1.0).contains(skill)));
            }
        }
    }
}
