//! The typed client of Inktensor's contracts, native and wasm32.
//!
//! [`messages`] holds every message of every contract as a typed call; with the feature `native` or `web` a [`Network`] sends them:
//!
//! ```no_run
//! # #[cfg(feature = "chain")]
//! # async fn example() -> Result<(), inktensor_client::Error> {
//! use inktensor_client::messages::staking;
//! use inktensor_client::{Deployment, KeySigner, Network};
//! use inktensor_primitives::Rao;
//!
//! let network = Network::connect(None, Deployment::load("deployment.json")?).await?;
//! let total: Rao = network.query(staking::total_stake()).await?;
//!
//! let alice = KeySigner::from_suri("//Alice")?;
//! let receipt = network.call(&alice, staking::unstake(alice.account(), Rao::from_tao(1))).await?;
//! println!("{total} TAO were staked; {:?} in block {}", receipt.events, receipt.block.number);
//! # Ok(())
//! # }
//! ```
//!
//! Reads are dry runs through the `ContractsApi` runtime API at the best block. Everything the chain itself defines (calls, results,
//! events, errors) is encoded and decoded by the metadata of the block at hand, so a runtime upgrade needs no new client.
//!
//! Invariant: subxt is used inside the modules of the `chain` feature and shows in no public signature.

pub mod calls;
pub mod ceilings;
pub mod contract;
pub mod events;
pub mod messages;
pub mod outcome;
pub mod refusals;

#[cfg(feature = "chain")]
pub mod accounts;
#[cfg(feature = "chain")]
pub mod chain;
#[cfg(feature = "chain")]
pub mod deployment;
#[cfg(feature = "chain")]
pub mod dispatch;
#[cfg(feature = "chain")]
pub mod dry_run;
#[cfg(feature = "chain")]
pub mod error;
#[cfg(feature = "chain")]
pub mod keys;
#[cfg(feature = "chain")]
pub mod network;
#[cfg(feature = "chain")]
mod pages;
#[cfg(feature = "chain")]
pub mod plan;
#[cfg(feature = "chain")]
pub mod progress;
#[cfg(feature = "chain")]
mod rpc;
#[cfg(feature = "chain")]
pub mod signing;

pub use calls::{Call, Calls};
pub use contract::Contract;
pub use events::ContractEvent;
pub use messages::{DecodeError, Message};
pub use outcome::{ContractError, Outcome};

#[cfg(feature = "chain")]
pub use {
    accounts::AccountError,
    chain::{Balance, Block, Chain, Finality, Properties},
    deployment::{Deployment, DeploymentError},
    dispatch::DispatchFailure,
    dry_run::{DryRun, Gas},
    error::Error,
    keys::{KeyError, KeySigner},
    network::{Network, Snapshot},
    plan::Plan,
    progress::{Progress, Receipt, Stage},
    rpc::Rejection,
    signing::{Signature, Signer, SignerPayload, SigningRequest},
};
