//! `inktensor neuron`: who holds a slot, where it serves, and what it stands for.

use super::access::{ChainArgs, account, block_on};
use super::common::{PrintArgs, SubnetArg};
use anyhow::{Context, Result};
use inktensor_client::{
    accounts::{to_hex, to_ss58},
    messages::registry,
};
use inktensor_primitives::{
    AccountId, Uid,
    registry::{Endpoint, ModelRecord, Protocol},
};
use serde_json::{Value, json};

/// Shows one neuron of a subnet.
#[derive(Debug, clap::Args)]
pub struct NeuronArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// Its UID.
    #[arg(long, required_unless_present = "hotkey", conflicts_with = "hotkey")]
    uid: Option<u16>,
    /// Its hotkey: an address, or the derivation of a development account. One that was replaced stands for its successor.
    #[arg(long, value_parser = account)]
    hotkey: Option<AccountId>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs the command. All of it is of one block.
///
/// # Errors
/// When the chain cannot be reached, or there is no such neuron.
pub fn run(args: &NeuronArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let netuid = args.subnet.id();
        let name = |account: &AccountId| network.chain().ss58(account);
        let uid = match (args.uid, args.hotkey) {
            (Some(uid), _) => Uid(uid),
            (None, hotkey) => {
                let named = hotkey.context("--uid or --hotkey says which neuron")?;
                let mut hotkey = named;
                while let Some(successor) = snapshot.query(registry::successor_of(hotkey)).await? {
                    hotkey = successor;
                }
                let uid = snapshot.query(registry::uid_of(netuid, hotkey)).await?;
                uid.with_context(|| format!("{} has no slot on subnet {netuid}", name(&named)))?
            }
        };
        let neuron = snapshot.query(registry::neuron(netuid, uid)).await?;
        let model = snapshot.query(registry::model(netuid, uid)).await?;
        if args.print.json {
            println!(
                "{}",
                json!({
                    "netuid": args.subnet.netuid,
                    "uid": uid.0,
                    "hotkey": name(&neuron.hotkey),
                    "coldkey": name(&neuron.coldkey),
                    "registered_at": neuron.registered_at,
                    "validator_permit": neuron.validator_permit,
                    "pruning_score": neuron.pruning_score,
                    "endpoint": neuron.endpoint.as_ref().map(endpoint_json),
                    "model": model.as_ref().map(model_json),
                })
            );
            return Ok(());
        }
        let permit = if neuron.validator_permit { "with" } else { "without" };
        println!(
            "UID {uid} of subnet {netuid}, {permit} a permit, since block {}",
            neuron.registered_at
        );
        println!("hotkey    {}", name(&neuron.hotkey));
        println!("coldkey   {}", name(&neuron.coldkey));
        match &neuron.endpoint {
            Some(Endpoint { uri, protocol, tls_key }) => {
                let key = tls_key.map_or_else(String::new, |key| format!(", TLS key {}", to_hex(key)));
                println!("serves    {uri} by {}{key}", spoken(protocol));
            }
            None => println!("serves    nowhere"),
        }
        match &model {
            Some(model) => println!("model     {}", told(model)),
            None => println!("model     none"),
        }
        Ok(())
    })
}

fn spoken(protocol: &Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::Grpc => "grpc",
        Protocol::Quic => "quic",
    }
}

fn endpoint_json(endpoint: &Endpoint) -> Value {
    json!({
        "uri": endpoint.uri,
        "protocol": spoken(&endpoint.protocol),
        "tls_key": endpoint.tls_key.map(to_hex),
    })
}

/// A commitment to a model.
pub fn model_json(record: &ModelRecord) -> Value {
    let commitment = &record.commitment;
    json!({
        "netuid": record.netuid.0,
        "uid": record.uid.0,
        "hotkey": to_ss58(&record.hotkey, 42),
        "hash": to_hex(commitment.hash),
        "uri": commitment.uri,
        "size": commitment.size,
        "parent": commitment.parent.map(to_hex),
        "licence": commitment.licence,
        "task": commitment.task,
        "parameters": commitment.parameters,
        "committed_at": record.committed_at,
        "sequence": record.sequence,
        "revision": record.revision,
    })
}

/// A commitment to a model in one line.
pub fn told(record: &ModelRecord) -> String {
    let commitment = &record.commitment;
    let parent = commitment
        .parent
        .map_or_else(String::new, |parent| format!(", derived from {}", to_hex(parent)));
    format!(
        "{} ({} bytes) at {}, committed in block {} as revision {} of UID {} on subnet {}{parent}",
        to_hex(commitment.hash),
        commitment.size,
        commitment.uri,
        record.committed_at,
        record.revision,
        record.uid,
        record.netuid
    )
}
