//! The connection to a node: the one place that knows how RPC calls are sent and what the node's refusals mean.

use crate::error::Error;
use inktensor_primitives::Hash;
use std::time::Duration;
use subxt::backend::LegacyBackend;
use subxt::config::{HashFor, RpcConfigFor};
use subxt::error::{BackendError, RpcError};
use subxt::rpcs::client::reconnecting_rpc_client::{ExponentialBackoff, RpcClient as ReconnectingClient};
use subxt::rpcs::client::{RpcClient, RpcParams};
use subxt::rpcs::methods::legacy::LegacyRpcMethods;
use subxt::{OnlineClient, OnlineClientAtBlock};

/// What is assumed of the chain: 32-byte accounts, 32-byte hashes and the usual transaction extensions. All else is metadata.
pub(crate) type Config = subxt::SubstrateConfig;

/// The chain's state at one block, with the metadata of its runtime.
pub(crate) type AtBlock = OnlineClientAtBlock<Config>;

/// The longest pause between two attempts to reconnect.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A connection that restores itself.
pub(crate) struct Rpc {
    pub url: String,
    pub online: OnlineClient<Config>,
    pub methods: LegacyRpcMethods<RpcConfigFor<Config>>,
    client: RpcClient,
}

impl Rpc {
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let unreachable = |reason: &dyn std::fmt::Display| Error::Unreachable {
            url: url.to_owned(),
            reason: reason.to_string(),
        };
        if !(url.starts_with("ws://") || url.starts_with("wss://")) {
            return Err(unreachable(&"the address must begin with ws:// or wss://"));
        }
        // The reconnecting client tries for ever, also the first time: what cannot be reached at all is found out without it. In a
        // browser a socket that does not open shows only when something is asked.
        let probe = RpcClient::from_insecure_url(url).await.map_err(|e| unreachable(&e))?;
        let answer = probe
            .request::<serde_json::Value>("system_chain", RpcParams::new())
            .await;
        answer.map_err(|e| unreachable(&e))?;
        let policy = ExponentialBackoff::from_millis(50).max_delay(LONGEST_PAUSE);
        let connection = ReconnectingClient::builder()
            .retry_policy(policy)
            .build(url)
            .await
            .map_err(|e| unreachable(&e))?;
        let client = RpcClient::new(connection);
        // The legacy methods are the ones that every node offers, and the only ones that watch a transaction by one subscription.
        let backend = LegacyBackend::builder().build(client.clone());
        let online = OnlineClient::from_backend(backend.into())
            .await
            .map_err(|e| unreachable(&e))?;
        Ok(Self {
            url: url.to_owned(),
            online,
            methods: LegacyRpcMethods::new(client.clone()),
            client,
        })
    }

    /// Asks for something that has no typed method, once more after a lost connection.
    pub async fn ask(&self, method: &'static str) -> Result<serde_json::Value, Error> {
        self.retry(method, || self.client.request(method, RpcParams::new()))
            .await
    }

    /// Sends a request again for as long as the connection is being restored.
    pub async fn retry<T, F>(&self, doing: &'static str, request: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, subxt::rpcs::Error>>,
    {
        subxt::backend::utils::retry(|| async { Ok(request().await?) })
            .await
            .map_err(|e| self.error(doing, e))
    }

    /// Explains an error of the library.
    pub fn error(&self, doing: &'static str, error: impl Into<subxt::Error>) -> Error {
        let error = error.into();
        if error.is_disconnected_will_reconnect() {
            let url = self.url.clone();
            return Error::ConnectionLost { url, doing };
        }
        Error::Chain {
            doing,
            reason: error.to_string(),
        }
    }

    /// Explains why a transaction was not taken.
    pub fn rejection(&self, error: subxt::error::ExtrinsicError) -> Error {
        use subxt::error::ExtrinsicError::ErrorSubmittingTransaction;
        match error {
            ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(subxt::rpcs::Error::User(refusal)))) => {
                let data = refusal.data.map(|data| data.get().trim_matches('"').to_owned());
                Rejection::new(refusal.code, &refusal.message, data.as_deref()).into()
            }
            other => self.error("sending the transaction", other),
        }
    }
}

/// Why a node did not take a transaction into its pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The account cannot pay the fee.
    #[error("the account cannot pay the fee: send it some of the chain's native token first")]
    CannotPay,
    /// The nonce was used already.
    #[error("the account sent another transaction meanwhile: try again")]
    Stale,
    /// A transaction with this nonce waits already and pays no less.
    #[error("another transaction of the account waits in its place: wait until it is in a block, then try again")]
    Replaced,
    /// The very same transaction waits already.
    #[error("the same transaction was sent already: wait until it is in a block")]
    AlreadySent,
    /// The signature does not fit what was to be signed.
    #[error(
        "the signature does not fit: sign with the key of the sending account, and update the wallet's metadata of this chain"
    )]
    BadSignature,
    /// It would not fit a block.
    #[error("it needs more of a block than one transaction may have: split it")]
    TooLarge,
    /// Anything else, as the node says it.
    #[error("{message} (code {code})")]
    Other {
        /// The JSON-RPC error's code.
        code: i32,
        /// The node's words.
        message: String,
    },
}

impl Rejection {
    /// The code of transactions that the runtime finds invalid.
    const INVALID: i32 = 1010;
    /// The code of a transaction that is in the pool already.
    const ALREADY_IMPORTED: i32 = 1013;
    /// The code of a transaction whose place in the pool another one has.
    const PRIORITY_TOO_LOW: i32 = 1014;

    /// Reads a JSON-RPC refusal by the codes of Substrate's transaction pool and the texts of `InvalidTransaction`.
    pub(crate) fn new(code: i32, message: &str, data: Option<&str>) -> Self {
        let detail = data.unwrap_or_default();
        match code {
            Self::INVALID if detail.contains("Inability to pay some fees") => Self::CannotPay,
            Self::INVALID if detail.contains("outdated") => Self::Stale,
            Self::INVALID if detail.contains("bad signature") => Self::BadSignature,
            Self::INVALID if detail.contains("exhaust the block limits") => Self::TooLarge,
            Self::ALREADY_IMPORTED => Self::AlreadySent,
            Self::PRIORITY_TOO_LOW => Self::Replaced,
            _ => Self::Other {
                code,
                message: match data {
                    Some(data) => format!("{message}: {data}"),
                    None => message.to_owned(),
                },
            },
        }
    }
}

/// A hash as the contracts' types spell it.
pub(crate) fn hash(hash: HashFor<Config>) -> Hash {
    hash.0.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_refusals_become_sentences() {
        let cases = [
            (
                1010,
                "Invalid Transaction",
                "Inability to pay some fees (e.g. account balance too low)",
                Rejection::CannotPay,
            ),
            (1010, "Invalid Transaction", "Transaction is outdated", Rejection::Stale),
            (
                1010,
                "Invalid Transaction",
                "Transaction has a bad signature",
                Rejection::BadSignature,
            ),
            (
                1010,
                "Invalid Transaction",
                "Transaction would exhaust the block limits",
                Rejection::TooLarge,
            ),
            (1013, "Transaction Already Imported", "[0x00]", Rejection::AlreadySent),
            (
                1014,
                "Priority is too low: (1 vs 1)",
                "The transaction has too low priority",
                Rejection::Replaced,
            ),
        ];
        for (code, message, data, expected) in cases {
            assert_eq!(Rejection::new(code, message, Some(data)), expected);
        }
    }

    #[test]
    fn an_unknown_refusal_keeps_the_nodes_words() {
        let rejection = Rejection::new(1010, "Invalid Transaction", Some("Custom error: 7"));
        assert_eq!(
            rejection.to_string(),
            "Invalid Transaction: Custom error: 7 (code 1010)"
        );
        assert_eq!(
            Rejection::new(-32601, "Method not found", None).to_string(),
            "Method not found (code -32601)"
        );
    }
}
