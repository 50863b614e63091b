//! `inktensor register`: takes a slot on a subnet for a hotkey.

use super::common::{PrintArgs, SubnetArg};
use super::{
    access::{ChainArgs, account, block_on, tao},
    keys::SignerArgs,
};
use anyhow::{Context, Result, bail};
use inktensor_client::{Contract, messages::registry};
use inktensor_primitives::{AccountId, Rao};

/// Registers a hotkey on a subnet; the signing coldkey owns it, and pays what a slot costs now.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The hotkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// The most TAO to burn; without it, what a slot costs now.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    max_burn: Option<Rao>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(args: &RegisterArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let netuid = args.subnet.id();
        let price = network.query(registry::burn_price(netuid)).await?;
        let most = args.max_burn.unwrap_or(price);
        if price > most {
            bail!(
                "a slot on subnet {netuid} costs {price} TAO now, --max-burn allows {most}: allow more, or wait until it has fallen"
            );
        }
        let register = registry::register(netuid, args.hotkey, most);
        let calls = network
            .with_allowance(&signer.account(), Contract::Registry, most, register)
            .await?;
        let receipt = network.call(&signer, calls).await?;
        let uid = network.query(registry::uid_of(netuid, args.hotkey)).await?;
        let uid = uid.with_context(|| format!("the hotkey has no slot on subnet {netuid} after its registration"))?;
        let hotkey = network.chain().ss58(&args.hotkey);
        if args.print.json {
            let block = receipt.block.number;
            println!(
                "{}",
                serde_json::json!({ "netuid": args.subnet.netuid, "uid": uid.0, "hotkey": hotkey, "block": block })
            );
        } else {
            println!("{hotkey} is UID {uid} on subnet {netuid}, for at most {most} TAO");
        }
        Ok(())
    })
}
