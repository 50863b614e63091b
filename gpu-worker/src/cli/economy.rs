//! `inktensor economy` and `inktensor delegates`: the money supply, and where TAO can be staked.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, block_on},
    part::percent,
};
use anyhow::Result;
use inktensor_client::messages::rewards;
use serde_json::{Value, json};

/// How to show.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs `inktensor economy`.
///
/// # Errors
/// When the chain cannot be reached.
pub fn economy(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let economy = network.query(rewards::economy()).await?;
        if args.print.json {
            println!(
                "{}",
                json!({
                    "issuance_rao": economy.issuance.0,
                    "cap_rao": economy.cap.0,
                    "block_emission_rao": economy.block_emission.0,
                    "next_halving_rao": economy.next_halving.0,
                    "staked_rao": economy.staked.0,
                })
            );
            return Ok(());
        }
        println!("in existence    {} of at most {} TAO", economy.issuance, economy.cap);
        println!("staked          {} TAO", economy.staked);
        println!(
            "each block      {} TAO, half of it from {} TAO in existence on",
            economy.block_emission, economy.next_halving
        );
        Ok(())
    })
}

/// Runs `inktensor delegates`.
///
/// # Errors
/// When the chain cannot be reached.
pub fn delegates(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let mut delegates = network.all_delegates().await?;
        delegates.sort_by_key(|delegate| std::cmp::Reverse(delegate.stake));
        let name = |account| network.chain().ss58(account);
        if args.print.json {
            let rows = delegates.iter().map(|delegate| {
                json!({
                    "hotkey": name(&delegate.hotkey),
                    "owner": delegate.owner.as_ref().map(name),
                    "stake_rao": delegate.stake.0,
                    "nominators": delegate.nominators,
                    "take": delegate.take,
                    "rise": delegate.rise.as_ref().map(|rise| json!({ "take": rise.take, "at": rise.at })),
                })
            });
            println!("{}", Value::from_iter(rows));
            return Ok(());
        }
        println!("{:>20} {:>10} {:>7}  hotkey", "stake, TAO", "nominators", "take");
        for delegate in &delegates {
            println!(
                "{:>20} {:>10} {:>6.2}%  {}",
                delegate.stake.to_string(),
                delegate.nominators,
                percent(u64::from(delegate.take), u64::from(u16::MAX)),
                name(&delegate.hotkey)
            );
        }
        Ok(())
    })
}
