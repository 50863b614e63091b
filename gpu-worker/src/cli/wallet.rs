//! `inktensor wallet`: hotkeys and coldkeys that change under neurons and subnets that stay.

use super::common::PrintArgs;
use super::{
    access::{ChainArgs, account, block_on},
    keys::SignerArgs,
};
use anyhow::{Result, bail};
use inktensor_client::{
    Calls, Contract, KeySigner, Network,
    messages::{registry, rewards, staking, tao},
};
use inktensor_primitives::{AccountId, registry::ColdkeySwap};
use serde_json::{Value, json};

mod funds;

/// How many positions are given away in one signature.
const POSITIONS: usize = 16;

/// Hotkeys and coldkeys.
#[derive(Debug, clap::Subcommand)]
pub enum WalletCommand {
    /// Lists a coldkey's hotkeys.
    Hotkeys(ShowArgs),
    /// Shows what a coldkey holds, has staked, and allows the contracts to take.
    Balance(ShowArgs),
    /// Destroys one's own TAO. Cannot be undone.
    Burn(funds::BurnArgs),
    /// Sets what a contract may take of one's own TAO; commands that need it allow just what they take.
    Allow(funds::AllowArgs),
    /// Puts a new hotkey in the place of one's own on every subnet. All that anybody staked to the old one is staked to the new one then,
    /// with take, child keys and votes. Reveal waiting commits first: they name the old one.
    SwapHotkey(SwapHotkeyArgs),
    /// Gives everything that a coldkey owns to another: announced first, finished after a delay.
    #[command(subcommand)]
    SwapColdkey(SwapColdkey),
}

/// The steps of a coldkey swap.
#[derive(Debug, clap::Subcommand)]
pub enum SwapColdkey {
    /// Announces that everything will belong to another coldkey.
    Announce(AnnounceArgs),
    /// Shows the swap that a coldkey announced.
    Show(ShowArgs),
    /// Takes one's own announcement back.
    Cancel(OwnArgs),
    /// Stops one's own announced swap until governance decides: when somebody else has the key.
    Dispute(OwnArgs),
    /// Finishes a swap whose delay is over. Anyone may; only the old coldkey can send its TAO and stake along.
    Finish(FinishArgs),
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

/// Whose keys to show.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The coldkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    coldkey: AccountId,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Which hotkey becomes which.
#[derive(Debug, clap::Args)]
pub struct SwapHotkeyArgs {
    /// The hotkey until now: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    old: AccountId,
    /// The hotkey from now on: registered nowhere, and never staked to.
    #[arg(long, value_parser = account)]
    new: AccountId,
    #[command(flatten)]
    own: OwnArgs,
}

/// To whom everything will belong.
#[derive(Debug, clap::Args)]
pub struct AnnounceArgs {
    /// The new coldkey: an address, or the derivation of a development account.
    #[arg(long, value_parser = account)]
    new: AccountId,
    #[command(flatten)]
    own: OwnArgs,
}

/// Which swap to finish.
#[derive(Debug, clap::Args)]
pub struct FinishArgs {
    /// The old coldkey; without it, the signing one.
    #[arg(long, value_parser = account)]
    coldkey: Option<AccountId>,
    /// Gives the old coldkey's TAO and stake to the new one too.
    #[arg(long)]
    with_tao: bool,
    #[command(flatten)]
    own: OwnArgs,
}

/// Runs the command.
///
/// # Errors
/// When the chain cannot be reached or refuses.
pub fn run(command: &WalletCommand) -> Result<()> {
    match command {
        WalletCommand::Hotkeys(args) => hotkeys(args),
        WalletCommand::Balance(args) => funds::balance(args),
        WalletCommand::Burn(args) => funds::burn(args),
        WalletCommand::Allow(args) => funds::allow(args),
        WalletCommand::SwapHotkey(args) => swap_hotkey(args),
        WalletCommand::SwapColdkey(SwapColdkey::Announce(args)) => announce(args),
        WalletCommand::SwapColdkey(SwapColdkey::Show(args)) => show(args),
        WalletCommand::SwapColdkey(SwapColdkey::Cancel(args)) => {
            args.send(registry::cancel_coldkey_swap(), "the swap is cancelled")
        }
        WalletCommand::SwapColdkey(SwapColdkey::Dispute(args)) => {
            args.send(registry::dispute_coldkey_swap(), "the swap waits for governance")
        }
        WalletCommand::SwapColdkey(SwapColdkey::Finish(args)) => finish(args),
    }
}

impl OwnArgs {
    fn send(&self, calls: impl Into<Calls>, sentence: &str) -> Result<()> {
        block_on(async {
            let network = self.chain.connect().await?;
            let signer = self.key.signer(network.chain())?;
            let block = network.call(&signer, calls).await?.block.number;
            self.tell(json!({ "block": block }), sentence);
            Ok(())
        })
    }

    fn tell(&self, fields: Value, sentence: &str) {
        if self.print.json {
            println!("{fields}");
        } else {
            println!("{sentence}");
        }
    }
}

fn hotkeys(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let all = network.all_hotkeys(args.coldkey).await?;
        let all: Vec<String> = all.iter().map(|hotkey| network.chain().ss58(hotkey)).collect();
        if args.print.json {
            println!("{}", json!({ "hotkeys": all }));
        } else {
            println!("{}", all.join("\n"));
        }
        Ok(())
    })
}

fn swap_hotkey(args: &SwapHotkeyArgs) -> Result<()> {
    block_on(async {
        let network = args.own.chain.connect().await?;
        let signer = args.own.key.signer(network.chain())?;
        let price = network.query(registry::network_rules()).await?.hotkey_swap_cost;
        let message = rewards::swap_hotkey(args.old, args.new);
        let calls = network
            .with_allowance(&signer.account(), Contract::Registry, price, message)
            .await?;
        let stake = network.query(staking::delegate(args.old)).await?.stake;
        let block = network.call(&signer, calls).await?.block.number;
        let [old, new] = [args.old, args.new].map(|key| network.chain().ss58(&key));
        let sentence =
            format!("{new} is in the place of {old}, with {stake} TAO staked to it; {price} TAO were burned");
        let fields = json!({ "old": old, "new": new, "burned_rao": price.0, "stake_rao": stake.0, "block": block });
        args.own.tell(fields, &sentence);
        Ok(())
    })
}

fn announce(args: &AnnounceArgs) -> Result<()> {
    block_on(async {
        let network = args.own.chain.connect().await?;
        let signer = args.own.key.signer(network.chain())?;
        let price = network.query(registry::network_rules()).await?.coldkey_swap_cost;
        let message = registry::announce_coldkey_swap(args.new);
        let calls = network
            .with_allowance(&signer.account(), Contract::Registry, price, message)
            .await?;
        let block = network.call(&signer, calls).await?.block.number;
        let swap = announced(&network, signer.account()).await?;
        let new = network.chain().ss58(&args.new);
        let ready_at = swap.ready_at;
        let sentence = format!("everything can belong to {new} from block {ready_at} on; {price} TAO were burned");
        let fields = json!({ "new": new, "ready_at": ready_at, "burned_rao": price.0, "block": block });
        args.own.tell(fields, &sentence);
        Ok(())
    })
}

fn show(args: &ShowArgs) -> Result<()> {
    block_on(async {
        let network = args.chain.connect().await?;
        let swap = network.query(registry::coldkey_swap(args.coldkey)).await?;
        let swap = swap.map(|swap| (network.chain().ss58(&swap.new), swap.ready_at, swap.disputed));
        if args.print.json {
            let swap =
                swap.map(|(new, ready_at, disputed)| json!({ "new": new, "ready_at": ready_at, "disputed": disputed }));
            println!("{}", json!({ "swap": swap }));
            return Ok(());
        }
        match swap {
            Some((new, _, true)) => println!("a swap to {new} waits for governance"),
            Some((new, ready_at, false)) => println!("a swap to {new} can be finished from block {ready_at} on"),
            None => println!("no swap is announced"),
        }
        Ok(())
    })
}

fn finish(args: &FinishArgs) -> Result<()> {
    block_on(async {
        let network = args.own.chain.connect().await?;
        let signer = args.own.key.signer(network.chain())?;
        let old = args.coldkey.unwrap_or(signer.account());
        let swap = announced(&network, old).await?;
        if args.with_tao && old != signer.account() {
            bail!("only the old coldkey itself can give its TAO and stake: sign with it, or leave --with-tao out");
        }
        let message = || registry::finish_coldkey_swap(old);
        // A coldkey with many hotkeys takes more than one call: the last one is sent with the TAO.
        while network.dry_run(&signer.account(), message()).await?.value != 0 {
            network.call(&signer, message()).await?;
        }
        let mut calls = Calls::new();
        if args.with_tao {
            give_stake(&network, &signer, swap.new).await?;
            let held = network.query(tao::balance_of(old)).await?;
            if held != 0 {
                calls = calls.then(tao::transfer(swap.new, held, Vec::new()));
            }
        }
        let block = network.call(&signer, calls.then(message())).await?.block.number;
        let [old, new] = [old, swap.new].map(|key| network.chain().ss58(&key));
        let sentence = format!("what belonged to {old} belongs to {new}");
        args.own
            .tell(json!({ "old": old, "new": new, "block": block }), &sentence);
        Ok(())
    })
}

/// Gives all of the signer's stake to another coldkey, some positions at a time.
async fn give_stake(network: &Network, signer: &KeySigner, to: AccountId) -> Result<()> {
    let positions = network.all_positions(signer.account()).await?;
    for some in positions.chunks(POSITIONS) {
        let gifts = some
            .iter()
            .map(|position| staking::transfer_stake(position.hotkey, to, None));
        network.call(signer, gifts.fold(Calls::new(), Calls::then)).await?;
    }
    Ok(())
}

async fn announced(network: &Network, coldkey: AccountId) -> Result<ColdkeySwap> {
    match network.query(registry::coldkey_swap(coldkey)).await? {
        Some(swap) => Ok(swap),
        None => bail!("{} announced no swap", network.chain().ss58(&coldkey)),
    }
}
