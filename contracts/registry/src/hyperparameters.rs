//! The rules of a subnet: their defaults, which are Bittensor's, and their bounds.

use ink::prelude::{vec, vec::Vec};
use inktensor_primitives::registry::{Error, Hyperparameter, Hyperparameters, RuleBounds, MAX_BLOCKS};
use inktensor_primitives::{Rao, CAP};
use yuma::burn::BurnTerms;

/// The most UIDs that a subnet can have: what a subnet keeps of each in one cell fits 16 KiB.
pub const MAX_UIDS: u16 = 1_024;
/// The most validator permits of a subnet: the weights of so many and the owner fit the memory of one call.
pub const MAX_VALIDATORS: u16 = 128;
/// The UIDs that a subnet starts with: its epochs are one call.
const DEFAULT_UIDS: u16 = 256;
/// The validator permits that a subnet starts with.
const DEFAULT_VALIDATORS: u16 = 64;
/// The longest tempo: a week of 12-second blocks.
const MAX_TEMPO: u16 = 50_400;
/// The most tempos that weights stay hidden.
const MAX_REVEAL_PERIOD: u16 = 100;

/// The rules that a subnet starts with.
pub fn defaults() -> Hyperparameters {
    Hyperparameters {
        tempo: 360,
        kappa: 32_767,
        min_allowed_weights: 1,
        max_weight_limit: u16::MAX,
        max_uids: DEFAULT_UIDS,
        max_validators: DEFAULT_VALIDATORS,
        immunity_period: 5_000,
        activity_factor: 13_889,
        weights_rate_limit: 100,
        weights_version_key: 0,
        commit_reveal: true,
        reveal_period: 1,
        bonds_moving_average: 900_000,
        bonds_penalty: u16::MAX,
        yuma3: true,
        liquid_alpha: false,
        alpha_low: 45_875,
        alpha_high: 58_982,
        steepness: 1_000,
        min_burn: Rao(BurnTerms::DEFAULT.min),
        max_burn: Rao(BurnTerms::DEFAULT.max),
        burn_half_life: 360,
        burn_increase: BurnTerms::DEFAULT.increase_permille,
        registration_allowed: true,
        bonds_reset: false,
        stake_cap: 0,
        stake_threshold: Rao::ZERO,
    }
}

/// The terms of the registration price.
pub fn burn_terms(rules: &Hyperparameters) -> BurnTerms {
    BurnTerms {
        min: rules.min_burn.0,
        max: rules.max_burn.0,
        half_life: u64::from(rules.burn_half_life),
        increase_permille: rules.burn_increase,
    }
}

/// Whether a rule is part of the registration price.
pub fn moves_price(rule: &Hyperparameter) -> bool {
    use Hyperparameter::{BurnHalfLife, BurnIncrease, MaxBurn, MinBurn};
    matches!(rule, MinBurn(_) | MaxBurn(_) | BurnHalfLife(_) | BurnIncrease(_))
}

/// Changes one rule and returns its old value. `neurons` is how many UIDs are taken.
///
/// # Errors
/// [`Error::ValueOutOfBounds`]; nothing changes then.
pub fn set(rules: &mut Hyperparameters, rule: &Hyperparameter, neurons: u16) -> Result<Hyperparameter, Error> {
    use core::mem::replace;
    use Hyperparameter as Rule;
    if !is_within_bounds(rules, rule, neurons) {
        return Err(Error::ValueOutOfBounds);
    }
    Ok(match *rule {
        Rule::Tempo(new) => Rule::Tempo(replace(&mut rules.tempo, new)),
        Rule::Kappa(new) => Rule::Kappa(replace(&mut rules.kappa, new)),
        Rule::MinAllowedWeights(new) => Rule::MinAllowedWeights(replace(&mut rules.min_allowed_weights, new)),
        Rule::MaxWeightLimit(new) => Rule::MaxWeightLimit(replace(&mut rules.max_weight_limit, new)),
        Rule::MaxUids(new) => Rule::MaxUids(replace(&mut rules.max_uids, new)),
        Rule::MaxValidators(new) => Rule::MaxValidators(replace(&mut rules.max_validators, new)),
        Rule::ImmunityPeriod(new) => Rule::ImmunityPeriod(replace(&mut rules.immunity_period, new)),
        Rule::ActivityFactor(new) => Rule::ActivityFactor(replace(&mut rules.activity_factor, new)),
        Rule::WeightsRateLimit(new) => Rule::WeightsRateLimit(replace(&mut rules.weights_rate_limit, new)),
        Rule::WeightsVersionKey(new) => Rule::WeightsVersionKey(replace(&mut rules.weights_version_key, new)),
        Rule::CommitReveal(new) => Rule::CommitReveal(replace(&mut rules.commit_reveal, new)),
        Rule::RevealPeriod(new) => Rule::RevealPeriod(replace(&mut rules.reveal_period, new)),
        Rule::BondsMovingAverage(new) => Rule::BondsMovingAverage(replace(&mut rules.bonds_moving_average, new)),
        Rule::BondsPenalty(new) => Rule::BondsPenalty(replace(&mut rules.bonds_penalty, new)),
        Rule::Yuma3(new) => Rule::Yuma3(replace(&mut rules.yuma3, new)),
        Rule::LiquidAlpha(new) => Rule::LiquidAlpha(replace(&mut rules.liquid_alpha, new)),
        Rule::AlphaLow(new) => Rule::AlphaLow(replace(&mut rules.alpha_low, new)),
        Rule::AlphaHigh(new) => Rule::AlphaHigh(replace(&mut rules.alpha_high, new)),
        Rule::Steepness(new) => Rule::Steepness(replace(&mut rules.steepness, new)),
        Rule::MinBurn(new) => Rule::MinBurn(replace(&mut rules.min_burn, new)),
        Rule::MaxBurn(new) => Rule::MaxBurn(replace(&mut rules.max_burn, new)),
        Rule::BurnHalfLife(new) => Rule::BurnHalfLife(replace(&mut rules.burn_half_life, new)),
        Rule::BurnIncrease(new) => Rule::BurnIncrease(replace(&mut rules.burn_increase, new)),
        Rule::RegistrationAllowed(new) => Rule::RegistrationAllowed(replace(&mut rules.registration_allowed, new)),
        Rule::BondsReset(new) => Rule::BondsReset(replace(&mut rules.bonds_reset, new)),
        Rule::StakeCap(new) => Rule::StakeCap(replace(&mut rules.stake_cap, new)),
        Rule::StakeThreshold(new) => Rule::StakeThreshold(replace(&mut rules.stake_threshold, new)),
    })
}

/// Every rule with its value now and its bounds. `neurons` is how many UIDs are taken.
pub fn all(rules: &Hyperparameters, neurons: u16) -> Vec<RuleBounds> {
    use Hyperparameter as Rule;
    let values = vec![
        Rule::Tempo(rules.tempo),
        Rule::Kappa(rules.kappa),
        Rule::MinAllowedWeights(rules.min_allowed_weights),
        Rule::MaxWeightLimit(rules.max_weight_limit),
        Rule::MaxUids(rules.max_uids),
        Rule::MaxValidators(rules.max_validators),
        Rule::ImmunityPeriod(rules.immunity_period),
        Rule::ActivityFactor(rules.activity_factor),
        Rule::WeightsRateLimit(rules.weights_rate_limit),
        Rule::WeightsVersionKey(rules.weights_version_key),
        Rule::CommitReveal(rules.commit_reveal),
        Rule::RevealPeriod(rules.reveal_period),
        Rule::BondsMovingAverage(rules.bonds_moving_average),
        Rule::BondsPenalty(rules.bonds_penalty),
        Rule::Yuma3(rules.yuma3),
        Rule::LiquidAlpha(rules.liquid_alpha),
        Rule::AlphaLow(rules.alpha_low),
        Rule::AlphaHigh(rules.alpha_high),
        Rule::Steepness(rules.steepness),
        Rule::MinBurn(rules.min_burn),
        Rule::MaxBurn(rules.max_burn),
        Rule::BurnHalfLife(rules.burn_half_life),
        Rule::BurnIncrease(rules.burn_increase),
        Rule::RegistrationAllowed(rules.registration_allowed),
        Rule::BondsReset(rules.bonds_reset),
        Rule::StakeCap(rules.stake_cap),
        Rule::StakeThreshold(rules.stake_threshold),
    ];
    let bounded = |value: Hyperparameter| {
        let (lowest, highest) = bounds(rules, &value, neurons);
        RuleBounds {
            governance_only: is_governed(&value),
            value,
            lowest,
            highest,
        }
    };
    values.into_iter().map(bounded).collect()
}

/// Whether only governance may set a rule: those that say whose stake and weights count, and how much work an epoch is.
pub fn is_governed(rule: &Hyperparameter) -> bool {
    use Hyperparameter::{BondsPenalty, Kappa, MaxUids, MaxValidators, StakeCap};
    matches!(
        rule,
        Kappa(_) | MaxUids(_) | MaxValidators(_) | BondsPenalty(_) | StakeCap(_)
    )
}

fn is_within_bounds(rules: &Hyperparameters, rule: &Hyperparameter, neurons: u16) -> bool {
    let (lowest, highest) = bounds(rules, rule, neurons);
    (lowest..=highest).contains(&number(rule))
}

/// The lowest and the highest value that a rule can be set to, whatever its value in `rule`.
fn bounds(rules: &Hyperparameters, rule: &Hyperparameter, neurons: u16) -> (i128, i128) {
    use Hyperparameter as Rule;
    match rule {
        Rule::Tempo(_) => (1, MAX_TEMPO.into()),
        Rule::Kappa(_) | Rule::BondsPenalty(_) | Rule::StakeCap(_) => (0, u16::MAX.into()),
        Rule::MinAllowedWeights(_) => (1, MAX_UIDS.into()),
        Rule::MaxWeightLimit(_) => (1, u16::MAX.into()),
        Rule::MaxUids(_) => (neurons.max(1).into(), MAX_UIDS.into()),
        Rule::MaxValidators(_) => (1, MAX_VALIDATORS.into()),
        Rule::ImmunityPeriod(_) | Rule::WeightsRateLimit(_) => (0, MAX_BLOCKS.into()),
        Rule::BurnHalfLife(_) => (1, MAX_BLOCKS.into()),
        Rule::ActivityFactor(_) => (1_000, 1_000_000),
        Rule::WeightsVersionKey(_) => (0, u64::MAX.into()),
        Rule::RevealPeriod(_) => (1, MAX_REVEAL_PERIOD.into()),
        Rule::BondsMovingAverage(_) => (0, 1_000_000),
        Rule::AlphaLow(_) => (0, rules.alpha_high.into()),
        Rule::AlphaHigh(_) => (rules.alpha_low.into(), u16::MAX.into()),
        Rule::Steepness(_) => (-10_000, 10_000),
        Rule::MinBurn(_) => (BurnTerms::DEFAULT.min.into(), rules.max_burn.0.into()),
        Rule::MaxBurn(_) => (rules.min_burn.0.into(), BurnTerms::DEFAULT.max.into()),
        Rule::BurnIncrease(_) => (1_000, 10_000),
        Rule::StakeThreshold(_) => (0, CAP.0.into()),
        Rule::CommitReveal(_)
        | Rule::Yuma3(_)
        | Rule::LiquidAlpha(_)
        | Rule::RegistrationAllowed(_)
        | Rule::BondsReset(_) => (0, 1),
    }
}

/// A rule's value as a number.
fn number(rule: &Hyperparameter) -> i128 {
    use Hyperparameter as Rule;
    match *rule {
        Rule::Tempo(value)
        | Rule::Kappa(value)
        | Rule::MinAllowedWeights(value)
        | Rule::MaxWeightLimit(value)
        | Rule::MaxUids(value)
        | Rule::MaxValidators(value)
        | Rule::RevealPeriod(value)
        | Rule::BondsPenalty(value)
        | Rule::AlphaLow(value)
        | Rule::AlphaHigh(value)
        | Rule::StakeCap(value) => value.into(),
        Rule::ImmunityPeriod(value)
        | Rule::ActivityFactor(value)
        | Rule::WeightsRateLimit(value)
        | Rule::BurnHalfLife(value)
        | Rule::BurnIncrease(value) => value.into(),
        Rule::WeightsVersionKey(value) | Rule::BondsMovingAverage(value) => value.into(),
        Rule::Steepness(value) => value.into(),
        Rule::MinBurn(value) | Rule::MaxBurn(value) | Rule::StakeThreshold(value) => value.0.into(),
        Rule::CommitReveal(value)
        | Rule::Yuma3(value)
        | Rule::LiquidAlpha(value)
        | Rule::RegistrationAllowed(value)
        | Rule::BondsReset(value) => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_changes_alone_and_its_old_value_is_returned() {
        let mut rules = defaults();
        assert_eq!(
            set(&mut rules, &Hyperparameter::Tempo(10), 0),
            Ok(Hyperparameter::Tempo(360))
        );
        assert_eq!(
            rules,
            Hyperparameters {
                tempo: 10,
                ..defaults()
            }
        );
    }

    #[test]
    fn values_outside_their_bounds_change_nothing() {
        let outside = [
            Hyperparameter::Tempo(0),
            Hyperparameter::MaxUids(4),
            Hyperparameter::MaxUids(MAX_UIDS + 1),
            Hyperparameter::MaxValidators(MAX_VALIDATORS + 1),
            Hyperparameter::RevealPeriod(0),
            Hyperparameter::AlphaLow(u16::MAX),
            Hyperparameter::AlphaHigh(0),
            Hyperparameter::BondsMovingAverage(1_000_001),
            Hyperparameter::MinBurn(Rao(1)),
            Hyperparameter::MaxBurn(Rao::from_tao(101)),
            Hyperparameter::StakeThreshold(Rao(CAP.0 + 1)),
        ];
        let mut rules = defaults();
        for rule in outside {
            assert_eq!(set(&mut rules, &rule, 5), Err(Error::ValueOutOfBounds), "{rule:?}");
        }
        assert_eq!(rules, defaults());
    }

    #[test]
    fn every_rule_starts_within_its_bounds_and_can_be_set_to_what_it_is() {
        let mut rules = defaults();
        let all = all(&rules, 5);
        assert_eq!(all.len(), 27);
        for RuleBounds {
            value, lowest, highest, ..
        } in all
        {
            assert!((lowest..=highest).contains(&number(&value)), "{value:?}");
            assert_eq!(set(&mut rules, &value, 5), Ok(value));
        }
        assert_eq!(rules, defaults());
    }

    #[test]
    fn only_the_burn_rules_move_the_price() {
        assert!(moves_price(&Hyperparameter::BurnIncrease(1_000)));
        assert!(!moves_price(&Hyperparameter::Tempo(1)));
    }
}
