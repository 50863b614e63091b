//! The state of the page: configuration, chain, wallet, theme. Everything that talks to a chain or a wallet starts here.
//!
//! Invariant: pages and components receive values and callbacks; none of them holds a client.

pub mod chain;
pub mod config;
pub mod network;
pub mod portfolio;
pub mod query;
pub mod storage;
pub mod subnet;
pub mod task;
pub mod theme;
pub mod title;
pub mod transaction;
pub mod wallet;
