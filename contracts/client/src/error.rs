//! Everything that can go wrong between a caller and the contracts, each as one sentence that says what and what to do.

use crate::accounts::{self, AccountError};
use crate::contract::Contract;
use crate::deployment::DeploymentError;
use crate::dispatch::DispatchFailure;
use crate::keys::KeyError;
use crate::messages::DecodeError;
use crate::outcome::ContractError;
use crate::rpc::Rejection;
use inktensor_primitives::{AccountId, Hash};

/// Why something could not be read from or done on the chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing answers at the address.
    #[error("cannot reach a chain at {url}: {reason}; check the address and that the node runs")]
    Unreachable {
        /// The address.
        url: String,
        /// What the transport says.
        reason: String,
    },
    /// The connection broke while an answer was awaited.
    #[error(
        "the connection to {url} was lost while {doing}; it is being restored, look at the chain's state before trying again"
    )]
    ConnectionLost {
        /// The address.
        url: String,
        /// What was waited for.
        doing: &'static str,
    },
    /// The chain is not the one that the contracts were deployed to.
    #[error(
        "{url} is another chain than the contracts were deployed to: expected genesis {}, found {}; connect to the right chain or deploy to this one",
        accounts::to_hex(expected),
        accounts::to_hex(found)
    )]
    WrongChain {
        /// The address.
        url: String,
        /// The genesis hash in the deployment.
        expected: Hash,
        /// The genesis hash of the chain.
        found: Hash,
    },
    /// The chain lacks what contracts need.
    #[error("{url} cannot run the contracts: its runtime has no {missing}; connect to a chain with pallet-contracts")]
    UnsupportedChain {
        /// The address.
        url: String,
        /// What is missing.
        missing: &'static str,
    },
    /// Neither the deployment nor the caller says where the chain is.
    #[error("the deployment file names no address of a chain: give one, for example ws://127.0.0.1:9944")]
    NoUrl,
    /// There is no contract at the address.
    #[error(
        "the {contract} contract is not deployed at {address} on this chain: deploy the contracts first with `cargo xtask deploy`"
    )]
    NotDeployed {
        /// The contract.
        contract: Contract,
        /// Where it should be, in SS58.
        address: String,
    },
    /// The contract runs other code than the deployment says.
    #[error(
        "the {contract} contract runs code {}, the deployment file says {}; use the deployment file of the latest deployment",
        accounts::to_hex(found),
        accounts::to_hex(expected)
    )]
    OtherCode {
        /// The contract.
        contract: Contract,
        /// The code hash in the deployment.
        expected: Hash,
        /// The code hash on the chain.
        found: Hash,
    },
    /// The contract refused the message for a reason of its own.
    #[error(
        "the {} contract refused `{message}`: {error}{}",
        error.contract(),
        limit.as_ref().map(|limit| format!(": {limit}")).unwrap_or_default()
    )]
    Refused {
        /// The message.
        message: &'static str,
        /// The contract's reason.
        error: ContractError,
        /// The limit that was hit and the present value, where they could be read.
        limit: Option<String>,
    },
    /// The contract's answer could not be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The chain executed the call and it failed outside the contract's own rules.
    #[error("{what} failed on chain: {failure}")]
    Failed {
        /// The messages, as the contracts name them.
        what: String,
        /// Why.
        failure: DispatchFailure,
    },
    /// The account cannot pay.
    #[error(
        "{account} has {available} to spend, but {needed} are needed for fees, deposits and the least that an account must keep: send it {symbol} first"
    )]
    InsufficientBalance {
        /// The account, in SS58.
        account: String,
        /// What it can spend, with the token's symbol.
        available: String,
        /// What is needed, with the token's symbol.
        needed: String,
        /// The token's symbol.
        symbol: String,
    },
    /// The account cannot pay for what the call stores.
    #[error(
        "{account} cannot pay the deposit for what `{message}` stores: send it some of the chain's native token first"
    )]
    CannotPayDeposit {
        /// The account, in SS58.
        account: String,
        /// The message.
        message: &'static str,
    },
    /// The node did not take the transaction.
    #[error("the node did not take the transaction: {0}")]
    Rejected(#[from] Rejection),
    /// The transaction left the pool without entering a block.
    #[error(
        "the transaction {} did not enter a block: {reason}; check the account's nonce and try again",
        accounts::to_hex(extrinsic)
    )]
    Dropped {
        /// The transaction.
        extrinsic: Hash,
        /// What the node says.
        reason: String,
    },
    /// The wallet did not sign.
    #[error("the wallet did not sign: {0}; approve the request in the wallet to go on")]
    Wallet(String),
    /// A signature has not the form of one.
    #[error(
        "`{0}` is no signature: expected 0x, one byte for the scheme (00 ed25519, 01 sr25519, 02 ecdsa) and the signature in hex"
    )]
    MalformedSignature(String),
    /// A plan without a call.
    #[error("there is nothing to do: the plan has no call")]
    NothingToDo,
    /// An account is malformed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A key is malformed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The deployment file is unusable.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The chain's answer could not be used.
    #[error("the chain's answer while {doing} could not be used: {reason}")]
    Chain {
        /// What was asked.
        doing: &'static str,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl Error {
    /// The contract's own reason, if that is what failed.
    pub const fn contract_error(&self) -> Option<&ContractError> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }

    /// A missing contract at an account.
    pub(crate) fn not_deployed(contract: Contract, account: &AccountId, prefix: u16) -> Self {
        Self::NotDeployed {
            contract,
            address: accounts::to_ss58(account, prefix),
        }
    }
}
