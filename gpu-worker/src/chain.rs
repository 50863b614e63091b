//! The worker on the chain: publishing models, and validating those of others.
//!
//! [`steps`] decides what a validator does next, [`validator`] does it; [`judge`] fetches and measures a model, [`standing`] tells originals from
//! copies, [`skill`] and [`scoring`] make weights, [`ballot`] brings them to the chain. [`journal`] keeps the [`record`] that survives a crash.

pub mod ballot;
mod child;
pub mod crank;
pub mod data;
pub mod error;
pub mod journal;
pub mod judge;
pub mod miner;
pub mod originals;
pub mod record;
pub mod report;
pub mod sample;
pub mod scoring;
pub mod skill;
pub mod standing;
pub mod steps;
pub mod store;
pub mod validator;
pub mod verdict;

pub use error::Error;
