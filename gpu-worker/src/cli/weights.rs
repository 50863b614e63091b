//! `inktensor weights`: a validator's weights by hand.

mod cast;

use self::cast::{BatchArgs, SetArgs};
use super::common::{PrintArgs, SubnetArg};
use super::{
    access::{ChainArgs, block_on},
    keys::SignerArgs,
};
use anyhow::{Context, Result, bail};
use gpu_worker::chain::ballot::Ballot;
use inktensor_client::{KeySigner, Network};
use inktensor_primitives::NetUid;
use serde_json::json;
use std::path::PathBuf;

/// What can be done with weights.
#[derive(Debug, clap::Subcommand)]
pub enum WeightsCommand {
    /// Show the weights in force.
    Show(ShowArgs),
    /// Weigh neurons: committed where the subnet asks for that, set at once elsewhere.
    Set(SetArgs),
    /// Weigh neurons of several subnets in one transaction: all come into force, or none.
    Batch(BatchArgs),
    /// Reveal the commits whose time has come.
    Reveal(RevealArgs),
}

/// `inktensor weights show`
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// What everything takes that needs the salts of commits.
#[derive(Debug, clap::Args)]
struct KeeperArgs {
    /// The folder of what must survive a restart: the salts of commits. `inktensor validator run` reveals from it too.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

impl KeeperArgs {
    async fn connect(&self) -> Result<(Network, KeySigner)> {
        let network = self.chain.connect().await?;
        let signer = self.key.signer(network.chain())?;
        Ok((network, signer))
    }

    fn open(&self, (network, signer): &(Network, KeySigner), netuid: NetUid) -> Result<Ballot> {
        Ok(Ballot::open(network.clone(), signer.clone(), netuid, &self.state)?)
    }
}

/// `inktensor weights reveal`
#[derive(Debug, clap::Args)]
pub struct RevealArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    keeper: KeeperArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses, or the state folder cannot be used.
pub fn run(command: &WeightsCommand) -> Result<()> {
    block_on(async {
        match command {
            WeightsCommand::Show(args) => show(args).await,
            WeightsCommand::Set(args) => cast::set(args).await,
            WeightsCommand::Batch(args) => cast::batch(args).await,
            WeightsCommand::Reveal(args) => reveal(args).await,
        }
    })
}

async fn show(args: &ShowArgs) -> Result<()> {
    let network = args.chain.connect().await?;
    let snapshot = network.snapshot().await?;
    let rows = snapshot.all_weights(args.subnet.id()).await?;
    if args.print.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let weights: Vec<_> = row.weights.iter().map(|(uid, weight)| (uid.0, *weight)).collect();
                json!({ "uid": row.uid.0, "last_update": row.last_update, "weights": weights })
            })
            .collect();
        println!(
            "{}",
            json!({ "netuid": args.subnet.netuid, "block": snapshot.block().number, "rows": rows })
        );
        return Ok(());
    }
    if rows.is_empty() {
        println!("nobody has set weights on subnet {}", args.subnet.netuid);
    }
    for row in rows {
        let sum: f64 = row.weights.iter().map(|(_, weight)| f64::from(*weight)).sum();
        let shares = row.weights.iter().map(|(uid, weight)| {
            let share = if sum > 0.0 {
                f64::from(*weight) / sum * 100.0
            } else {
                0.0
            };
            format!("{uid}: {share:.2}%")
        });
        let shares = shares.collect::<Vec<_>>().join("  ");
        println!("UID {} at block {}   {shares}", row.uid, row.last_update);
    }
    Ok(())
}

async fn reveal(args: &RevealArgs) -> Result<()> {
    let RevealArgs { subnet, keeper } = args;
    let mut ballot = keeper.open(&keeper.connect().await?, subnet.id())?;
    let now = ballot.network.chain().best().await?.number;
    let commits = ballot.waiting().await?;
    let is_due = |from, until| (from..=until).contains(&now);
    let due = commits
        .iter()
        .filter(|commit| is_due(commit.reveal_from, commit.reveal_until));
    let promises: Vec<_> = due
        .map(|commit| {
            let promise = ballot.journal.record().promise(&commit.hash).cloned();
            promise.with_context(|| {
                format!(
                    "the salt of the commit of block {} is not in {}: reveal it from where it was made",
                    commit.committed_at,
                    keeper.state.display()
                )
            })
        })
        .collect::<Result<_>>()?;
    if promises.is_empty() {
        let Some(next) = commits
            .iter()
            .map(|commit| commit.reveal_from)
            .filter(|from| *from > now)
            .min()
        else {
            bail!("there is nothing to reveal on subnet {}", subnet.netuid);
        };
        bail!("there is nothing to reveal before block {next}; the best block is {now}");
    }
    for promise in &promises {
        let block = ballot.reveal(promise, now).await?;
        say(
            keeper.print.json,
            &json!({ "block": block, "revealed": promise.weights.len() }),
            &format!("{} weights revealed in block {block}", promise.weights.len()),
        );
    }
    Ok(())
}

fn say(as_json: bool, json: &serde_json::Value, text: &str) {
    if as_json {
        println!("{json}")
    } else {
        println!("{text}")
    }
}
