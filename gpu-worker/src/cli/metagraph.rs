//! `inktensor metagraph`: a subnet's neurons, what they stand for, and what the last epoch gave them.

use super::access::{ChainArgs, block_on};
use super::common::{PrintArgs, SubnetArg};
use anyhow::Result;
use inktensor_client::{Chain, messages::rewards};
use inktensor_primitives::{
    registry::ModelRecord,
    rewards::{EpochStatus, MetagraphRow},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Shows a subnet's neurons as of its last epoch.
#[derive(Debug, clap::Args)]
pub struct MetagraphArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs the command. All of it is of one block.
///
/// # Errors
/// When the chain cannot be reached or knows no such subnet.
pub fn run(args: &MetagraphArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let netuid = args.subnet.id();
        let snapshot = network.snapshot().await?;
        let status = snapshot.query(rewards::epoch_status(netuid)).await?;
        let rows = snapshot.metagraph(netuid).await?;
        let models = snapshot.all_models(netuid).await?;
        let models: BTreeMap<u16, ModelRecord> = models.into_iter().map(|record| (record.uid.0, record)).collect();
        let block = snapshot.block().number;
        if args.print.json {
            println!(
                "{}",
                to_json(network.chain(), args.subnet.netuid, block, &status, &rows, &models)
            );
        } else {
            println!("{}", table(args.subnet.netuid, block, &status, &rows, &models));
        }
        Ok(())
    })
}

/// 0 to 1 of a proportion in 65535ths.
fn share(proportion: u16) -> f64 {
    f64::from(proportion) / f64::from(u16::MAX)
}

fn to_json(
    chain: &Chain,
    netuid: u16,
    block: u32,
    status: &EpochStatus,
    rows: &[MetagraphRow],
    models: &BTreeMap<u16, ModelRecord>,
) -> Value {
    let neurons: Vec<Value> = rows
        .iter()
        .map(|row| {
            let model = models.get(&row.uid.0).map(|record| {
                let commitment = &record.commitment;
                let hash = format!("0x{}", hex(commitment.hash.as_ref()));
                json!({ "hash": hash, "uri": commitment.uri, "size": commitment.size, "committed_at": record.committed_at })
            });
            json!({
                "uid": row.uid.0,
                "hotkey": chain.ss58(&row.hotkey),
                "coldkey": chain.ss58(&row.coldkey),
                "model": model,
                "incentive": share(row.incentive),
                "dividends": share(row.dividends),
                "consensus": share(row.consensus),
                "validator_trust": share(row.validator_trust),
                "emission_rao": row.emission.0,
                "stake_rao": row.stake.0,
                "validator_permit": row.validator_permit,
                "last_update": row.last_update,
                "registered_at": row.registered_at,
            })
        })
        .collect();
    json!({
        "netuid": netuid,
        "block": block,
        "epoch": status.epoch,
        "last_epoch_at": status.last_epoch_at,
        "next_epoch_at": status.next_epoch_at,
        "pending_rao": status.pending.0,
        "neurons": neurons,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn table(
    netuid: u16,
    block: u32,
    status: &EpochStatus,
    rows: &[MetagraphRow],
    models: &BTreeMap<u16, ModelRecord>,
) -> String {
    let EpochStatus {
        epoch, next_epoch_at, ..
    } = status;
    let mut lines = vec![
        format!("subnet {netuid} at block {block}, epoch {epoch}; the next is due at block {next_epoch_at}"),
        format!(
            "{:>4} {:>10} {:>10} {:>10} {:>20} {:>20} {:7} model",
            "UID", "incentive", "dividends", "consensus", "paid, TAO", "stake, TAO", "permit"
        ),
    ];
    lines.extend(rows.iter().map(|row| {
        let percent = |proportion| format!("{:.2}%", share(proportion) * 100.0);
        format!(
            "{:>4} {:>10} {:>10} {:>10} {:>20} {:>20} {:7} {}",
            row.uid.0,
            percent(row.incentive),
            percent(row.dividends),
            percent(row.consensus),
            row.emission.to_string(),
            row.stake.to_string(),
            if row.validator_permit { "yes" } else { "no" },
            models
                .get(&row.uid.0)
                .map_or("", |record| record.commitment.uri.as_str())
        )
    }));
    lines.join("\n")
}
