//! Parts of something on the command line: an amount or all of it, and percentages.

use super::access::tao;
use anyhow::{Context, Result, bail};
use inktensor_primitives::Rao;

/// Decimals that a percentage may have.
const DECIMALS: usize = 6;
/// 100 % in the smallest part that can be written.
const WHOLE: u64 = 100_000_000;

/// How much of a stake.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct PartArgs {
    /// How much TAO.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    amount: Option<Rao>,
    /// All of it, to the last rao.
    #[arg(long)]
    all: bool,
}

impl PartArgs {
    /// The amount; none stands for all.
    pub const fn amount(&self) -> Option<Rao> {
        if self.all { None } else { self.amount }
    }
}

/// Reads a percentage of `whole`, rounded down: `12.5`, `12.5%`.
///
/// # Errors
/// When it is none from 0 to 100.
pub fn percentage(text: &str, whole: u64) -> Result<u64> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if integer.is_empty() || !digits(integer) || !digits(fraction) || fraction.len() > DECIMALS {
        bail!(
            "`{text}` is no percentage: expected a number from 0 to 100 with at most {DECIMALS} decimals, such as 12.5"
        );
    }
    let parts: u64 = format!("{integer}{fraction:0<DECIMALS$}")
        .parse()
        .with_context(|| format!("`{text}` is no percentage"))?;
    if parts > WHOLE {
        bail!("`{text}` is more than the whole: expected a percentage from 0 to 100");
    }
    let share = u128::from(whole) * u128::from(parts) / u128::from(WHOLE);
    Ok(u64::try_from(share)?)
}

/// Reads a take in percent as 65535ths.
///
/// # Errors
/// When it is no percentage.
pub fn take(text: &str) -> Result<u16> {
    Ok(u16::try_from(percentage(text, u64::from(u16::MAX))?)?)
}

/// A proportion of `whole` in percent, for people.
pub fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::staking::MAX_TAKE;

    #[test]
    fn percentages_are_read_exactly() {
        assert_eq!(take("18").unwrap(), MAX_TAKE);
        assert_eq!(take("0%").unwrap(), 0);
        assert_eq!(percentage("100", u64::MAX).unwrap(), u64::MAX);
        assert_eq!(percentage("12.5%", 1_000).unwrap(), 125);
        assert_eq!(percentage("0.000001", 100_000_000).unwrap(), 1);
    }

    #[test]
    fn what_is_no_percentage_is_refused_with_a_reason() {
        for text in ["", "%", ".5", "-1", "100.1", "101", "1,5", "1.2.3", "0.0000001", "half"] {
            let error = take(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` ")), "{error}");
        }
    }
}
