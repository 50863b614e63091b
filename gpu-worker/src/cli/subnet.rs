//! `inktensor subnet`: opens a subnet, shows all, and what an owner does with one's own.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, block_on, tao},
    keys::SignerArgs,
};
use anyhow::{Context, Result, bail};
use blake2::{Blake2b, Digest, digest::consts::U32};
use inktensor_client::{Contract, messages::registry};
use inktensor_primitives::{
    Hash, Rao,
    registry::{Metric, SubnetIdentity, Task, TensorSpec},
};
use std::path::{Path, PathBuf};

mod owner;
mod rules;
mod show;

/// Subnets.
#[derive(Debug, clap::Subcommand)]
pub enum SubnetCommand {
    /// Opens a subnet that the signing account owns.
    Create(Box<CreateArgs>),
    /// Changes rules of one's own subnet.
    Set(rules::SetArgs),
    /// Shows a subnet's rules, their bounds, and who may change them.
    Rules(rules::RulesArgs),
    /// Changes what one's own subnet says of itself.
    Identity(owner::IdentityArgs),
    /// Changes what one's own subnet asks of models.
    Task(owner::TaskArgs),
    /// Offers one's own subnet to another account, which has to accept.
    Transfer(owner::TransferArgs),
    /// Accepts a subnet that was offered.
    Accept(owner::SubnetArgs),
    /// Dissolves one's own subnet; its lock is paid back. Cannot be undone.
    Dissolve(owner::SubnetArgs),
    /// Clears a dissolved subnet's neurons from storage; whoever does is paid back the deposits.
    Sweep(owner::SubnetArgs),
    /// Shows all subnets.
    List(ListArgs),
    /// Shows one subnet: what it asks, what a slot on it costs, and to whom it is offered.
    Show(show::ShowArgs),
    /// Shows what opening a subnet locks now, and which subnets opened and dissolved.
    Log(ListArgs),
}

/// What a new subnet asks for.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// A short name.
    #[arg(long)]
    name: String,
    /// What is asked of models.
    #[arg(long, default_value = "")]
    description: String,
    /// Where to read more.
    #[arg(long, default_value = "", value_name = "URL")]
    website: String,
    /// The evaluation data: an .npz archive, a .safetensors or a Parquet file. Its hash is committed.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where validators find that file; without it, where it lies on this machine.
    #[arg(long, value_name = "URI")]
    data_uri: Option<String>,
    /// The model's input as NAME:ELEMENT:SHAPE, for example `images:float32:0,1,8,8`; 0 stands for the batch.
    #[arg(long, value_parser = tensor)]
    input: TensorSpec,
    /// The model's output; an empty name stands for the only one.
    #[arg(long, value_parser = tensor)]
    output: TensorSpec,
    /// What models are measured by, such as accuracy, top-k:5, f1:macro, roc-auc or rmse.
    #[arg(long, value_name = "NAME[:PARAMETER]", default_value = "accuracy")]
    metric: Metric,
    /// The largest model.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    max_model_bytes: u64,
    /// The most floating-point operations for one sample.
    #[arg(long, value_name = "FLOPS", default_value_t = 10_000_000_000)]
    max_flops: u64,
    /// The longest evaluation.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 60_000)]
    max_latency: u32,
    /// The most TAO to lock; without it, what opening a subnet locks now.
    #[arg(long, value_name = "TAO", value_parser = tao)]
    max_lock: Option<Rao>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// How to show subnets.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(command: &SubnetCommand) -> Result<()> {
    match command {
        SubnetCommand::Create(args) => create(args),
        SubnetCommand::Set(args) => rules::set(args),
        SubnetCommand::Rules(args) => rules::show(args),
        SubnetCommand::Identity(args) => owner::identity(args),
        SubnetCommand::Task(args) => owner::task(args),
        SubnetCommand::Transfer(args) => owner::transfer(args),
        SubnetCommand::Accept(args) => owner::accept(args),
        SubnetCommand::Dissolve(args) => owner::dissolve(args),
        SubnetCommand::Sweep(args) => owner::sweep(args),
        SubnetCommand::List(args) => list(args),
        SubnetCommand::Show(args) => show::show(args),
        SubnetCommand::Log(args) => show::log(args),
    }
}

fn create(args: &CreateArgs) -> Result<()> {
    let identity = SubnetIdentity {
        name: args.name.clone(),
        description: args.description.clone(),
        url: args.website.clone(),
    };
    let task = Task {
        input: args.input.clone(),
        output: args.output.clone(),
        metric: args.metric,
        max_model_bytes: args.max_model_bytes,
        max_flops: args.max_flops,
        max_latency_ms: args.max_latency,
        data_hash: hash_of(&args.data)?,
        data_uri: data_uri(args)?,
    };
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let cost = network.query(registry::lock_cost()).await?;
        let lock = args.max_lock.unwrap_or(cost);
        if cost > lock {
            bail!(
                "opening a subnet locks {cost} TAO now, --max-lock allows {lock}: allow more, or wait until it has fallen"
            );
        }
        let message = registry::create_subnet(identity, task, lock);
        let calls = network
            .with_allowance(&signer.account(), Contract::Registry, lock, message)
            .await?;
        let receipt = network.call(&signer, calls).await?;
        let subnets = network.all_subnets().await?;
        let own = subnets.iter().rfind(|subnet| subnet.owner == signer.account());
        let subnet = own.context("the new subnet is not among the subnets")?;
        if args.print.json {
            let (netuid, block) = (subnet.netuid.0, receipt.block.number);
            println!(
                "{}",
                serde_json::json!({ "netuid": netuid, "lock_rao": subnet.lock.0, "block": block })
            );
        } else {
            println!("subnet {} is open; {} TAO are locked", subnet.netuid, subnet.lock);
        }
        Ok(())
    })
}

fn list(args: &ListArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let subnets = network.all_subnets().await?;
        if args.print.json {
            let rows = subnets.iter().map(|subnet| {
                serde_json::json!({
                    "netuid": subnet.netuid.0,
                    "name": subnet.identity.name,
                    "owner": network.chain().ss58(&subnet.owner),
                    "neurons": subnet.neurons,
                    "lock_rao": subnet.lock.0,
                })
            });
            println!("{}", serde_json::Value::from_iter(rows));
            return Ok(());
        }
        println!(
            "{:>6}  {:24} {:>7}  {:>20}  owner",
            "netuid", "name", "neurons", "locked, TAO"
        );
        for subnet in &subnets {
            let (lock, owner) = (subnet.lock.to_string(), network.chain().ss58(&subnet.owner));
            println!(
                "{:>6}  {:24} {:>7}  {lock:>20}  {owner}",
                subnet.netuid.0, subnet.identity.name, subnet.neurons
            );
        }
        Ok(())
    })
}

/// BLAKE2-256 of a file.
fn hash_of(file: &Path) -> Result<Hash> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let hash: [u8; 32] = Blake2b::<U32>::digest(bytes).into();
    Ok(hash.into())
}

fn data_uri(args: &CreateArgs) -> Result<String> {
    if let Some(uri) = &args.data_uri {
        return Ok(uri.clone());
    }
    let file = args
        .data
        .canonicalize()
        .with_context(|| format!("cannot find {}", args.data.display()))?;
    Ok(format!("file://{}", file.display()))
}

/// Reads NAME:ELEMENT:SHAPE.
fn tensor(text: &str) -> Result<TensorSpec> {
    let parts: Vec<&str> = text.split(':').collect();
    let [name, element, shape] = parts.as_slice() else {
        bail!("`{text}` is no tensor: expected NAME:ELEMENT:SHAPE, for example images:float32:0,1,8,8");
    };
    let shape = shape
        .split(',')
        .map(|size| size.parse().with_context(|| format!("`{size}` is no dimension")));
    Ok(TensorSpec {
        name: (*name).to_owned(),
        element: (*element).to_owned(),
        shape: shape.collect::<Result<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_is_a_name_an_element_and_a_shape() {
        let spec = tensor("images:float32:0,1,8,8").unwrap();
        assert_eq!(
            (spec.name.as_str(), spec.element.as_str(), spec.shape),
            ("images", "float32", vec![0, 1, 8, 8])
        );
        assert_eq!(tensor(":float32:0,10").unwrap().name, "");
        for text in [
            "",
            "images",
            "images:float32",
            "images:float32:a",
            "images:float32:1:2",
            "images:float32:-1",
        ] {
            assert!(tensor(text).is_err(), "{text}");
        }
    }
}
