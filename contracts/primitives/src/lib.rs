//! Types that the contracts, the client, the worker and the dApp share.
//!
//! Everything here is plain data with a SCALE encoding: what a contract stores, takes and returns. Rules live in the contracts.
//!
//! Invariant: no type here depends on the chain, on storage or on a wallet.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod macros;

#[cfg(feature = "ink")]
pub mod call;
#[cfg(feature = "ink")]
pub mod environment;
pub mod events;
pub mod ids;
pub mod money;
pub mod page;
pub mod registry;
pub mod rewards;
pub mod staking;
pub mod tao;

pub use ids::{AccountId, BlockNumber, Hash, NetUid, Uid};
pub use money::{Rao, CAP, RAO_PER_TAO};
pub use page::Page;
