//! What an owner does with a subnet: say what it is, give it away, dissolve it.

use super::{hash_of, tensor};
use crate::cli::common::{PrintArgs, SubnetArg};
use crate::cli::{
    access::{ChainArgs, account, block_on},
    keys::SignerArgs,
};
use anyhow::Result;
use inktensor_client::{Calls, accounts::to_hex, messages::registry};
use inktensor_primitives::{
    AccountId, NetUid,
    registry::{SubnetIdentity, TensorSpec},
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The most neurons that the registry clears at once.
const SWEEP: u32 = 64;

/// A subnet, and who acts on it.
#[derive(Debug, clap::Args)]
pub struct SubnetArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
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

/// What a subnet asks of models; what is left out stays.
#[derive(Debug, clap::Args)]
pub struct TaskArgs {
    /// The evaluation data: an .npz file with `images` and `labels`. Its hash is committed.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where validators find that file.
    #[arg(long, value_name = "URI")]
    data_uri: Option<String>,
    /// The model's input as NAME:ELEMENT:SHAPE, for example `images:float32:0,1,8,8`; 0 stands for the batch.
    #[arg(long, value_parser = tensor)]
    input: Option<TensorSpec>,
    /// The model's output; an empty name stands for the only one.
    #[arg(long, value_parser = tensor)]
    output: Option<TensorSpec>,
    /// The largest model.
    #[arg(long, value_name = "BYTES")]
    max_model_bytes: Option<u64>,
    /// The most floating-point operations for one sample.
    #[arg(long, value_name = "FLOPS")]
    max_flops: Option<u64>,
    /// The longest evaluation.
    #[arg(long, value_name = "MILLISECONDS")]
    max_latency: Option<u32>,
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
        self.subnet.id()
    }

    /// Sends calls and tells what came of them: the sentence, or with `--json` the fields with subnet and block.
    fn send(&self, calls: impl Into<Calls>, mut fields: Value, sentence: &str) -> Result<()> {
        block_on(async {
            let network = self.chain.connect().await?;
            let signer = self.key.signer(network.chain())?;
            let receipt = network.call(&signer, calls).await?;
            if self.print.json {
                fields["netuid"] = self.subnet.netuid.into();
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

/// Runs `inktensor subnet task`.
pub fn task(args: &TaskArgs) -> Result<()> {
    let netuid = args.subnet.netuid();
    let mut task = block_on(async {
        let network = args.subnet.chain.connect().await?;
        Ok(network.query(registry::subnet(netuid)).await?.task)
    })?;
    if let Some(data) = &args.data {
        task.data_hash = hash_of(data)?;
    }
    task.data_uri = args.data_uri.clone().unwrap_or(task.data_uri);
    task.input = args.input.clone().unwrap_or(task.input);
    task.output = args.output.clone().unwrap_or(task.output);
    task.max_model_bytes = args.max_model_bytes.unwrap_or(task.max_model_bytes);
    task.max_flops = args.max_flops.unwrap_or(task.max_flops);
    task.max_latency_ms = args.max_latency.unwrap_or(task.max_latency_ms);
    let fields = json!({ "data_hash": to_hex(task.data_hash), "data_uri": task.data_uri });
    let sentence = format!("subnet {netuid} asks for something else now");
    args.subnet.send(registry::set_task(netuid, task), fields, &sentence)
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
        if args.print.json {
            println!("{}", json!({ "netuid": args.subnet.netuid, "calls": calls }));
        } else {
            println!("nothing of subnet {} is left", args.subnet.netuid);
        }
        Ok(())
    })
}
