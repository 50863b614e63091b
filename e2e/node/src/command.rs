//! Runs what the command line asks for.

use crate::cli::{Cli, Subcommand};
use crate::{chain_spec, dev, network};
use inktensor_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sp_runtime::traits::Block as BlockT;
use std::path::PathBuf;

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Inktensor Node".into()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        "Inktensor contributors".into()
    }

    fn support_url() -> String {
        "the project's issue tracker".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(match id {
            "dev" => Box::new(chain_spec::development()?),
            "" | "local" => Box::new(chain_spec::local()?),
            path => Box::new(chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?),
        })
    }
}

/// Parses the command line and runs what it says until it is done or interrupted.
pub fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();
    match &cli.subcommand {
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::BuildSpec(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.chain_spec, config.network)),
        Some(Subcommand::PurgeChain(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.database)),
        None => run_node(&cli),
    }
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let block_time = cli.block_time;
    let seals_by_itself = cli.run.shared_params.is_dev();
    cli.create_runner(&cli.run)?.run_node_until_exit(|config| async move {
        type Hash = <Block as BlockT>::Hash;
        type Libp2p = sc_network::NetworkWorker<Block, Hash>;
        type Litep2p = sc_network::Litep2pNetworkBackend;
        let litep2p = matches!(config.network.network_backend, NetworkBackendType::Litep2p);
        match (seals_by_itself, litep2p) {
            (true, _) => dev::run::<Libp2p>(config, block_time),
            (false, true) => network::run::<Litep2p>(config),
            (false, false) => network::run::<Libp2p>(config),
        }
        .map_err(sc_cli::Error::Service)
    })
}
