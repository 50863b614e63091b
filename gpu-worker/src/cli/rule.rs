//! A subnet's rules by name, for the command line.

use super::access::tao;
use anyhow::{Context, Result, bail};
use inktensor_primitives::registry::Hyperparameter;

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
    use inktensor_primitives::Rao;

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
