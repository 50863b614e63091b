//! `inktensor weights set` and `batch`.

use super::{KeeperArgs, say};
use crate::cli::common::SubnetArg;
use anyhow::{Context, Result, bail};
use gpu_worker::chain::ballot::{Ballot, Cast, Moment};
use gpu_worker::chain::error::Error;
use inktensor_client::Calls;
use inktensor_client::messages::{registry, rewards};
use inktensor_primitives::{NetUid, Uid};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `inktensor weights set`
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Weights as UID=WEIGHT; only their proportions matter.
    #[arg(required = true, value_name = "UID=WEIGHT", value_parser = weight)]
    weights: Vec<(Uid, f64)>,
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    keeper: KeeperArgs,
}

/// `inktensor weights batch`
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Weights as NETUID:UID=WEIGHT; only the proportions within a subnet matter.
    #[arg(required = true, value_name = "NETUID:UID=WEIGHT", value_parser = subnet_weight)]
    weights: Vec<(NetUid, (Uid, f64))>,
    #[command(flatten)]
    keeper: KeeperArgs,
}

/// Weighs the neurons of one subnet.
pub async fn set(args: &SetArgs) -> Result<()> {
    let rows = [(args.subnet.id(), row(&args.weights)?)];
    let (block, done) = cast(&args.keeper, &rows.into()).await?;
    for Done { report, text } in done {
        let mut report = report;
        report["block"] = block.into();
        say(args.keeper.print.json, &report, &text);
    }
    Ok(())
}

/// Weighs the neurons of several subnets.
pub async fn batch(args: &BatchArgs) -> Result<()> {
    let mut subnets: BTreeMap<NetUid, Vec<(Uid, f64)>> = BTreeMap::new();
    for (netuid, weight) in &args.weights {
        subnets.entry(*netuid).or_default().push(*weight);
    }
    let rows = subnets
        .iter()
        .map(|(netuid, weights)| {
            let row = row(weights).with_context(|| format!("the weights of subnet {netuid}"))?;
            Ok((*netuid, row))
        })
        .collect::<Result<_>>()?;
    let (block, done) = cast(&args.keeper, &rows).await?;
    let (reports, texts): (Vec<Value>, Vec<String>) = done.into_iter().map(|done| (done.report, done.text)).unzip();
    say(
        args.keeper.print.json,
        &json!({ "block": block, "subnets": reports }),
        &texts.join("\n"),
    );
    Ok(())
}

/// What became of a subnet's weights.
struct Done {
    report: Value,
    text: String,
}

/// Casts a row for each subnet in one transaction; returns its block and what became of each.
async fn cast(keeper: &KeeperArgs, rows: &BTreeMap<NetUid, Vec<(Uid, u16)>>) -> Result<(u32, Vec<Done>)> {
    let access = keeper.connect().await?;
    let (network, signer) = &access;
    let now = network.snapshot().await?;
    let mut casts: Vec<(Ballot, Cast, usize)> = Vec::with_capacity(rows.len());
    for (netuid, row) in rows {
        let rules = now.query(registry::hyperparameters(*netuid)).await?;
        let moment = Moment {
            block: now.block().number,
            epoch: now.query(rewards::epoch_status(*netuid)).await?.epoch,
        };
        let mut ballot = keeper.open(&access, *netuid)?;
        let cast = ballot.cast(row, &rules, moment)?;
        casts.push((ballot, cast, row.len()));
    }
    let calls = casts
        .iter()
        .fold(Calls::new(), |calls, (_, cast, _)| calls.then_call(cast.call.clone()));
    let sent = network.call(signer, calls).await.map_err(Error::from);
    if sent.as_ref().is_err_and(Error::is_refusal) {
        for (ballot, cast, _) in &mut casts {
            ballot.refused(cast)?;
        }
    }
    let block = sent?.block.number;
    let mut done = Vec::with_capacity(casts.len());
    for (mut ballot, cast, weights) in casts {
        ballot.accepted(&cast)?;
        done.push(outcome(&ballot, &cast, weights, block).await?);
    }
    Ok((block, done))
}

async fn outcome(ballot: &Ballot, cast: &Cast, weights: usize, block: u32) -> Result<Done> {
    let netuid = ballot.netuid.0;
    if !cast.is_commit() {
        return Ok(Done {
            report: json!({ "netuid": netuid, "set": weights }),
            text: format!("subnet {netuid}: {weights} weights in force since block {block}"),
        });
    }
    let commit = ballot
        .waiting()
        .await?
        .pop()
        .context("the commit is in a block, but the chain lists none")?;
    let (from, until) = (commit.reveal_from, commit.reveal_until);
    Ok(Done {
        report: json!({ "netuid": netuid, "committed": weights, "reveal_from": from, "reveal_until": until }),
        text: format!(
            "subnet {netuid}: {weights} weights committed in block {block}; reveal them in blocks {from} to {until}: \
             `inktensor weights reveal --netuid {netuid}`"
        ),
    })
}

/// Reads NETUID:UID=WEIGHT.
fn subnet_weight(text: &str) -> Result<(NetUid, (Uid, f64))> {
    let (netuid, rest) = text
        .split_once(':')
        .with_context(|| format!("`{text}` is not of the form NETUID:UID=WEIGHT"))?;
    let netuid = netuid.parse().with_context(|| format!("`{netuid}` is no subnet"))?;
    Ok((NetUid(netuid), weight(rest)?))
}

/// Reads UID=WEIGHT.
fn weight(text: &str) -> Result<(Uid, f64)> {
    let (uid, weight) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not of the form UID=WEIGHT"))?;
    let uid = uid.parse().with_context(|| format!("`{uid}` is no UID"))?;
    let weight: f64 = weight.parse().with_context(|| format!("`{weight}` is no weight"))?;
    if !weight.is_finite() || weight < 0.0 {
        bail!("a weight must be a number from 0 up, not {weight}");
    }
    Ok((Uid(uid), weight))
}

/// Ascending by UID, the largest as 65535.
fn row(weights: &[(Uid, f64)]) -> Result<Vec<(Uid, u16)>> {
    let mut weights = weights.to_vec();
    weights.sort_by_key(|(uid, _)| *uid);
    if let Some(pair) = weights.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        bail!("UID {} is weighed twice", pair[0].0);
    }
    let largest = weights.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    if largest <= 0.0 {
        bail!("at least one weight must be above 0");
    }
    let scaled = |weight: f64| (weight / largest * f64::from(u16::MAX)).round() as u16;
    Ok(weights.iter().map(|(uid, weight)| (*uid, scaled(*weight))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proportions_of_weights_matter() {
        let uid = |uid, weight| (Uid(uid), weight);
        assert_eq!(
            row(&[uid(7, 3.0), uid(2, 6.0)]).unwrap(),
            [(Uid(2), 65_535), (Uid(7), 32_768)]
        );
        assert!(row(&[uid(1, 0.0)]).is_err());
        assert_eq!(
            row(&[uid(1, 1.0), uid(1, 2.0)]).unwrap_err().to_string(),
            "UID 1 is weighed twice"
        );
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        assert_eq!(weight("3=0.5").unwrap(), (Uid(3), 0.5));
        assert_eq!(subnet_weight("2:3=0.5").unwrap(), (NetUid(2), (Uid(3), 0.5)));
        for text in ["3", "=1", "3=", "3=-1", "3=nan", "x=1", "70000=1"] {
            assert!(weight(text).is_err(), "{text}");
            assert!(subnet_weight(&format!("1:{text}")).is_err(), "{text}");
        }
        for text in ["3=1", ":3=1", "x:3=1", "70000:3=1"] {
            assert!(subnet_weight(text).is_err(), "{text}");
        }
    }
}
