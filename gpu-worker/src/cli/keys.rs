//! Where a command's key comes from. Never from the command line itself: every user of the machine can read that.

use anyhow::{Context, bail};
use inktensor_client::{Chain, KeySigner};
use std::path::{Path, PathBuf};

/// Holds a secret URI: a phrase or a hex seed, with derivations, as in `phrase//hard/soft`.
const SURI: &str = "INKTENSOR_SURI";
/// Holds the password of a keystore.
const PASSWORD: &str = "INKTENSOR_PASSWORD";

/// The key that signs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Key (or the environment variable INKTENSOR_SURI)")]
pub struct SignerArgs {
    /// A file that holds a secret URI: a phrase or a 0x seed, with derivations.
    #[arg(long, value_name = "FILE", group = "key")]
    suri_file: Option<PathBuf>,
    /// A JSON keystore exported by polkadot.js; its password is asked for, or read from INKTENSOR_PASSWORD.
    #[arg(long, value_name = "FILE", group = "key")]
    keystore: Option<PathBuf>,
    /// A development account, such as alice; only on a development chain.
    #[arg(long, value_name = "NAME", group = "key")]
    dev_account: Option<String>,
}

impl SignerArgs {
    /// Opens the key for use on this chain.
    pub fn signer(&self, chain: &Chain) -> anyhow::Result<KeySigner> {
        if let Some(name) = &self.dev_account {
            if !chain.properties().development {
                bail!(
                    "{} is no development chain: everybody knows the key of `{name}`, so use one of your own",
                    chain.url()
                );
            }
            return Ok(KeySigner::development(name)?);
        }
        if let Some(path) = &self.keystore {
            return open_keystore(path);
        }
        if let Some(path) = &self.suri_file {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            return KeySigner::from_suri(text.trim())
                .with_context(|| format!("{} holds no secret URI", path.display()));
        }
        match std::env::var(SURI) {
            Ok(text) => KeySigner::from_suri(text.trim()).with_context(|| format!("{SURI} holds no secret URI")),
            Err(_) => bail!("no key to sign with: give --suri-file, --keystore or --dev-account, or set {SURI}"),
        }
    }
}

fn open_keystore(path: &Path) -> anyhow::Result<KeySigner> {
    let json = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let password = match std::env::var(PASSWORD) {
        Ok(password) => password,
        Err(_) => rpassword::prompt_password(format!("Password of {}: ", path.display())).with_context(|| {
            format!(
                "no terminal to ask for the password of {}; set {PASSWORD}",
                path.display()
            )
        })?,
    };
    KeySigner::from_wallet_file(&json, &password).with_context(|| format!("cannot open {}", path.display()))
}
