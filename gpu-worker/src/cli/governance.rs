//! `inktensor governance`: what is the same for all subnets, and what only governance decides.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, account, block_on, tao},
    keys::SignerArgs,
};
use anyhow::{Context, Result, bail};
use inktensor_client::{Calls, messages::registry};
use inktensor_primitives::{AccountId, registry::NetworkRule};
use serde_json::json;

/// The rules of the network, and decisions on them.
#[derive(Debug, clap::Subcommand)]
pub enum GovernanceCommand {
    /// Shows who governs, and the network's rules.
    Show(ShowArgs),
    /// Changes rules of the network.
    Set(SetArgs),
    /// Decides on an announced coldkey swap that is disputed.
    Settle(SettleArgs),
    /// Lets another account govern. Cannot be undone by this one.
    HandOver(HandOverArgs),
}

/// How to show.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// How to sign and tell.
#[derive(Debug, clap::Args)]
pub struct OwnArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: SignerArgs,
}

/// Which rules to change.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Rules as NAME=VALUE: min_lock, hotkey_swap_cost and coldkey_swap_cost in TAO; lock_fall, freeze_window and
    /// coldkey_swap_delay in blocks; max_subnets.
    #[arg(required = true, value_name = "RULE=VALUE", value_parser = parse)]
    rules: Vec<NetworkRule>,
    #[command(flatten)]
    own: OwnArgs,
}

/// Which swap, and the decision.
#[derive(Debug, clap::Args)]
pub struct SettleArgs {
    /// The coldkey that announced: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    coldkey: AccountId,
    /// The swap goes on as announced.
    #[arg(long, required_unless_present = "refuse", conflicts_with = "refuse")]
    allow: bool,
    /// The swap is cancelled.
    #[arg(long)]
    refuse: bool,
    #[command(flatten)]
    own: OwnArgs,
}

/// Who governs from now on.
#[derive(Debug, clap::Args)]
pub struct HandOverArgs {
    /// An address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    to: AccountId,
    #[command(flatten)]
    own: OwnArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(command: &GovernanceCommand) -> Result<()> {
    match command {
        GovernanceCommand::Show(args) => show(args),
        GovernanceCommand::Set(args) => {
            let changes = args.rules.iter().cloned().map(registry::set_network_rule);
            args.own.send(changes.fold(Calls::new(), Calls::then))
        }
        GovernanceCommand::Settle(args) => args.own.send(registry::settle_coldkey_swap(args.coldkey, args.allow)),
        GovernanceCommand::HandOver(args) => args.own.send(registry::set_governance(args.to)),
    }
}

impl OwnArgs {
    fn send(&self, calls: impl Into<Calls>) -> Result<()> {
        block_on(async {
            let network = self.chain.connect().await?;
            let signer = self.key.signer(network.chain())?;
            let block = network.call(&signer, calls).await?.block.number;
            if self.print.json {
                println!("{}", json!({ "block": block }));
            } else {
                println!("done in block {block}");
            }
            Ok(())
        })
    }
}

fn show(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let snapshot = network.snapshot().await?;
        let governance = snapshot.query(registry::governance()).await?;
        let rules = snapshot.query(registry::network_rules()).await?;
        let governance = network.chain().ss58(&governance);
        if args.print.json {
            println!(
                "{}",
                json!({
                    "governance": governance,
                    "min_lock_rao": rules.min_lock.0,
                    "lock_fall": rules.lock_fall,
                    "max_subnets": rules.max_subnets,
                    "freeze_window": rules.freeze_window,
                    "hotkey_swap_cost_rao": rules.hotkey_swap_cost.0,
                    "coldkey_swap_cost_rao": rules.coldkey_swap_cost.0,
                    "coldkey_swap_delay": rules.coldkey_swap_delay,
                })
            );
            return Ok(());
        }
        println!("governance          {governance}");
        println!("min_lock            {} TAO", rules.min_lock);
        println!("lock_fall           {} blocks", rules.lock_fall);
        println!("max_subnets         {}", rules.max_subnets);
        println!("freeze_window       {} blocks", rules.freeze_window);
        println!("hotkey_swap_cost    {} TAO", rules.hotkey_swap_cost);
        println!("coldkey_swap_cost   {} TAO", rules.coldkey_swap_cost);
        println!("coldkey_swap_delay  {} blocks", rules.coldkey_swap_delay);
        Ok(())
    })
}

fn parse(text: &str) -> Result<NetworkRule> {
    let (name, value) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not of the form RULE=VALUE"))?;
    let amount = || tao(value).with_context(|| format!("in `{text}`"));
    let blocks = || value.parse::<u32>().with_context(|| format!("in `{text}`"));
    let small = || value.parse::<u16>().with_context(|| format!("in `{text}`"));
    Ok(match name {
        "min_lock" => NetworkRule::MinLock(amount()?),
        "lock_fall" => NetworkRule::LockFall(blocks()?),
        "max_subnets" => NetworkRule::MaxSubnets(small()?),
        "freeze_window" => NetworkRule::FreezeWindow(small()?),
        "hotkey_swap_cost" => NetworkRule::HotkeySwapCost(amount()?),
        "coldkey_swap_cost" => NetworkRule::ColdkeySwapCost(amount()?),
        "coldkey_swap_delay" => NetworkRule::ColdkeySwapDelay(blocks()?),
        _ => bail!("`{text}`: there is no rule `{name}` of the network"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use inktensor_primitives::Rao;

    #[test]
    fn rules_of_the_network_are_read_by_name() {
        assert_eq!(parse("min_lock=5").unwrap(), NetworkRule::MinLock(Rao::from_tao(5)));
        assert_eq!(
            parse("coldkey_swap_delay=20").unwrap(),
            NetworkRule::ColdkeySwapDelay(20)
        );
        for text in ["min_lock", "min_lock=x", "speed=1", "max_subnets=70000"] {
            assert!(parse(text).unwrap_err().to_string().contains(text), "{text}");
        }
    }
}
