//! The node of Inktensor's local contracts chain.

mod chain_spec;
mod cli;
mod command;
mod dev;
mod network;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
    command::run()
}
