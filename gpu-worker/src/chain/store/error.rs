//! Why an artifact could not be fetched or stored.

use serde::{Deserialize, Serialize};

/// Why an artifact could not be fetched or stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StoreError {
    /// The URI cannot be read.
    #[error("`{uri}` is not a URI of an artifact ({why}); use file:///…, http(s)://… or s3://BUCKET/…")]
    BadUri {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        why: String,
    },
    /// A `file` URI outside the folder that is shared.
    #[error("`{uri}` is not inside the store folder {folder}; only files there are read")]
    OutsideStore {
        /// The URI.
        uri: String,
        /// The folder.
        folder: String,
    },
    /// A web server of this machine or its network, which a stranger's URI must not reach.
    #[error("`{uri}` is not fetched: {why}; where that is meant, --allow-private-addresses admits it")]
    PrivateAddress {
        /// The URI.
        uri: String,
        /// The host, and its address.
        why: String,
    },
    /// Nothing is there.
    #[error("nothing is stored at `{uri}`")]
    Gone {
        /// The URI.
        uri: String,
    },
    /// The store did not answer properly.
    #[error("`{uri}` cannot be reached: {why}")]
    Unreachable {
        /// The URI.
        uri: String,
        /// What the store said.
        why: String,
    },
    /// The store was too slow.
    #[error("`{uri}` did not arrive within {seconds} s")]
    TooSlow {
        /// The URI.
        uri: String,
        /// The limit.
        seconds: u64,
    },
    /// More bytes than the subnet allows.
    #[error("the artifact has {found} bytes, and at most {limit} are allowed")]
    TooLarge {
        /// Its size.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// Not the size that was committed.
    #[error("the artifact has {found} bytes, and {committed} were committed")]
    WrongSize {
        /// Its size, or more than was committed.
        found: u64,
        /// The size committed.
        committed: u64,
    },
    /// Not the bytes that were committed.
    #[error("the artifact's BLAKE2-256 is {found}, and {committed} was committed")]
    WrongHash {
        /// Of the bytes that arrived.
        found: String,
        /// What was committed.
        committed: String,
    },
}
