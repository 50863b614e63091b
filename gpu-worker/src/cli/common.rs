//! Arguments that many commands take.

use inktensor_primitives::NetUid;

/// The subnet that a command is about.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct SubnetArg {
    /// The subnet.
    #[arg(long, value_name = "N")]
    pub netuid: u16,
}

impl SubnetArg {
    /// Its number as contracts take it.
    pub fn id(self) -> NetUid {
        NetUid(self.netuid)
    }
}

/// How a command tells what it did or found.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct PrintArgs {
    /// Print JSON, not text.
    #[arg(long)]
    pub json: bool,
}
