//! `inktensor weights`: a validator's weights by hand.

use super::{
    access::{ChainArgs, block_on},
    keys::SignerArgs,
};
use anyhow::{Context, Result, bail};
use gpu_worker::chain::ballot::{Ballot, Moment};
use inktensor_client::messages::{registry, rewards};
use inktensor_primitives::{NetUid, Uid};
use serde_json::json;
use std::path::PathBuf;

/// What can be done with weights.
#[derive(Debug, clap::Subcommand)]
pub enum WeightsCommand {
    /// Show the weights in force.
    Show(ShowArgs),
    /// Weigh neurons: committed where the subnet asks for that, set at once elsewhere.
    Set(SetArgs),
    /// Reveal the commits whose time has come.
    Reveal(RevealArgs),
}

/// `inktensor weights show`
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The subnet.
    #[arg(long)]
    netuid: u16,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainArgs,
}

/// What everything takes that needs the salts of commits.
#[derive(Debug, clap::Args)]
pub struct BallotArgs {
    /// The subnet.
    #[arg(long)]
    netuid: u16,
    /// The folder of what must survive a restart: the salts of commits. `inktensor validator run` reveals from it too.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// `inktensor weights set`
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Weights as UID=WEIGHT; only their proportions matter.
    #[arg(required = true, value_name = "UID=WEIGHT", value_parser = weight)]
    weights: Vec<(Uid, f64)>,
    #[command(flatten)]
    ballot: BallotArgs,
}

/// `inktensor weights reveal`
#[derive(Debug, clap::Args)]
pub struct RevealArgs {
    #[command(flatten)]
    ballot: BallotArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses, or the state folder cannot be used.
pub fn run(command: &WeightsCommand) -> Result<()> {
    block_on(async {
        match command {
            WeightsCommand::Show(args) => show(args).await,
            WeightsCommand::Set(args) => set(args).await,
            WeightsCommand::Reveal(args) => reveal(&args.ballot).await,
        }
    })
}

async fn show(args: &ShowArgs) -> Result<()> {
    let network = args.chain.connect().await?;
    let snapshot = network.snapshot().await?;
    let rows = snapshot.all_weights(NetUid(args.netuid)).await?;
    if args.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let weights: Vec<_> = row.weights.iter().map(|(uid, weight)| (uid.0, *weight)).collect();
                json!({ "uid": row.uid.0, "last_update": row.last_update, "weights": weights })
            })
            .collect();
        println!(
            "{}",
            json!({ "netuid": args.netuid, "block": snapshot.block().number, "rows": rows })
        );
        return Ok(());
    }
    if rows.is_empty() {
        println!("nobody has set weights on subnet {}", args.netuid);
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

impl BallotArgs {
    async fn open(&self) -> Result<Ballot> {
        let network = self.chain.connect().await?;
        let signer = self.key.signer(network.chain())?;
        Ok(Ballot::open(network, signer, NetUid(self.netuid), &self.state)?)
    }
}

async fn set(args: &SetArgs) -> Result<()> {
    let row = row(&args.weights)?;
    let mut ballot = args.ballot.open().await?;
    let now = ballot.network.snapshot().await?;
    let rules = now.query(registry::hyperparameters(ballot.netuid)).await?;
    let moment = Moment {
        block: now.block().number,
        epoch: now.query(rewards::epoch_status(ballot.netuid)).await?.epoch,
    };
    if !rules.commit_reveal {
        let block = ballot.set(&row, rules.weights_version_key, moment).await?;
        say(
            args.ballot.json,
            &json!({ "block": block, "set": row.len() }),
            &format!("{} weights in force since block {block}", row.len()),
        );
        return Ok(());
    }
    let block = ballot.commit(&row, rules.weights_version_key, moment).await?;
    let commit = ballot
        .waiting()
        .await?
        .pop()
        .context("the commit is in a block, but the chain lists none")?;
    let (from, until) = (commit.reveal_from, commit.reveal_until);
    say(
        args.ballot.json,
        &json!({ "block": block, "committed": row.len(), "reveal_from": from, "reveal_until": until }),
        &format!(
            "{} weights committed in block {block}; reveal them in blocks {from} to {until}: `inktensor weights reveal`",
            row.len()
        ),
    );
    Ok(())
}

async fn reveal(args: &BallotArgs) -> Result<()> {
    let mut ballot = args.open().await?;
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
                    args.state.display()
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
            bail!("there is nothing to reveal on subnet {}", args.netuid);
        };
        bail!("there is nothing to reveal before block {next}; the best block is {now}");
    }
    for promise in &promises {
        let block = ballot.reveal(promise, now).await?;
        say(
            args.json,
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

/// Reads UID=WEIGHT.
fn weight(text: &str) -> Result<(Uid, f64)> {
    let (uid, weight) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not of the form UID=WEIGHT"))?;
    let uid = uid.parse().with_context(|| format!("`{uid}` is no UID"))?;
    let weight: f64 = weight.parse().with_context(|| format!("`{weight}` is no weight"))?;
    if !weight.is_finite() || weight < 0.0 {
        bail!("a weight must be a number from 0 up, not {weight}");
    }
    Ok((Uid(uid), weight))
}

/// Ascending by UID, the largest as 65535.
fn row(weights: &[(Uid, f64)]) -> Result<Vec<(Uid, u16)>> {
    let mut weights = weights.to_vec();
    weights.sort_by_key(|(uid, _)| *uid);
    if let Some(pair) = weights.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        bail!("UID {} is weighed twice", pair[0].0);
    }
    let largest = weights.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    if largest <= 0.0 {
        bail!("at least one weight must be above 0");
    }
    let scaled = |weight: f64| (weight / largest * f64::from(u16::MAX)).round() as u16;
    Ok(weights.iter().map(|(uid, weight)| (*uid, scaled(*weight))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proportions_of_weights_matter() {
        let uid = |uid, weight| (Uid(uid), weight);
        assert_eq!(
            row(&[uid(7, 3.0), uid(2, 6.0)]).unwrap(),
            [(Uid(2), 65_535), (Uid(7), 32_768)]
        );
        assert!(row(&[uid(1, 0.0)]).is_err());
        assert_eq!(
            row(&[uid(1, 1.0), uid(1, 2.0)]).unwrap_err().to_string(),
            "UID 1 is weighed twice"
        );
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        assert_eq!(weight("3=0.5").unwrap(), (Uid(3), 0.5));
        for text in ["3", "=1", "3=", "3=-1", "3=nan", "x=1", "70000=1"] {
            assert!(weight(text).is_err(), "{text}");
        }
    }
}
