//! `inktensor epoch`: where a subnet stands, and running the epoch that is due.

use super::common::{PrintArgs, SubnetArg};
use super::{
    access::{ChainArgs, block_on},
    keys::SignerArgs,
};
use anyhow::Result;
use gpu_worker::chain::crank::{self, Ended};
use indicatif::ProgressBar;
use inktensor_client::messages::rewards;
use serde_json::json;

/// What can be done about epochs.
#[derive(Debug, clap::Subcommand)]
pub enum EpochCommand {
    /// Show when the next epoch is due and what it will pay.
    Status(StatusArgs),
    /// Run the epoch that is due, to its end. Anyone may.
    Run(RunArgs),
}

/// `inktensor epoch status`
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// `inktensor epoch run`
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    status: StatusArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses, or no epoch is due.
pub fn run(command: &EpochCommand) -> Result<()> {
    block_on(async {
        match command {
            EpochCommand::Status(args) => show(args).await,
            EpochCommand::Run(args) => advance(args).await,
        }
    })
}

async fn show(args: &StatusArgs) -> Result<()> {
    let network = args.chain.connect().await?;
    let snapshot = network.snapshot().await?;
    let status = snapshot.query(rewards::epoch_status(args.subnet.id())).await?;
    let block = snapshot.block().number;
    if args.print.json {
        println!(
            "{}",
            json!({
                "netuid": args.subnet.netuid,
                "block": block,
                "epoch": status.epoch,
                "last_epoch_at": status.last_epoch_at,
                "next_epoch_at": status.next_epoch_at,
                "pending_rao": status.pending.0,
                "in_progress": status.in_progress,
                "silent": status.silent,
                "steps_done": status.steps_done,
                "steps": status.steps,
            })
        );
        return Ok(());
    }
    let due = match status.next_epoch_at.checked_sub(block) {
        _ if status.in_progress => format!(
            "has begun and waits for its next part, with {} of {} steps done",
            status.steps_done, status.steps
        ),
        None | Some(0) => "is due".to_owned(),
        Some(blocks) => format!("is due in {blocks} blocks, at block {}", status.next_epoch_at),
    };
    println!("subnet {} has run {} epochs", args.subnet.netuid, status.epoch);
    println!("the next {due}; {} TAO wait for it", status.pending);
    if status.silent {
        println!("no validator was active in the last one: what is due waits until one is");
    }
    Ok(())
}

async fn advance(args: &RunArgs) -> Result<()> {
    let StatusArgs { subnet, print, chain } = &args.status;
    let network = chain.connect().await?;
    let signer = args.key.signer(network.chain())?;
    let netuid = subnet.id();
    let progress = ProgressBar::no_length();
    let tell = |done: u32, of: u32| {
        progress.set_length(of.into());
        progress.set_position(done.into());
    };
    let ended = crank::run_epoch(&network, &signer, netuid, tell).await?;
    progress.finish_and_clear();
    let Ended { epoch, block, .. } = ended;
    if print.json {
        println!("{}", json!({ "netuid": netuid.0, "epoch": epoch, "block": block }));
    } else {
        println!("epoch {epoch} of subnet {netuid} ended in block {block}");
    }
    Ok(())
}
