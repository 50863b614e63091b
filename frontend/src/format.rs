//! Numbers and names as people read them, and amounts as people type them. Amounts are whole rao throughout: no floats.

use inktensor_primitives::{Hash, Rao, money::RAO_PER_TAO};

/// TAO's decimals.
const DECIMALS: usize = 9;
/// The proportions of the contracts are in 65535ths.
const WHOLE: u64 = 65_535;

/// Why a typed amount is not an amount of TAO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing was typed.
    #[error("Enter an amount of TAO.")]
    Empty,
    /// Something other than digits and one point.
    #[error("An amount is digits with at most one point, for example 1.5.")]
    NotANumber,
    /// More decimals than TAO has.
    #[error("TAO has 9 decimals: shorten the part after the point.")]
    TooPrecise,
    /// More than any amount of TAO.
    #[error("This is more TAO than can ever exist.")]
    TooLarge,
    /// Zero.
    #[error("Enter an amount above zero.")]
    Zero,
}

/// Reads an amount of TAO exactly, for example `1`, `0.25` or `.5`.
pub fn parse_tao(text: &str) -> Result<Rao, AmountError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(AmountError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > DECIMALS {
        return Err(AmountError::TooPrecise);
    }
    let number = |part: &str| match part {
        "" => Ok(0),
        part => part.parse::<u64>().map_err(|_| AmountError::TooLarge),
    };
    let rao = number(whole)?
        .checked_mul(RAO_PER_TAO)
        .and_then(|rao| rao.checked_add(number(&format!("{fraction:0<DECIMALS$}")).ok()?))
        .ok_or(AmountError::TooLarge)?;
    if Rao(rao) > inktensor_primitives::CAP {
        return Err(AmountError::TooLarge);
    }
    if rao == 0 { Err(AmountError::Zero) } else { Ok(Rao(rao)) }
}

/// Every rao of an amount, without grouping, as [`parse_tao`] reads it: `1234.5`.
pub fn plain_tao(amount: Rao) -> String {
    amount
        .to_string()
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

/// Every rao of an amount, grouped: `1,234.5`.
pub fn tao(amount: Rao) -> String {
    units(amount.0.into(), DECIMALS, DECIMALS)
}

/// An amount cut to four decimals, for tables: `1,234.5678`; below that, `<0.0001`.
pub fn tao_short(amount: Rao) -> String {
    units(amount.0.into(), DECIMALS, 4)
}

/// The chain's own token, in which fees are paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

impl Token {
    /// An amount in the smallest units, cut to six decimals, with the symbol.
    pub fn show(&self, amount: u128) -> String {
        format!("{} {}", units(amount, self.decimals.into(), 6), self.symbol)
    }
}

/// `amount` of the smallest units in whole units, cut to `shown` decimals; what is too small to show is not shown as zero.
fn units(amount: u128, decimals: usize, shown: usize) -> String {
    let digits = format!("{amount:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let shown = shown.min(fraction.len());
    let fraction = fraction[..shown].trim_end_matches('0');
    let whole = group(whole);
    match (whole.as_str(), fraction, amount) {
        (_, "", 0) => whole,
        ("0", "", _) => format!("<0.{:0>shown$}", 1),
        (_, "", _) => whole,
        _ => format!("{whole}.{fraction}"),
    }
}

/// A whole number with a comma between thousands.
pub fn number(value: impl Into<u64>) -> String {
    group(&value.into().to_string())
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len().saturating_mul(2));
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A proportion in 65535ths as a percentage with two decimals: `12.34 %`.
pub fn percent(proportion: u16) -> String {
    percent_of(proportion.into(), WHOLE)
}

/// `part` of `whole` as a percentage with two decimals, rounded to the nearest; nothing of nothing is zero.
pub fn percent_of(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part)
        .saturating_mul(10_000)
        .saturating_add(u128::from(whole / 2))
        .checked_div(u128::from(whole))
        .unwrap_or_default();
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// How far along `part` is on the way to `whole`, in permille: for bars.
pub fn permille(part: u64, whole: u64) -> u16 {
    let permille = u128::from(part)
        .saturating_mul(1000)
        .checked_div(u128::from(whole))
        .unwrap_or_default();
    u16::try_from(permille.min(1000)).unwrap_or(1000)
}

/// A message as a sentence of its own: a capital at its start, a full stop at its end.
pub fn sentence(message: &str) -> String {
    let message = message.trim();
    let mut letters = message.chars();
    let start: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{start}{}{end}", letters.as_str())
}

/// The two ends of an address or hash: `5Grwva…utQY`.
pub fn short(text: &str) -> String {
    let count = text.chars().count();
    if count <= 14 {
        return text.to_owned();
    }
    let head: String = text.chars().take(6).collect();
    let tail: String = text.chars().skip(count.saturating_sub(4)).collect();
    format!("{head}…{tail}")
}

/// A hash as hexadecimal digits after `0x`.
pub fn hash(hash: &Hash) -> String {
    let bytes: &[u8] = hash.as_ref();
    bytes
        .iter()
        .fold(String::from("0x"), |text, byte| format!("{text}{byte:02x}"))
}

/// A file's size: `12.3 KB`.
pub fn bytes(size: u64) -> String {
    let scaled = |unit: u64, name: &str| {
        let tenths = u128::from(size).saturating_mul(10) / u128::from(unit);
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    };
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => scaled(1_000, "KB"),
        1_000_000..1_000_000_000 => scaled(1_000_000, "MB"),
        _ => scaled(1_000_000_000, "GB"),
    }
}

/// So many of something: `1 neuron`, `2 neurons`.
pub fn count(number_of: impl Into<u64>, what: &str) -> String {
    match number_of.into() {
        1 => format!("1 {what}"),
        many => format!("{} {what}s", number(many)),
    }
}

/// When a coming block is, seen from now: `in 12 blocks`, `due now`.
pub fn until(block: u32, now: u32) -> String {
    match block.saturating_sub(now) {
        0 => "due now".to_owned(),
        blocks => format!("in {}", count(blocks, "block")),
    }
}

/// When a past block was, seen from now: `12 blocks ago`, `this block`.
pub fn since(block: u32, now: u32) -> String {
    match now.saturating_sub(block) {
        0 => "this block".to_owned(),
        blocks => format!("{} ago", count(blocks, "block")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_to_the_rao() {
        assert_eq!(parse_tao("1"), Ok(Rao(1_000_000_000)));
        assert_eq!(parse_tao(" 0.1 "), Ok(Rao(100_000_000)));
        assert_eq!(parse_tao(".5"), Ok(Rao(500_000_000)));
        assert_eq!(parse_tao("2."), Ok(Rao(2_000_000_000)));
        assert_eq!(parse_tao("0.000000001"), Ok(Rao(1)));
        assert_eq!(parse_tao("1.5000000000000"), Ok(Rao(1_500_000_000)));
        assert_eq!(parse_tao("9007199.254740993"), Ok(Rao(9_007_199_254_740_993)));
        assert_eq!(parse_tao("21000000"), Ok(inktensor_primitives::CAP));
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_reason() {
        assert_eq!(parse_tao("  "), Err(AmountError::Empty));
        for text in ["1,5", "-1", "+1", "1e3", ".", "1.2.3", "0x10", "١", "1 000"] {
            assert_eq!(parse_tao(text), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(parse_tao("0.0000000001"), Err(AmountError::TooPrecise));
        for text in [
            "21000000.000000001",
            "18446744073.709551616",
            "99999999999999999999999999",
        ] {
            assert_eq!(parse_tao(text), Err(AmountError::TooLarge), "{text}");
        }
        assert_eq!(parse_tao("0.000"), Err(AmountError::Zero));
    }

    #[test]
    fn a_plain_amount_reads_back_as_itself() {
        for rao in [
            1,
            10,
            999_999_999,
            1_000_000_000,
            1_234_500_000_000,
            20_999_999_999_999_999,
        ] {
            assert_eq!(parse_tao(&plain_tao(Rao(rao))), Ok(Rao(rao)), "{rao}");
        }
    }

    #[test]
    fn amounts_are_grouped_and_keep_what_matters() {
        assert_eq!(tao(Rao(0)), "0");
        assert_eq!(tao(Rao(1_234_567_500_000_000)), "1,234,567.5");
        assert_eq!(tao(Rao(1)), "0.000000001");
        assert_eq!(tao_short(Rao(1)), "<0.0001");
        assert_eq!(tao_short(Rao(1_000_000_001)), "1");
        assert_eq!(tao_short(Rao(123_456_789)), "0.1234");
        let token = |decimals| Token {
            symbol: "UNIT".to_owned(),
            decimals,
        };
        assert_eq!(token(12).show(1_500_000_000_000), "1.5 UNIT");
        assert_eq!(token(0).show(7), "7 UNIT");
        assert_eq!(token(12).show(1), "<0.000001 UNIT");
    }

    #[test]
    fn proportions_sizes_and_distances_read_well() {
        assert_eq!(percent(65_535), "100.00 %");
        assert_eq!(percent(0), "0.00 %");
        assert_eq!(percent(32_767), "50.00 %");
        assert_eq!(percent_of(1, 3), "33.33 %");
        assert_eq!(percent_of(1, 0), "0.00 %");
        assert_eq!(permille(5, 3), 1000);
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345), "12.3 KB");
        assert_eq!(until(9, 9), "due now");
        assert_eq!(until(1_009, 9), "in 1,000 blocks");
        assert_eq!(since(8, 9), "1 block ago");
        assert_eq!(short("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), "5Grwva…utQY");
        assert_eq!(short("short"), "short");
        assert_eq!(sentence("the node is gone; start it "), "The node is gone; start it.");
        assert_eq!(sentence("Really?"), "Really?");
    }
}
