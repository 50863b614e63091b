//! `inktensor stake` and `inktensor unstake`.

use super::{
    access::{ChainArgs, account, block_on, tao},
    keys::SignerArgs,
};
use anyhow::Result;
use inktensor_client::{Calls, Contract, Network, messages::staking};
use inktensor_primitives::{AccountId, Rao};

/// Stakes TAO to a hotkey, or takes it back.
#[derive(Debug, clap::Args)]
pub struct StakeArgs {
    /// The hotkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// How much TAO.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    amount: Rao,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// Runs `inktensor stake`: allowance and stake in one signature.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn stake(args: &StakeArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let coldkey = args.key.signer(network.chain())?.account();
        let message = staking::stake(args.hotkey, args.amount);
        let calls = network
            .with_allowance(&coldkey, Contract::Staking, args.amount, message)
            .await?;
        send(args, &network, calls).await
    })
}

/// Runs `inktensor unstake`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn unstake(args: &StakeArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        send(args, &network, staking::unstake(args.hotkey, args.amount).into()).await
    })
}

async fn send(args: &StakeArgs, network: &Network, calls: Calls) -> Result<()> {
    let signer = args.key.signer(network.chain())?;
    let receipt = network.call(&signer, calls).await?;
    let stake = network.query(staking::stake_of(args.hotkey, signer.account())).await?;
    let hotkey = network.chain().ss58(&args.hotkey);
    if args.json {
        let block = receipt.block.number;
        println!(
            "{}",
            serde_json::json!({ "hotkey": hotkey, "stake_rao": stake.0, "block": block })
        );
    } else {
        println!(
            "{} has {stake} TAO staked to {hotkey}",
            network.chain().ss58(&signer.account())
        );
    }
    Ok(())
}
