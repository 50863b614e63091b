//! What moves stake: `inktensor stake`, `unstake`, `move-stake` and `transfer-stake`, and `positions`, which shows it.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, account, block_on, tao},
    keys::SignerArgs,
    part::PartArgs,
};
use anyhow::Result;
use inktensor_client::{Calls, Contract, Network, Receipt, messages::staking};
use inktensor_primitives::{AccountId, Rao};
use serde_json::json;

/// What every command of a staker takes.
#[derive(Debug, clap::Args)]
pub struct StakerArgs {
    #[command(flatten)]
    pub print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

impl StakerArgs {
    /// Connects, and tells whose key signs.
    pub async fn connect(&self) -> Result<(Network, AccountId)> {
        let network = self.chain.connect().await?;
        let account = self.key.signer(network.chain())?.account();
        Ok((network, account))
    }

    /// Signs and sends.
    pub async fn send(&self, network: &Network, calls: impl Into<Calls>) -> Result<Receipt> {
        let signer = self.key.signer(network.chain())?;
        Ok(network.call(&signer, calls).await?)
    }
}

/// Stakes TAO to a hotkey.
#[derive(Debug, clap::Args)]
pub struct StakeArgs {
    /// The hotkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// How much TAO.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    amount: Rao,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Takes staked TAO back.
#[derive(Debug, clap::Args)]
pub struct UnstakeArgs {
    /// The hotkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Moves stake to another hotkey.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// The hotkey that it is staked to.
    #[arg(long, value_parser = account)]
    from: AccountId,
    /// The hotkey that it will be staked to.
    #[arg(long, value_parser = account)]
    to: AccountId,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Gives stake to another coldkey.
#[derive(Debug, clap::Args)]
pub struct GiveArgs {
    /// The hotkey that it is staked to.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// Who gets it.
    #[arg(long, value_parser = account)]
    to: AccountId,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Shows where a coldkey's TAO is staked.
#[derive(Debug, clap::Args)]
pub struct PositionsArgs {
    /// The coldkey.
    #[arg(long, value_parser = account)]
    coldkey: AccountId,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs `inktensor stake`: allowance and stake in one signature.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn stake(args: &StakeArgs) -> Result<()> {
    let staker = &args.staker;
    block_on(async {
        let (network, coldkey) = staker.connect().await?;
        let message = staking::stake(args.hotkey, args.amount);
        let calls = network
            .with_allowance(&coldkey, Contract::Staking, args.amount, message)
            .await?;
        let receipt = staker.send(&network, calls).await?;
        tell(staker, &network, &receipt, coldkey, args.hotkey).await
    })
}

/// Runs `inktensor unstake`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn unstake(args: &UnstakeArgs) -> Result<()> {
    let staker = &args.staker;
    block_on(async {
        let (network, coldkey) = staker.connect().await?;
        let calls: Calls = match args.part.amount() {
            Some(amount) => staking::unstake(args.hotkey, amount).into(),
            None => staking::unstake_all(args.hotkey).into(),
        };
        let receipt = staker.send(&network, calls).await?;
        tell(staker, &network, &receipt, coldkey, args.hotkey).await
    })
}

/// Runs `inktensor move-stake`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn move_stake(args: &MoveArgs) -> Result<()> {
    let staker = &args.staker;
    block_on(async {
        let (network, coldkey) = staker.connect().await?;
        let message = staking::move_stake(args.from, args.to, args.part.amount());
        let receipt = staker.send(&network, message).await?;
        tell(staker, &network, &receipt, coldkey, args.to).await
    })
}

/// Runs `inktensor transfer-stake`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn transfer_stake(args: &GiveArgs) -> Result<()> {
    let staker = &args.staker;
    block_on(async {
        let (network, _) = staker.connect().await?;
        let message = staking::transfer_stake(args.hotkey, args.to, args.part.amount());
        let receipt = staker.send(&network, message).await?;
        tell(staker, &network, &receipt, args.to, args.hotkey).await
    })
}

/// Says what a position is now.
async fn tell(
    staker: &StakerArgs,
    network: &Network,
    receipt: &Receipt,
    coldkey: AccountId,
    hotkey: AccountId,
) -> Result<()> {
    let stake = network.query(staking::stake_of(hotkey, coldkey)).await?;
    let (hotkey, coldkey) = (network.chain().ss58(&hotkey), network.chain().ss58(&coldkey));
    if staker.print.json {
        let block = receipt.block.number;
        println!(
            "{}",
            json!({ "hotkey": hotkey, "coldkey": coldkey, "stake_rao": stake.0, "block": block })
        );
    } else {
        println!("{coldkey} has {stake} TAO staked to {hotkey}");
    }
    Ok(())
}

/// Runs `inktensor positions`.
///
/// # Errors
/// When the chain cannot be reached.
pub fn positions(args: &PositionsArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let positions = snapshot.all_positions(args.coldkey).await?;
        let name = |account| network.chain().ss58(account);
        if args.print.json {
            let list = positions.iter().map(|position| {
                let (hotkey, stake) = (name(&position.hotkey), position.stake.0);
                json!({ "hotkey": hotkey, "stake_rao": stake })
            });
            let list: Vec<_> = list.collect();
            let block = snapshot.block().number;
            println!(
                "{}",
                json!({ "coldkey": name(&args.coldkey), "block": block, "positions": list })
            );
            return Ok(());
        }
        println!("{:>20}  hotkey", "stake, TAO");
        for position in &positions {
            println!("{:>20}  {}", position.stake.to_string(), name(&position.hotkey));
        }
        Ok(())
    })
}
