//! A subnet's rules by name, for the command line.

use super::access::tao;
use anyhow::{Context, Result, bail};
use inktensor_primitives::{Rao, registry::Hyperparameter};

/// Declares the names of rules and how the value of each is read.
macro_rules! rules {
    ($($name:literal => $variant:ident($read:expr),)*) => {
        /// Every rule's name.
        const NAMES: &[&str] = &[$($name),*];

        fn build(name: &str, value: &str) -> Result<Hyperparameter> {
            match name {
                $($name => Ok(Hyperparameter::$variant($read(value)?)),)*
                _ => bail!("there is no rule `{name}`; there are: {}", NAMES.join(", ")),
            }
        }

        /// A rule's name and its value as it is written.
        pub fn written(rule: &Hyperparameter) -> (&'static str, String) {
            match rule {
                $(Hyperparameter::$variant(value) => ($name, value.to_string()),)*
            }
        }
    };
}

rules! {
    "tempo" => Tempo(number),
    "kappa" => Kappa(number),
    "min_allowed_weights" => MinAllowedWeights(number),
    "max_weight_limit" => MaxWeightLimit(number),
    "max_uids" => MaxUids(number),
    "max_validators" => MaxValidators(number),
    "immunity_period" => ImmunityPeriod(number),
    "activity_factor" => ActivityFactor(number),
    "weights_rate_limit" => WeightsRateLimit(number),
    "weights_version_key" => WeightsVersionKey(number),
    "commit_reveal" => CommitReveal(number),
    "reveal_period" => RevealPeriod(number),
    "bonds_moving_average" => BondsMovingAverage(number),
    "bonds_penalty" => BondsPenalty(number),
    "yuma3" => Yuma3(number),
    "liquid_alpha" => LiquidAlpha(number),
    "alpha_low" => AlphaLow(number),
    "alpha_high" => AlphaHigh(number),
    "steepness" => Steepness(number),
    "min_burn" => MinBurn(tao),
    "max_burn" => MaxBurn(tao),
    "burn_half_life" => BurnHalfLife(number),
    "burn_increase" => BurnIncrease(number),
    "registration_allowed" => RegistrationAllowed(number),
    "bonds_reset" => BondsReset(number),
    "stake_cap" => StakeCap(number),
    "stake_threshold" => StakeThreshold(tao),
}

/// Reads NAME=VALUE; amounts are in TAO, switches are `true` or `false`.
///
/// # Errors
/// When there is no such rule, or the value is none of its kind.
pub fn parse(text: &str) -> Result<Hyperparameter> {
    let (name, value) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not of the form RULE=VALUE"))?;
    build(name, value).with_context(|| format!("in `{text}`"))
}

/// A bound of a rule as its value is written.
pub fn written_bound(rule: &Hyperparameter, bound: i128) -> String {
    use Hyperparameter::{
        BondsReset, CommitReveal, LiquidAlpha, MaxBurn, MinBurn, RegistrationAllowed, StakeThreshold, Yuma3,
    };
    match rule {
        MinBurn(_) | MaxBurn(_) | StakeThreshold(_) => Rao(u64::try_from(bound).unwrap_or(u64::MAX)).to_string(),
        CommitReveal(_) | Yuma3(_) | LiquidAlpha(_) | RegistrationAllowed(_) | BondsReset(_) => {
            (bound != 0).to_string()
        }
        _ => bound.to_string(),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse()
        .with_context(|| format!("`{text}` is no value of this rule"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_by_name() {
        assert_eq!(parse("tempo=20").unwrap(), Hyperparameter::Tempo(20));
        assert_eq!(
            parse("commit_reveal=false").unwrap(),
            Hyperparameter::CommitReveal(false)
        );
        assert_eq!(
            parse("min_burn=0.5").unwrap(),
            Hyperparameter::MinBurn(Rao(500_000_000))
        );
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in [
            "tempo=20",
            "commit_reveal=false",
            "min_burn=0.500000000",
            "steepness=-7",
        ] {
            let rule = parse(text).unwrap();
            let (name, value) = written(&rule);
            assert_eq!(format!("{name}={value}"), text);
        }
        assert_eq!(
            written_bound(&Hyperparameter::MaxBurn(Rao::ZERO), 100_000_000_000),
            "100.000000000"
        );
        assert_eq!(written_bound(&Hyperparameter::Yuma3(true), 1), "true");
        assert_eq!(written_bound(&Hyperparameter::Steepness(0), -10_000), "-10000");
    }

    #[test]
    fn what_is_no_rule_is_refused_by_name() {
        for text in [
            "tempo",
            "tempo=",
            "tempo=-1",
            "tempo=70000",
            "Tempo=20",
            "speed=1",
            "yuma3=yes",
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(text), "{error}");
        }
    }
}
