//! What an owner does with a subnet: say what it is, give it away, dissolve it.

use crate::cli::{
    access::{ChainArgs, account, block_on},
    keys::SignerArgs,
};
use anyhow::Result;
use inktensor_client::{Calls, messages::registry};
use inktensor_primitives::{AccountId, NetUid, registry::SubnetIdentity};
use serde_json::{Value, json};

/// The most neurons that the registry clears at once.
const SWEEP: u32 = 64;

/// A subnet, and who acts on it.
#[derive(Debug, clap::Args)]
pub struct SubnetArgs {
    /// The subnet.
    #[arg(long)]
    netuid: u16,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// What a subnet says of itself; what is left out stays.
#[derive(Debug, clap::Args)]
pub struct IdentityArgs {
    /// A short name.
    #[arg(long)]
    name: Option<String>,
    /// What is asked of models.
    #[arg(long)]
    description: Option<String>,
    /// Where to read more.
    #[arg(long, value_name = "URL")]
    website: Option<String>,
    #[command(flatten)]
    subnet: SubnetArgs,
}

/// To whom a subnet is offered.
#[derive(Debug, clap::Args)]
pub struct TransferArgs {
    /// The account that may accept it: an address, or the derivation of a development account.
    #[arg(long, value_parser = account, required_unless_present = "cancel", conflicts_with = "cancel")]
    to: Option<AccountId>,
    /// Takes the offer back.
    #[arg(long)]
    cancel: bool,
    #[command(flatten)]
    subnet: SubnetArgs,
}

impl SubnetArgs {
    fn netuid(&self) -> NetUid {
        NetUid(self.netuid)
    }

    /// Sends calls and tells what came of them: the sentence, or with `--json` the fields with subnet and block.
    fn send(&self, calls: impl Into<Calls>, mut fields: Value, sentence: &str) -> Result<()> {
        block_on(async {
            let network = self.chain.connect().await?;
            let signer = self.key.signer(network.chain())?;
            let receipt = network.call(&signer, calls).await?;
            if self.json {
                fields["netuid"] = self.netuid.into();
                fields["block"] = receipt.block.number.into();
                println!("{fields}");
            } else {
                println!("{sentence}");
            }
            Ok(())
        })
    }
}

/// Runs `inktensor subnet identity`.
pub fn identity(args: &IdentityArgs) -> Result<()> {
    let netuid = args.subnet.netuid();
    let now = block_on(async {
        let network = args.subnet.chain.connect().await?;
        Ok(network.query(registry::subnet(netuid)).await?.identity)
    })?;
    let identity = SubnetIdentity {
        name: args.name.clone().unwrap_or(now.name),
        description: args.description.clone().unwrap_or(now.description),
        url: args.website.clone().unwrap_or(now.url),
    };
    let fields = json!({ "name": identity.name, "description": identity.description, "url": identity.url });
    let sentence = format!("subnet {netuid} is called {}", identity.name);
    args.subnet
        .send(registry::set_identity(netuid, identity), fields, &sentence)
}

/// Runs `inktensor subnet transfer`.
pub fn transfer(args: &TransferArgs) -> Result<()> {
    let netuid = args.subnet.netuid();
    let to = args.to.map(|to| inktensor_client::accounts::to_ss58(&to, 42));
    let sentence = match &to {
        Some(to) => format!("subnet {netuid} is offered to {to}, who has to accept it"),
        None => format!("subnet {netuid} is offered to nobody"),
    };
    let message = registry::offer_subnet(netuid, args.to);
    args.subnet.send(message, json!({ "offered_to": to }), &sentence)
}

/// Runs `inktensor subnet accept`.
pub fn accept(args: &SubnetArgs) -> Result<()> {
    let netuid = args.netuid();
    let sentence = format!("subnet {netuid} is yours");
    args.send(registry::accept_subnet(netuid), json!({}), &sentence)
}

/// Runs `inktensor subnet dissolve`.
pub fn dissolve(args: &SubnetArgs) -> Result<()> {
    let netuid = args.netuid();
    let lock = block_on(async {
        let network = args.chain.connect().await?;
        Ok(network.query(registry::subnet(netuid)).await?.lock)
    })?;
    let sentence = format!("subnet {netuid} is dissolved; {lock} TAO were paid back to its owner");
    args.send(
        registry::dissolve_subnet(netuid),
        json!({ "refund_rao": lock.0 }),
        &sentence,
    )
}

/// Runs `inktensor subnet sweep`: as many calls as it takes.
pub fn sweep(args: &SubnetArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let message = || registry::sweep_subnet(args.netuid(), SWEEP);
        let mut calls = 0_u32;
        loop {
            let left = network.dry_run(&signer.account(), message()).await?.value;
            network.call(&signer, message()).await?;
            calls += 1;
            if left == 0 {
                break;
            }
        }
        if args.json {
            println!("{}", json!({ "netuid": args.netuid, "calls": calls }));
        } else {
            println!("nothing of subnet {} is left", args.netuid);
        }
        Ok(())
    })
}
