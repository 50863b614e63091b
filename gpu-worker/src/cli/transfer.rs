//! `inktensor transfer`: TAO to one account or to many in one signature.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, account, block_on, tao},
    keys::SignerArgs,
};
use anyhow::Result;
use inktensor_client::{Calls, messages};
use inktensor_primitives::{AccountId, Rao};

/// Sends TAO: to all accounts, or to none.
#[derive(Debug, clap::Args)]
pub struct TransferArgs {
    /// Who receives: an address, or the derivation of a development account. May be given many times.
    #[arg(long, required = true, value_parser = account)]
    to: Vec<AccountId>,
    /// How much TAO each receives.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    amount: Rao,
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
pub fn run(args: &TransferArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let value = u128::from(args.amount.0);
        let transfers = args.to.iter().map(|to| messages::tao::transfer(*to, value, Vec::new()));
        let calls = transfers.fold(Calls::new(), Calls::then);
        let receipt = network.call(&signer, calls).await?;
        if args.print.json {
            println!(
                "{}",
                serde_json::json!({ "accounts": args.to.len(), "block": receipt.block.number })
            );
        } else {
            let (number, amount) = (args.to.len(), args.amount);
            println!(
                "{amount} TAO sent to each of {number} accounts in block {}",
                receipt.block.number
            );
        }
        Ok(())
    })
}
