//! The node of Inktensor's local contracts chain.
//!
//! A library beside the binary only so that the runtime's tests can name it: they then share every build with it.

mod chain_spec;
mod cli;
mod command;
mod dev;
mod network;
mod rpc;
mod service;

pub use command::run;
