//! `inktensor votes`: which subnets emission goes to.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, block_on},
    part::percent,
    stake::StakerArgs,
};
use anyhow::{Context, Result, bail};
use inktensor_client::{Network, messages::rewards};
use inktensor_primitives::{NetUid, rewards::SubnetVote};
use serde_json::json;

/// Votes on subnets.
#[derive(Debug, clap::Subcommand)]
pub enum VotesCommand {
    /// Shows how emission is split over subnets.
    Show(ShowArgs),
    /// Votes with all stake on the signing hotkey, in place of its last ballot.
    Cast(CastArgs),
    /// Shows who votes for what.
    Ballots(ShowArgs),
    /// Counts all ballots with the stake of now. Anyone may.
    Count(CountArgs),
}

/// How to show the split.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// What to vote for.
#[derive(Debug, clap::Args)]
pub struct CastArgs {
    /// Subnets and their weights, for example `0=60 3=40`; none gives the vote up.
    #[arg(value_name = "NETUID=WEIGHT", value_parser = vote)]
    ballot: Vec<SubnetVote>,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Who counts.
#[derive(Debug, clap::Args)]
pub struct CountArgs {
    #[command(flatten)]
    staker: StakerArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(command: &VotesCommand) -> Result<()> {
    block_on(async {
        let (network, json) = match command {
            VotesCommand::Ballots(args) => return ballots(args).await,
            VotesCommand::Show(args) => (args.chain.connect().await?, args.print.json),
            VotesCommand::Cast(args) => {
                let ballot = sorted(args.ballot.clone())?;
                let (network, _) = args.staker.connect().await?;
                args.staker.send(&network, rewards::vote_subnets(ballot)).await?;
                (network, args.staker.print.json)
            }
            VotesCommand::Count(args) => {
                let (network, _) = args.staker.connect().await?;
                args.staker.send(&network, rewards::count_votes()).await?;
                (network, args.staker.print.json)
            }
        };
        show(&network, json).await
    })
}

async fn show(network: &Network, json: bool) -> Result<()> {
    let shares = network.query(rewards::subnet_shares()).await?;
    if json {
        let rows = shares
            .iter()
            .map(|row| json!({ "netuid": row.netuid.0, "votes_rao": row.votes.0, "share": row.share }));
        println!("{}", serde_json::Value::from_iter(rows));
        return Ok(());
    }
    println!("{:>6}  {:>20}  {:>10}", "netuid", "votes, TAO", "emission");
    for row in &shares {
        let share = percent(u64::from(row.share), u64::from(u16::MAX));
        println!("{:>6}  {:>20}  {share:>9.2}%", row.netuid.0, row.votes.to_string());
    }
    Ok(())
}

async fn ballots(args: &ShowArgs) -> Result<()> {
    let network = args.chain.connect().await?;
    let snapshot = network.snapshot().await?;
    let mut rows = Vec::new();
    for hotkey in snapshot.query(rewards::voters()).await? {
        let ballot = snapshot.query(rewards::ballot(hotkey)).await?;
        rows.push((network.chain().ss58(&hotkey), ballot));
    }
    if args.print.json {
        let rows = rows.iter().map(|(hotkey, ballot)| {
            let votes: Vec<(u16, u16)> = ballot.iter().map(|vote| (vote.netuid.0, vote.weight)).collect();
            json!({ "hotkey": hotkey, "votes": votes })
        });
        println!("{}", serde_json::Value::from_iter(rows));
        return Ok(());
    }
    for (hotkey, ballot) in &rows {
        let votes = ballot.iter().map(|vote| format!("{}={}", vote.netuid, vote.weight));
        println!("{hotkey}  {}", votes.collect::<Vec<_>>().join(" "));
    }
    Ok(())
}

/// The contract takes subnets in ascending order, each once.
fn sorted(mut ballot: Vec<SubnetVote>) -> Result<Vec<SubnetVote>> {
    ballot.sort_by_key(|vote| vote.netuid);
    let twice = ballot
        .iter()
        .zip(ballot.iter().skip(1))
        .find(|(one, next)| one.netuid == next.netuid);
    if let Some((vote, _)) = twice {
        bail!(
            "subnet {} is on the ballot twice: give each subnet one weight",
            vote.netuid
        );
    }
    Ok(ballot)
}

/// Reads NETUID=WEIGHT.
fn vote(text: &str) -> Result<SubnetVote> {
    let (netuid, weight) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not of the form NETUID=WEIGHT"))?;
    let weight = weight
        .parse()
        .ok()
        .filter(|weight| *weight != 0)
        .with_context(|| format!("`{weight}` is no weight: expected a number from 1 to 65535"))?;
    let netuid = netuid
        .parse()
        .with_context(|| format!("`{netuid}` is no subnet's number"))?;
    Ok(SubnetVote {
        netuid: NetUid(netuid),
        weight,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ballot_is_sorted_and_names_each_subnet_once() {
        let ballot = ["3=40", "0=60"].map(|text| vote(text).unwrap()).to_vec();
        let numbers: Vec<u16> = sorted(ballot.clone())
            .unwrap()
            .iter()
            .map(|vote| vote.netuid.0)
            .collect();
        assert_eq!(numbers, [0, 3]);
        let twice = [ballot.clone(), ballot].concat();
        assert!(sorted(twice).unwrap_err().to_string().contains("twice"));
        for text in ["", "3", "3=", "3=0", "x=1", "3=65536", "70000=1"] {
            assert!(vote(text).is_err(), "{text}");
        }
    }
}
