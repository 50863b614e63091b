//! `inktensor subnet set` and `inktensor subnet rules`.

use crate::cli::common::{PrintArgs, SubnetArg};
use crate::cli::{
    access::{ChainArgs, block_on},
    keys::SignerArgs,
    rule,
};
use anyhow::Result;
use inktensor_client::{Calls, ContractError, Network, messages::registry};
use inktensor_primitives::{
    NetUid,
    registry::{Error, Freeze, Hyperparameter, RuleBounds},
};
use serde_json::json;

/// Which rules to change.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// Rules as NAME=VALUE, for example `tempo=360`; all change, or none.
    #[arg(required = true, value_name = "RULE=VALUE", value_parser = rule::parse)]
    rules: Vec<Hyperparameter>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// Whose rules to show.
#[derive(Debug, clap::Args)]
pub struct RulesArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Runs `inktensor subnet set`. Where a rule is refused, the limit that was hit is told with the rule's present value.
pub fn set(args: &SetArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let signer = args.key.signer(network.chain())?;
        let netuid = args.subnet.id();
        let changes = args
            .rules
            .iter()
            .map(|rule| registry::set_hyperparameter(netuid, rule.clone()));
        let receipt = match network.call(&signer, changes.fold(Calls::new(), Calls::then)).await {
            Ok(receipt) => receipt,
            Err(error) => {
                let limit = limit(&network, netuid, &args.rules, error.contract_error()).await;
                return Err(match limit {
                    Some(limit) => anyhow::anyhow!("{error}; {limit}"),
                    None => error.into(),
                });
            }
        };
        let block = receipt.block.number;
        if args.print.json {
            let rules: serde_json::Map<_, _> = args
                .rules
                .iter()
                .map(rule::written)
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            println!(
                "{}",
                json!({ "netuid": args.subnet.netuid, "rules": rules, "block": block })
            );
        } else {
            println!("subnet {netuid} has new rules from block {block}");
        }
        Ok(())
    })
}

/// The limit that a refusal is about, as far as the chain can still be asked.
async fn limit(
    network: &Network,
    netuid: NetUid,
    asked: &[Hyperparameter],
    refusal: Option<&ContractError>,
) -> Option<String> {
    let ContractError::Registry(refusal) = refusal? else {
        return None;
    };
    match refusal {
        Error::ValueOutOfBounds | Error::GovernanceOnly => {
            let all = network.query(registry::rule_bounds(netuid)).await.ok()?;
            let names: Vec<_> = asked.iter().map(|rule| rule::written(rule).0).collect();
            let concerned = all
                .iter()
                .filter(|bounds| names.contains(&rule::written(&bounds.value).0));
            Some(concerned.map(told).collect::<Vec<_>>().join("; "))
        }
        Error::RulesFrozen => {
            let Freeze {
                next_epoch_at, from, ..
            } = network.query(registry::rules_freeze(netuid)).await.ok()?;
            Some(format!(
                "the owner's rules are frozen from block {from} until the epoch that is due at block {next_epoch_at} has run"
            ))
        }
        _ => None,
    }
}

fn told(bounds: &RuleBounds) -> String {
    let (name, value) = rule::written(&bounds.value);
    let [lowest, highest] = [bounds.lowest, bounds.highest].map(|bound| rule::written_bound(&bounds.value, bound));
    let who = if bounds.governance_only {
        ", only by governance"
    } else {
        ""
    };
    format!("{name} is {value} and can be {lowest} to {highest}{who}")
}

/// Runs `inktensor subnet rules`.
pub fn show(args: &RulesArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let netuid = args.subnet.id();
        let snapshot = network.snapshot().await?;
        let all = snapshot.query(registry::rule_bounds(netuid)).await?;
        let freeze = snapshot.query(registry::rules_freeze(netuid)).await?;
        if args.print.json {
            let rules: serde_json::Map<_, _> = all.iter().map(entry).collect();
            let freeze = json!({
                "active": freeze.active,
                "from": freeze.from,
                "next_epoch_at": freeze.next_epoch_at,
            });
            println!(
                "{}",
                json!({ "netuid": args.subnet.netuid, "rules": rules, "freeze": freeze })
            );
            return Ok(());
        }
        println!("{:22} {:>22} {:>22} {:>22}  by", "rule", "value", "lowest", "highest");
        for bounds in &all {
            let (name, value) = rule::written(&bounds.value);
            let [lowest, highest] =
                [bounds.lowest, bounds.highest].map(|bound| rule::written_bound(&bounds.value, bound));
            let who = if bounds.governance_only { "governance" } else { "owner" };
            println!("{name:22} {value:>22} {lowest:>22} {highest:>22}  {who}");
        }
        let Freeze {
            next_epoch_at, from, ..
        } = freeze;
        println!("the owner's rules freeze from block {from} until the epoch due at block {next_epoch_at} has run");
        Ok(())
    })
}

fn entry(bounds: &RuleBounds) -> (String, serde_json::Value) {
    let (name, value) = rule::written(&bounds.value);
    let [lowest, highest] = [bounds.lowest, bounds.highest].map(|bound| rule::written_bound(&bounds.value, bound));
    let who = if bounds.governance_only { "governance" } else { "owner" };
    let entry = json!({ "value": value, "lowest": lowest, "highest": highest, "by": who });
    (name.to_owned(), entry)
}
