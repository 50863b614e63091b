//! What every command that speaks to the chain takes: where the contracts are, and how accounts and amounts are written.

use anyhow::{Context, Result, bail};
use inktensor_client::{Deployment, KeySigner, Network, accounts};
use inktensor_primitives::{AccountId, Rao};
use std::path::PathBuf;

/// Decimals of TAO.
const DECIMALS: usize = 9;

/// The network to act on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct ChainArgs {
    /// The deployment file that `cargo xtask deploy` wrote.
    #[arg(
        long,
        value_name = "FILE",
        env = "INKTENSOR_DEPLOYMENT",
        default_value = "deployment.json"
    )]
    deployment: PathBuf,
    /// A node of the chain; without it, the one that the deployment file names.
    #[arg(long, value_name = "WS", env = "INKTENSOR_URL")]
    url: Option<String>,
}

impl ChainArgs {
    /// Connects, and checks that the chain is the deployment's and has its contracts.
    pub async fn connect(&self) -> Result<Network> {
        let deployment = Deployment::load(&self.deployment)?;
        Ok(Network::connect(self.url.as_deref(), deployment).await?)
    }
}

/// Runs a command's work to its end.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Runtime::new().context("no threads could be started")?;
    runtime.block_on(work)
}

/// Reads an account: an SS58 address, 0x and 64 hex digits, or the derivation of a development account, such as `//Alice`.
pub fn account(text: &str) -> Result<AccountId> {
    if text.starts_with("//") {
        return Ok(KeySigner::from_suri(text)?.account());
    }
    Ok(accounts::parse(text)?)
}

/// Reads an amount of TAO, such as `1.5`.
pub fn tao(text: &str) -> Result<Rao> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        bail!("`{text}` is no amount of TAO: expected a number such as 1.5");
    }
    if fraction.len() > DECIMALS {
        bail!("`{text}` has more than {DECIMALS} decimals: the smallest amount is 0.000000001 TAO");
    }
    let rao = format!("{whole}{fraction:0<DECIMALS$}");
    rao.parse()
        .map(Rao)
        .with_context(|| format!("`{text}` is more TAO than there can be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, rao) in [
            ("1", 1_000_000_000),
            ("0.000000001", 1),
            ("1.5", 1_500_000_000),
            ("21000000", 21_000_000_000_000_000),
        ] {
            assert_eq!(tao(text).unwrap(), Rao(rao), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_reason() {
        for text in [
            "",
            ".",
            ".5",
            "-1",
            "1e9",
            "1,5",
            "1.2.3",
            "TAO",
            "1.0000000001",
            "99999999999999999999",
        ] {
            let error = tao(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` ")), "{error}");
        }
    }

    #[test]
    fn an_account_is_an_address_or_a_development_derivation() {
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert_eq!(account("//Alice").unwrap(), account(alice).unwrap());
        assert!(account("Alice").is_err());
    }
}
