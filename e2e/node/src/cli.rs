//! The command line.

use sc_cli::RunCmd;

/// Runs the node, or does one of the chores.
#[derive(Debug, clap::Parser)]
pub struct Cli {
    /// A chore instead of running the node.
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    /// With --dev: milliseconds after which a block is sealed even when there is no transaction; 0 seals on transactions only.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000)]
    pub block_time: u64,

    /// How to run the node.
    #[command(flatten)]
    pub run: RunCmd,
}

/// Chores.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Manage keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Write a chain specification.
    BuildSpec(sc_cli::BuildSpecCmd),

    /// Remove the whole chain.
    PurgeChain(sc_cli::PurgeChainCmd),
}
