//! `inktensor subnet show` and `inktensor subnet log`.

use super::ListArgs;
use crate::cli::access::{ChainArgs, block_on};
use crate::cli::common::{PrintArgs, SubnetArg};
use anyhow::Result;
use inktensor_client::{accounts::to_hex, messages::registry};
use inktensor_primitives::registry::TensorSpec;
use serde_json::{Value, json};

/// Which subnet to show.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs `inktensor subnet show`. All of it is of one block.
pub fn show(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let netuid = args.subnet.id();
        let subnet = snapshot.query(registry::subnet(netuid)).await?;
        let price = snapshot.query(registry::burn_price(netuid)).await?;
        let offered = snapshot.query(registry::subnet_offer(netuid)).await?;
        let name = |account| network.chain().ss58(account);
        let (owner, offered) = (name(&subnet.owner), offered.as_ref().map(name));
        let (identity, task) = (&subnet.identity, &subnet.task);
        let metric = task.metric.to_string();
        if args.print.json {
            println!(
                "{}",
                json!({
                    "netuid": args.subnet.netuid,
                    "name": identity.name,
                    "description": identity.description,
                    "url": identity.url,
                    "owner": owner,
                    "offered_to": offered,
                    "created_at": subnet.created_at,
                    "neurons": subnet.neurons,
                    "lock_rao": subnet.lock.0,
                    "burn_price_rao": price.0,
                    "task": {
                        "input": tensor_json(&task.input),
                        "output": tensor_json(&task.output),
                        "metric": metric,
                        "max_model_bytes": task.max_model_bytes,
                        "max_flops": task.max_flops,
                        "max_latency_ms": task.max_latency_ms,
                        "data_hash": to_hex(task.data_hash),
                        "data_uri": task.data_uri,
                    },
                })
            );
            return Ok(());
        }
        println!("subnet {netuid}: {} {}", identity.name, identity.url);
        println!("{}", identity.description);
        println!(
            "owner        {owner}, with {} TAO locked since block {}",
            subnet.lock, subnet.created_at
        );
        if let Some(offered) = offered {
            println!("offered to   {offered}");
        }
        println!("a slot burns {price} TAO now; {} are taken", subnet.neurons);
        println!("models take  {}", tensor(&task.input));
        println!("and give     {}", tensor(&task.output));
        println!(
            "with at most {} bytes, {} operations a sample, {} ms",
            task.max_model_bytes, task.max_flops, task.max_latency_ms
        );
        println!(
            "measured by  {metric} on {} ({})",
            task.data_uri,
            to_hex(task.data_hash)
        );
        Ok(())
    })
}

/// Runs `inktensor subnet log`.
pub fn log(args: &ListArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let cost = snapshot.query(registry::lock_cost()).await?;
        let changes = snapshot.subnet_log().await?;
        if args.print.json {
            let changes = changes
                .iter()
                .map(|change| json!({ "netuid": change.netuid.0, "at": change.at, "open": change.open }));
            println!(
                "{}",
                json!({ "lock_cost_rao": cost.0, "changes": Value::from_iter(changes) })
            );
            return Ok(());
        }
        for change in &changes {
            let what = if change.open { "opened" } else { "dissolved" };
            println!("block {:>10}  subnet {} {what}", change.at, change.netuid);
        }
        println!("opening another locks {cost} TAO now");
        Ok(())
    })
}

fn tensor(spec: &TensorSpec) -> String {
    format!("{}:{} {:?}", spec.name, spec.element, spec.shape)
}

fn tensor_json(spec: &TensorSpec) -> Value {
    json!({ "name": spec.name, "element": spec.element, "shape": spec.shape })
}
