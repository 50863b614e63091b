//! Wallets: who they are, the accounts they offer, and how they sign.
//!
//! Invariant: no secret key of a user ever enters this page. The one exception is the published development keys, which are offered
//! on a development chain only.

mod injected;
mod signer;

pub use injected::{Injected, Subscription, installed};
pub use signer::AccountSigner;

use inktensor_client::{KeySigner, accounts};
use inktensor_primitives::AccountId;

/// The name under which the page introduces itself to wallets.
pub const ORIGIN: &str = "Inktensor";

/// A wallet that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletChoice {
    /// A browser extension (or an app's browser) by the name it injected itself under, for example `polkadot-js`.
    Injected(String),
    /// The development accounts, signed for in the page.
    Development,
}

impl WalletChoice {
    /// The name that people know it by.
    pub fn title(&self) -> String {
        match self {
            Self::Development => "Development accounts".to_owned(),
            Self::Injected(name) => match name.as_str() {
                "polkadot-js" => "Polkadot.js",
                "talisman" => "Talisman",
                "subwallet-js" => "SubWallet",
                "nova-wallet" | "nova wallet" => "Nova Wallet",
                "enkrypt" => "Enkrypt",
                "bittensor-wallet" => "Bittensor Wallet",
                other => other,
            }
            .to_owned(),
        }
    }

    /// What is remembered of the choice for the next visit.
    pub fn key(&self) -> &str {
        match self {
            Self::Injected(name) => name,
            Self::Development => "",
        }
    }
}

/// An account of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its address as the wallet wrote it.
    pub address: String,
    /// The name its owner gave it; may be empty.
    pub name: String,
}

impl Account {
    /// The name, or the short address of an account without one.
    pub fn label(&self) -> String {
        match self.name.trim() {
            "" => crate::format::short(&self.address),
            name => name.to_owned(),
        }
    }
}

/// Why a wallet could not be used. Each says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// It is not in this browser.
    #[error("{0} is not in this browser any more: install or enable its extension, then reload the page.")]
    Missing(String),
    /// Its user said no.
    #[error("{wallet} did not give access: {reason}. Allow this page in the wallet, then connect again.")]
    Refused {
        /// The wallet.
        wallet: String,
        /// What it said.
        reason: String,
    },
    /// It speaks another protocol.
    #[error("{0} does not speak the injected-wallet protocol of polkadot.js: choose another wallet.")]
    Protocol(String),
    /// It has no account that this chain can use.
    #[error("{0} has no account for this page: create one there, or allow this page to see one, then connect again.")]
    NoAccounts(String),
}

/// The development accounts with their addresses on this chain.
pub fn development_accounts(prefix: u16) -> Vec<Account> {
    accounts::DEVELOPMENT
        .iter()
        .filter_map(|name| {
            let id = KeySigner::development(name).ok()?.account();
            Some(Account {
                address: accounts::to_ss58(&id, prefix),
                name: capitalised(name),
                id,
            })
        })
        .collect()
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
