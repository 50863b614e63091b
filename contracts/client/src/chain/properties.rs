//! What a chain says about itself.

use crate::error::Error;
use crate::rpc::Rpc;
use serde_json::Value;

/// A chain's name, kind and native token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// The chain's name.
    pub chain_name: String,
    /// Whether it is a development chain, on which keys that everybody knows hold money.
    pub development: bool,
    /// The native token's symbol.
    pub token_symbol: String,
    /// The native token's decimals.
    pub token_decimals: u8,
    /// The network's prefix in SS58 addresses.
    pub ss58_prefix: u16,
}

impl Properties {
    pub(crate) async fn fetch(rpc: &Rpc) -> Result<Self, Error> {
        let chain_name = rpc.ask("system_chain").await?;
        let chain_type = rpc.ask("system_chainType").await?;
        let properties = rpc.ask("system_properties").await?;
        Ok(Self::read(&chain_name, &chain_type, &properties))
    }

    /// Reads what the node answered. What a chain does not say, wallets assume: 12 decimals, the unit "UNIT", prefix 42.
    fn read(chain_name: &Value, chain_type: &Value, properties: &Value) -> Self {
        let number = |name| first(&properties[name]).as_u64();
        Self {
            chain_name: chain_name.as_str().unwrap_or("unnamed chain").to_owned(),
            development: chain_type.as_str() == Some("Development"),
            token_symbol: first(&properties["tokenSymbol"]).as_str().unwrap_or("UNIT").to_owned(),
            token_decimals: number("tokenDecimals").and_then(|n| n.try_into().ok()).unwrap_or(12),
            ss58_prefix: number("ss58Format").and_then(|n| n.try_into().ok()).unwrap_or(42),
        }
    }

    /// Writes an amount of the native token with its decimals and symbol, for example `1.25 UNIT`.
    pub fn format_native(&self, amount: u128) -> String {
        let digits = format!("{amount:0width$}", width = usize::from(self.token_decimals) + 1);
        let (whole, fraction) = digits.split_at(digits.len() - usize::from(self.token_decimals));
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{whole}{point}{fraction} {}", self.token_symbol)
    }
}

/// Chains with several tokens list them; the first is the native one.
fn first(value: &Value) -> &Value {
    value.as_array().and_then(|list| list.first()).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_read_single_or_listed() {
        let single = json!({ "tokenSymbol": "DOT", "tokenDecimals": 10, "ss58Format": 0 });
        let listed = json!({ "tokenSymbol": ["DOT", "X"], "tokenDecimals": [10, 3], "ss58Format": 0 });
        for properties in [single, listed] {
            let read = Properties::read(&json!("Test"), &json!("Live"), &properties);
            assert_eq!(
                (read.token_symbol.as_str(), read.token_decimals, read.ss58_prefix),
                ("DOT", 10, 0)
            );
            assert!(!read.development);
        }
    }

    #[test]
    fn a_silent_chain_gets_what_wallets_assume() {
        let read = Properties::read(
            &json!(null),
            &json!({ "Custom": "x" }),
            &json!({ "tokenDecimals": 4096 }),
        );
        assert_eq!(
            (read.token_symbol.as_str(), read.token_decimals, read.ss58_prefix),
            ("UNIT", 12, 42)
        );
        assert!(!read.development);
        assert!(Properties::read(&json!("d"), &json!("Development"), &json!(null)).development);
    }

    #[test]
    fn native_amounts_have_their_decimals_and_no_more() {
        let mut properties = Properties::read(&json!("d"), &json!("Local"), &json!({}));
        for (amount, text) in [
            (0, "0 UNIT"),
            (1, "0.000000000001 UNIT"),
            (1_250_000_000_000, "1.25 UNIT"),
            (7_000_000_000_000, "7 UNIT"),
        ] {
            assert_eq!(properties.format_native(amount), text);
        }
        properties.token_decimals = 0;
        assert_eq!(properties.format_native(12), "12 UNIT");
    }
}
