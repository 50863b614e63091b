//! From skills to weights.
//!
//! `weight = (skill / best skill) ^ 10`, so that the best model weighs 1. The power makes the last percents worth having: accuracies of
//! 0.985, 0.927 and 0.843 among ten classes weigh 1, 0.51 and 0.17. A model without skill weighs nothing, and so does a copy.

use inktensor_primitives::Uid;

/// How steeply weight falls with skill.
const SHARPNESS: i32 = 10;

/// How good a model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// The miner's slot.
    pub uid: Uid,
    /// Proportional to how good it is, 0 for one that is worth nothing; never negative or infinite.
    pub skill: f64,
}

/// What a subnet asks of a row of weights.
#[derive(Clone, Copy, Debug)]
pub struct RowRules {
    /// The fewest entries.
    pub min_entries: usize,
    /// The largest share of one entry, in 65535ths.
    pub max_share: u16,
}

/// Why there is no row of weights to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWeights {
    /// Nothing to weigh.
    #[error("no model on the subnet is better than guessing")]
    NoSkill,
    /// The subnet's own rules stand in the way.
    #[error("the subnet asks for at least {0} weights, and it has fewer other neurons")]
    TooFewNeurons(usize),
    /// The subnet's own rules stand in the way.
    #[error("{models} models cannot share the weight, because the subnet allows each at most {max_share}/65535")]
    SharesTooSmall {
        /// Models with skill.
        models: usize,
        /// The limit.
        max_share: u16,
    },
}

/// Turns skills into a max-upscaled row, ascending by UID, padded with zeros from `others` to the fewest entries allowed.
pub fn weigh(skills: &[Skill], others: &[Uid], rules: RowRules) -> Result<Vec<(Uid, u16)>, NoWeights> {
    let best = skills.iter().map(|one| one.skill).fold(0.0, f64::max);
    if best <= 0.0 {
        return Err(NoWeights::NoSkill);
    }
    let mut uids: Vec<Uid> = skills.iter().map(|one| one.uid).collect();
    let missing = rules.min_entries.saturating_sub(uids.len());
    uids.extend(
        others
            .iter()
            .filter(|uid| !skills.iter().any(|one| one.uid == **uid))
            .take(missing),
    );
    if uids.len() < rules.min_entries {
        return Err(NoWeights::TooFewNeurons(rules.min_entries));
    }
    let mut weights: Vec<f64> = skills.iter().map(|one| (one.skill / best).powi(SHARPNESS)).collect();
    limit_shares(&mut weights, rules.max_share)?;
    weights.resize(uids.len(), 0.0);
    let mut row: Vec<(Uid, u16)> = uids.into_iter().zip(upscale(&weights)).collect();
    row.sort_unstable_by_key(|(uid, _)| *uid);
    Ok(row)
}

/// Lowers the largest weights to one common value, so that none is a larger share of the sum than allowed.
///
/// With the k largest at the value m and the rest summing to r, m / (k m + r) = limit gives m = limit r / (1 - k limit).
fn limit_shares(weights: &mut [f64], max_share: u16) -> Result<(), NoWeights> {
    if max_share == u16::MAX {
        return Ok(());
    }
    let limit = f64::from(max_share) / 65535.0;
    let mut largest: Vec<f64> = weights.iter().copied().filter(|weight| *weight > 0.0).collect();
    largest.sort_by(|a, b| b.total_cmp(a));
    if (largest.len() as f64) * limit < 1.0 {
        return Err(NoWeights::SharesTooSmall {
            models: largest.len(),
            max_share,
        });
    }
    let limit = limit * 0.999; // room for rounding to integers
    // Summed from the smallest up: subtracting the large ones from the whole sum would leave little of tiny ones but rounding errors.
    let mut rests: Vec<f64> = largest
        .iter()
        .rev()
        .scan(0.0, |rest, weight| {
            *rest += weight;
            Some(*rest)
        })
        .collect();
    rests.reverse();
    for (lowered, (weight, rest)) in largest.iter().zip(rests).enumerate() {
        let free = 1.0 - lowered as f64 * limit;
        let cap = limit * rest / free;
        if free > 0.0 && *weight <= cap {
            weights.iter_mut().for_each(|weight| *weight = weight.min(cap));
            return Ok(());
        }
    }
    weights
        .iter_mut()
        .filter(|weight| **weight > 0.0)
        .for_each(|weight| *weight = 1.0);
    Ok(())
}

/// Scales the largest weight to 65535.
fn upscale(weights: &[f64]) -> Vec<u16> {
    let largest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    weights
        .iter()
        .map(|weight| (weight / largest * 65535.0).round() as u16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::skill::{self, Score};
    use crate::metrics::Metric;
    use proptest::prelude::*;

    const FREE: RowRules = RowRules {
        min_entries: 1,
        max_share: u16::MAX,
    };

    /// Skills of accuracies among ten classes.
    fn skills(accuracies: &[f64]) -> Vec<Skill> {
        let scores: Vec<Score> = (0u16..)
            .zip(accuracies)
            .map(|(uid, &accuracy)| Score {
                uid: Uid(uid),
                value: Some(accuracy),
            })
            .collect();
        skill::skills(&Metric::Accuracy, 10, &scores)
    }

    fn values(row: &[(Uid, u16)]) -> Vec<u16> {
        row.iter().map(|(_, value)| *value).collect()
    }

    #[test]
    fn better_models_earn_clearly_more_and_guessing_earns_nothing() {
        let row = weigh(&skills(&[0.985, 0.9267, 0.8433, 0.1]), &[], FREE).unwrap();
        assert_eq!(values(&row), [65535, 33153, 11447, 0]);
    }

    #[test]
    fn a_subnet_without_skill_sets_no_weights() {
        assert_eq!(weigh(&skills(&[0.1, 0.05, 0.0]), &[], FREE), Err(NoWeights::NoSkill));
        assert_eq!(weigh(&[], &[Uid(3)], FREE), Err(NoWeights::NoSkill));
    }

    #[test]
    fn a_short_row_is_padded_with_zeros_in_uid_order() {
        let rules = RowRules { min_entries: 3, ..FREE };
        let row = weigh(
            &[Skill {
                uid: Uid(5),
                skill: 0.9,
            }],
            &[Uid(9), Uid(5), Uid(2), Uid(1)],
            rules,
        )
        .unwrap();
        assert_eq!(row, [(Uid(2), 0), (Uid(5), 65535), (Uid(9), 0)]);
        let refused = weigh(
            &[Skill {
                uid: Uid(5),
                skill: 0.9,
            }],
            &[Uid(5), Uid(2)],
            rules,
        );
        assert_eq!(refused, Err(NoWeights::TooFewNeurons(3)));
    }

    #[test]
    fn shares_that_cannot_add_up_are_named() {
        let rules = RowRules {
            max_share: 65535 / 3,
            ..FREE
        };
        let refused = weigh(&skills(&[0.9, 0.8]), &[], rules);
        assert_eq!(
            refused,
            Err(NoWeights::SharesTooSmall {
                models: 2,
                max_share: 21845
            })
        );
    }

    #[test]
    fn tiny_weights_beside_large_ones_are_capped_exactly() {
        let accuracies = [0.11, 0.11, 0.782526783606599, 0.11, 0.5696096883311401];
        let rules = RowRules {
            min_entries: 1,
            max_share: 13_107,
        };
        let row = weigh(&skills(&accuracies), &[], rules).unwrap();
        assert_eq!(values(&row), [u16::MAX; 5]);
    }

    proptest! {
        #[test]
        fn no_weight_exceeds_its_share_and_order_is_kept(
            accuracies in proptest::collection::vec(0.11f64..1.0, 1..40), max_share in 1u16..=u16::MAX,
        ) {
            let skills = skills(&accuracies);
            if let Ok(row) = weigh(&skills, &[], RowRules { min_entries: 1, max_share }) {
                let sum: u64 = row.iter().map(|(_, value)| u64::from(*value)).sum();
                for (_, value) in &row {
                    prop_assert!(u64::from(*value) * 65535 <= u64::from(max_share) * sum);
                }
                for (a, (_, weight_a)) in skills.iter().zip(&row) {
                    for (b, (_, weight_b)) in skills.iter().zip(&row) {
                        prop_assert!(a.skill <= b.skill || weight_a >= weight_b);
                    }
                }
                prop_assert_eq!(row.iter().map(|(_, value)| *value).max(), Some(u16::MAX));
            }
        }
    }
}
