//! What ends a command on the chain.

use super::journal::JournalError;
use super::store::StoreError;
use inktensor_primitives::{NetUid, Rao};

/// Why a miner's or validator's command cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The chain or a contract.
    #[error(transparent)]
    Client(#[from] inktensor_client::Error),
    /// The validator's state.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An artifact of one's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key has no slot.
    #[error(
        "{hotkey} is not registered on subnet {netuid}: register it first with `inktensor register`, or publish with --register"
    )]
    NotRegistered {
        /// The subnet.
        netuid: NetUid,
        /// The key, in SS58.
        hotkey: String,
    },
    /// A registration costs more than allowed.
    #[error(
        "a registration burns {price} TAO now, and at most {allowed} were allowed: wait, or allow more with --max-burn"
    )]
    BurnTooHigh {
        /// The price.
        price: Rao,
        /// The most allowed.
        allowed: Rao,
    },
    /// A registration costs more than there is.
    #[error("a registration burns {price} TAO now, and {account} holds {held}: send it TAO first")]
    TooLittleTao {
        /// The account, in SS58.
        account: String,
        /// The price.
        price: Rao,
        /// What it holds.
        held: Rao,
    },
    /// The evaluation data is not what the subnet measures with.
    #[error(
        "the evaluation data in {path} is not the subnet's: its BLAKE2-256 is {found}, the subnet asks for {expected}"
    )]
    WrongData {
        /// The file.
        path: String,
        /// Its hash.
        found: String,
        /// The subnet's.
        expected: String,
    },
    /// The evaluation data cannot be used.
    #[error("the evaluation data cannot be used: {0}")]
    Data(String),
    /// The model to publish is one that validators refuse.
    #[error("validators would refuse this model: {0}")]
    Model(#[from] crate::model::LoadError),
    /// A file of one's own.
    #[error("cannot {action} {path}: {reason}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The evaluation failed through no fault of the model.
    #[error("models cannot be evaluated on this machine now: {0}; `inktensor doctor` says more")]
    Engine(String),
    /// The system gives no random numbers for a salt.
    #[error("the system gives no random numbers for the salt of a commit: {0}")]
    NoRandomness(String),
    /// Standard output or standard error was closed.
    #[error("cannot write to the terminal: {0}")]
    Output(#[from] std::io::Error),
}

impl Error {
    /// Whether a contract refused, so that nothing has happened.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Client(error) if error.contract_error().is_some())
    }
}
