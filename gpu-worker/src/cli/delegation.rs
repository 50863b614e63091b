//! What owners of hotkeys decide: `inktensor take`, `children` and `auto-stake`.

use super::common::{PrintArgs, SubnetArg};
use super::{
    access::{ChainArgs, account, block_on},
    part::{percent, percentage, take},
    stake::StakerArgs,
};
use anyhow::{Context, Result};
use inktensor_client::{Chain, messages::staking};
use inktensor_primitives::{
    AccountId, NetUid,
    staking::{Child, Family, Relative, Rise},
};
use serde_json::{Value, json};

/// The owner's part of dividends.
#[derive(Debug, clap::Subcommand)]
pub enum TakeCommand {
    /// Shows a hotkey's take.
    Show(ShowTakeArgs),
    /// Sets a hotkey's take: a lower one at once, a higher one after a week.
    Set(SetTakeArgs),
}

/// Whose take.
#[derive(Debug, clap::Args)]
pub struct ShowTakeArgs {
    /// The hotkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Which take.
#[derive(Debug, clap::Args)]
pub struct SetTakeArgs {
    /// The hotkey; it or its owner signs.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// The take in percent, from 0 to 18.
    #[arg(long, value_parser = take)]
    percent: u16,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Child keys: hotkeys that validate with another one's stake.
#[derive(Debug, clap::Subcommand)]
pub enum ChildrenCommand {
    /// Shows whom a hotkey lends stake to, and who lends to it.
    Show(ShowChildrenArgs),
    /// Announces all children of a hotkey; without any, it lends no more. Holds from a day later on.
    Set(SetChildrenArgs),
    /// Sets what a hotkey keeps of the dividends that it earns for parents: less at once, more after a week.
    Take(ChildTakeArgs),
}

/// Whose child keys.
#[derive(Debug, clap::Args)]
pub struct ShowChildrenArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The hotkey.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Which child keys.
#[derive(Debug, clap::Args)]
pub struct SetChildrenArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The hotkey that lends; it or its owner signs.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// A child and its percentage of the stake, for example `//Bob=12.5`. At most five.
    #[arg(long = "child", value_name = "HOTKEY=PERCENT", value_parser = child)]
    children: Vec<Child>,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Which child take.
#[derive(Debug, clap::Args)]
pub struct ChildTakeArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The hotkey that borrows; it or its owner signs.
    #[arg(long, value_parser = account)]
    hotkey: AccountId,
    /// The take in percent, from 0 to 18.
    #[arg(long, value_parser = take)]
    percent: u16,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Chooses the hotkey that the signing coldkey's incentive on a subnet is staked to.
#[derive(Debug, clap::Args)]
pub struct AutoStakeArgs {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The hotkey; without one, the hotkey that earns it.
    #[arg(long, value_parser = account)]
    hotkey: Option<AccountId>,
    #[command(flatten)]
    staker: StakerArgs,
}

/// Runs `inktensor take`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run_take(command: &TakeCommand) -> Result<()> {
    match command {
        TakeCommand::Show(args) => block_on(async {
            let network = args.chain.connect().await?;
            let delegate = network.query(staking::delegate(args.hotkey)).await?;
            let hotkey = network.chain().ss58(&args.hotkey);
            print_take(args.print.json, &hotkey, delegate.take, delegate.rise.as_ref());
            Ok(())
        }),
        TakeCommand::Set(args) => block_on(async {
            let (network, _) = args.staker.connect().await?;
            let message = staking::set_take(args.hotkey, args.percent);
            args.staker.send(&network, message).await?;
            let delegate = network.query(staking::delegate(args.hotkey)).await?;
            let hotkey = network.chain().ss58(&args.hotkey);
            print_take(args.staker.print.json, &hotkey, delegate.take, delegate.rise.as_ref());
            Ok(())
        }),
    }
}

/// Runs `inktensor children`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run_children(command: &ChildrenCommand) -> Result<()> {
    block_on(async {
        let (network, netuid, hotkey, json) = match command {
            ChildrenCommand::Show(args) => (
                args.chain.connect().await?,
                args.subnet.netuid,
                args.hotkey,
                args.print.json,
            ),
            ChildrenCommand::Set(args) => {
                let (network, _) = args.staker.connect().await?;
                let message = staking::set_children(args.subnet.id(), args.hotkey, args.children.clone());
                args.staker.send(&network, message).await?;
                (network, args.subnet.netuid, args.hotkey, args.staker.print.json)
            }
            ChildrenCommand::Take(args) => {
                let (network, _) = args.staker.connect().await?;
                let message = staking::set_child_take(args.subnet.id(), args.hotkey, args.percent);
                args.staker.send(&network, message).await?;
                (network, args.subnet.netuid, args.hotkey, args.staker.print.json)
            }
        };
        let family = network.query(staking::family(NetUid(netuid), hotkey)).await?;
        if json {
            println!("{}", family_json(network.chain(), netuid, &hotkey, &family));
        } else {
            print_family(network.chain(), netuid, &hotkey, &family);
        }
        Ok(())
    })
}

/// Runs `inktensor auto-stake`.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn auto_stake(args: &AutoStakeArgs) -> Result<()> {
    let staker = &args.staker;
    block_on(async {
        let (network, coldkey) = staker.connect().await?;
        let netuid = args.subnet.id();
        let receipt = staker
            .send(&network, staking::set_auto_stake(netuid, args.hotkey))
            .await?;
        let target = network.query(staking::auto_stake(netuid, coldkey)).await?;
        let (coldkey, target) = (
            network.chain().ss58(&coldkey),
            target.map(|hotkey| network.chain().ss58(&hotkey)),
        );
        if staker.print.json {
            let block = receipt.block.number;
            println!(
                "{}",
                json!({ "netuid": args.subnet.netuid, "coldkey": coldkey, "hotkey": target, "block": block })
            );
        } else {
            let to = target.as_deref().unwrap_or("the hotkeys that earn it");
            println!("incentive of {coldkey} on subnet {netuid} is staked to {to}");
        }
        Ok(())
    })
}

fn print_take(json: bool, hotkey: &str, take: u16, rise: Option<&Rise>) {
    if json {
        println!("{}", json!({ "hotkey": hotkey, "take": take, "rise": rise_json(rise) }));
    } else {
        println!(
            "{hotkey} takes {:.2} % of dividends{}",
            take_percent(take),
            rising(rise)
        );
    }
}

fn rise_json(rise: Option<&Rise>) -> Value {
    rise.map_or(Value::Null, |rise| json!({ "take": rise.take, "at": rise.at }))
}

fn rising(rise: Option<&Rise>) -> String {
    rise.map_or_else(String::new, |rise| {
        format!(", and {:.2} % from block {} on", take_percent(rise.take), rise.at)
    })
}

fn take_percent(take: u16) -> f64 {
    percent(u64::from(take), u64::from(u16::MAX))
}

fn family_json(chain: &Chain, netuid: u16, hotkey: &AccountId, family: &Family) -> Value {
    let relatives = |list: &[Relative]| -> Vec<Value> {
        let shown = list.iter().map(|relative| {
            let next = relative.next.as_ref();
            json!({
                "hotkey": chain.ss58(&relative.hotkey),
                "proportion": relative.proportion,
                "next": next.map(|next| json!({ "proportion": next.proportion, "at": next.at })),
            })
        });
        shown.collect()
    };
    json!({
        "netuid": netuid,
        "hotkey": chain.ss58(hotkey),
        "take": family.take,
        "rise": rise_json(family.rise.as_ref()),
        "children": relatives(&family.children),
        "parents": relatives(&family.parents),
    })
}

fn print_family(chain: &Chain, netuid: u16, hotkey: &AccountId, family: &Family) {
    println!(
        "{} on subnet {netuid} keeps {:.2} % of what it earns for parents{}",
        chain.ss58(hotkey),
        take_percent(family.take),
        rising(family.rise.as_ref())
    );
    for (what, list) in [("lends to", &family.children), ("borrows from", &family.parents)] {
        for relative in list {
            let next = relative.next.as_ref().map_or_else(String::new, |next| {
                format!(
                    ", {:.2} % from block {} on",
                    percent(next.proportion, u64::MAX),
                    next.at
                )
            });
            let now = percent(relative.proportion, u64::MAX);
            println!(
                "  {what} {} {now:.2} % of the stake{next}",
                chain.ss58(&relative.hotkey)
            );
        }
    }
}

/// Reads HOTKEY=PERCENT.
fn child(text: &str) -> Result<Child> {
    let (hotkey, part) = text
        .rsplit_once('=')
        .with_context(|| format!("`{text}` is not of the form HOTKEY=PERCENT"))?;
    Ok(Child {
        hotkey: account(hotkey)?,
        proportion: percentage(part, u64::MAX)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_a_hotkey_and_a_percentage() {
        let bob = child("//Bob=50").unwrap();
        assert_eq!((bob.hotkey, bob.proportion), (account("//Bob").unwrap(), u64::MAX / 2));
        for text in ["//Bob", "//Bob=", "//Bob=101", "nobody=5", "=5"] {
            assert!(child(text).is_err(), "{text}");
        }
    }
}
