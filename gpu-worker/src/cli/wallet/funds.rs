//! `inktensor wallet balance`, `burn` and `allow`.

use super::{OwnArgs, ShowArgs};
use crate::cli::access::{block_on, tao as tao_amount};
use anyhow::Result;
use inktensor_client::{Contract, messages::tao};
use inktensor_primitives::Rao;
use serde_json::json;

/// How much to destroy.
#[derive(Debug, clap::Args)]
pub struct BurnArgs {
    /// How much TAO.
    #[arg(long, value_name = "TAO", value_parser = tao_amount)]
    amount: Rao,
    #[command(flatten)]
    own: OwnArgs,
}

/// Who may take how much.
#[derive(Debug, clap::Args)]
pub struct AllowArgs {
    /// The contract.
    #[arg(long, value_enum)]
    contract: Spender,
    /// How much TAO, in place of what it was allowed; 0 takes the allowance back.
    #[arg(long, value_name = "TAO", value_parser = tao_amount)]
    amount: Rao,
    #[command(flatten)]
    own: OwnArgs,
}

/// A contract that takes TAO.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Spender {
    /// Takes locks and burns.
    Registry,
    /// Takes stake.
    Staking,
}

impl From<Spender> for Contract {
    fn from(spender: Spender) -> Self {
        match spender {
            Spender::Registry => Self::Registry,
            Spender::Staking => Self::Staking,
        }
    }
}

/// Runs `inktensor wallet balance`.
pub fn balance(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let held = rao(snapshot.query(tao::balance_of(args.coldkey)).await?);
        let positions = snapshot.all_positions(args.coldkey).await?;
        let staked = Rao(positions.iter().map(|position| position.stake.0).sum());
        let mut allowed = [Rao::ZERO; 2];
        for (allowed, contract) in allowed.iter_mut().zip([Contract::Registry, Contract::Staking]) {
            let allowance = tao::allowance(args.coldkey, network.address(contract));
            *allowed = rao(snapshot.query(allowance).await?);
        }
        let native = network.chain().balance(&args.coldkey).await?.spendable();
        let [registry, staking] = allowed;
        if args.print.json {
            println!(
                "{}",
                json!({
                    "coldkey": network.chain().ss58(&args.coldkey),
                    "held_rao": held.0,
                    "staked_rao": staked.0,
                    "allowed_rao": { "registry": registry.0, "staking": staking.0 },
                    "native": native.to_string(),
                    "block": snapshot.block().number,
                })
            );
            return Ok(());
        }
        println!("held     {held} TAO, of which the registry may take {registry} and staking {staking}");
        println!("staked   {staked} TAO");
        println!("for fees {}", network.chain().properties().format_native(native));
        Ok(())
    })
}

fn rao(amount: u128) -> Rao {
    Rao(u64::try_from(amount).unwrap_or(u64::MAX))
}

/// Runs `inktensor wallet allow`.
pub fn allow(args: &AllowArgs) -> Result<()> {
    block_on(async {
        let network = args.own.chain.connect().await?;
        let signer = args.own.key.signer(network.chain())?;
        let contract = Contract::from(args.contract);
        let message = tao::approve(network.address(contract), u128::from(args.amount.0));
        let block = network.call(&signer, message).await?.block.number;
        let fields = json!({ "contract": contract.name(), "allowed_rao": args.amount.0, "block": block });
        let sentence = format!("the {contract} contract may take {} TAO", args.amount);
        args.own.tell(fields, &sentence);
        Ok(())
    })
}

/// Runs `inktensor wallet burn`.
pub fn burn(args: &BurnArgs) -> Result<()> {
    let message = tao::burn(u128::from(args.amount.0));
    args.own.send(message, &format!("{} TAO are destroyed", args.amount))
}
