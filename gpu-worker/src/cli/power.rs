//! `inktensor voting-power`: what stake of past blocks counts in votes of governance.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, account, block_on},
    stake::StakerArgs,
};
use anyhow::Result;
use inktensor_client::messages::staking;
use inktensor_primitives::{AccountId, BlockNumber, Rao};
use serde_json::json;

/// The most hotkeys whose votes the contract adds up at once.
const HOTKEYS: usize = 64;

/// Voting power.
#[derive(Debug, clap::Subcommand)]
pub enum PowerCommand {
    /// Shows what a coldkey's stake was recorded with at the end of a past block.
    Show(ShowArgs),
    /// Records one's own stake on a hotkey, earnings included, as votes of later blocks.
    Record(RecordArgs),
}

/// Whose power, and when.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The coldkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    coldkey: AccountId,
    /// The block; without it, the one before the best.
    #[arg(long)]
    block: Option<BlockNumber>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Which stake to record.
#[derive(Debug, clap::Args)]
pub struct RecordArgs {
    /// The hotkey that it is staked to.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(command: &PowerCommand) -> Result<()> {
    match command {
        PowerCommand::Show(args) => block_on(show(args)),
        PowerCommand::Record(args) => block_on(record(args)),
    }
}

/// Of the hotkeys that the coldkey has stake on now: what it took back since has no power any more that could be found.
async fn show(args: &ShowArgs) -> Result<()> {
    let network = args.chain.connect().await?;
    let snapshot = network.snapshot().await?;
    let block = args.block.unwrap_or(snapshot.block().number.saturating_sub(1));
    let positions = snapshot.all_positions(args.coldkey).await?;
    let mut hotkeys: Vec<AccountId> = positions.into_iter().map(|position| position.hotkey).collect();
    hotkeys.sort();
    let mut votes = 0_u64;
    for some in hotkeys.chunks(HOTKEYS) {
        let message = staking::past_votes(args.coldkey, some.to_vec(), block);
        votes = votes.saturating_add(snapshot.query(message).await?.0);
    }
    let all = snapshot.query(staking::past_total(block)).await?;
    let (votes, coldkey) = (Rao(votes), network.chain().ss58(&args.coldkey));
    if args.print.json {
        println!(
            "{}",
            json!({ "coldkey": coldkey, "block": block, "votes_rao": votes.0, "all_rao": all.0 })
        );
    } else {
        println!("{coldkey} had {votes} of {all} TAO of votes at block {block}");
    }
    Ok(())
}

async fn record(args: &RecordArgs) -> Result<()> {
    let staker = &args.staker;
    let (network, coldkey) = staker.connect().await?;
    let receipt = staker.send(&network, staking::record_votes(args.hotkey)).await?;
    let stake = network.query(staking::stake_of(args.hotkey, coldkey)).await?;
    let (hotkey, block) = (network.chain().ss58(&args.hotkey), receipt.block.number);
    if staker.print.json {
        println!("{}", json!({ "hotkey": hotkey, "votes_rao": stake.0, "block": block }));
    } else {
        println!("{stake} TAO on {hotkey} vote from block {block} on");
    }
    Ok(())
}
