//! The chain that contracts are built for: the one place that knows the type of its own coin's amounts.
//!
//! The contracts keep no such amount and take no coins. What differs is what ink! does around them: every message first reads the coins
//! that came with the call, every call of another contract says how many it sends, and the metadata states the type of both, by which
//! tools refuse code that is built for another chain.

/// The environment that every contract is built for.
#[cfg(not(feature = "subtensor"))]
pub type Environment = ink::env::DefaultEnvironment;

/// The environment that every contract is built for.
#[cfg(feature = "subtensor")]
pub type Environment = Subtensor;

/// Bittensor's own chain: as other chains with contracts, but for amounts of 64 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
pub enum Subtensor {}

impl ink::env::Environment for Subtensor {
    const MAX_EVENT_TOPICS: usize = <ink::env::DefaultEnvironment as ink::env::Environment>::MAX_EVENT_TOPICS;

    type AccountId = crate::AccountId;
    type Balance = u64;
    type Hash = crate::Hash;
    type Timestamp = u64;
    type BlockNumber = crate::BlockNumber;
    type ChainExtension = ink::env::NoChainExtension;
}
