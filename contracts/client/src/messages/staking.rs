//! Messages of the staking contract.

use super::messages;
use inktensor_primitives::staking::{Child, Delegate, Error, Family, Payout, Position};
use inktensor_primitives::{AccountId, BlockNumber, NetUid, Page, Rao};

messages! {
    Staking:
    /// Constructor.
    new(tao: AccountId) -> ();
    /// Names the rewards contract, once; only the deployer may.
    set_rewards(rewards: AccountId) -> Result<(), Error>;
    /// The rewards contract, once it is set.
    rewards() -> Option<AccountId>;
    /// Stakes the caller's TAO, which it allowed the contract to take, to a hotkey. Returns the position after it.
    stake(hotkey: AccountId, amount: Rao) -> Result<Rao, Error>;
    /// Takes part of a position back. Returns the position after it.
    unstake(hotkey: AccountId, amount: Rao) -> Result<Rao, Error>;
    /// Takes a whole position back. Returns what was paid.
    unstake_all(hotkey: AccountId) -> Result<Rao, Error>;
    /// Moves the caller's stake from one hotkey to another: `amount`, or all of it. Returns how much.
    move_stake(from: AccountId, to: AccountId, amount: Option<Rao>) -> Result<Rao, Error>;
    /// Gives the caller's stake on a hotkey to another coldkey: `amount`, or all of it. Returns how much.
    transfer_stake(hotkey: AccountId, to: AccountId, amount: Option<Rao>) -> Result<Rao, Error>;
    /// A coldkey's stake on a hotkey.
    stake_of(hotkey: AccountId, coldkey: AccountId) -> Result<Rao, Error>;
    /// A coldkey's positions, at most 64 a page.
    positions(coldkey: AccountId, start: u32, limit: u32) -> Result<Page<Position>, Error>;
    /// One hotkey.
    delegate(hotkey: AccountId) -> Result<Delegate, Error>;
    /// Every hotkey that holds or held stake, at most 64 a page.
    delegates(start: u32, limit: u32) -> Result<Page<Delegate>, Error>;
    /// Stakes of many hotkeys, at most 256.
    hotkey_stakes(hotkeys: Vec<AccountId>) -> Result<Vec<Rao>, Error>;
    /// What many hotkeys count with in a subnet's consensus: without what children have, with what parents lend. At most 256.
    subnet_stakes(netuid: NetUid, hotkeys: Vec<AccountId>) -> Result<Vec<Rao>, Error>;
    /// All staked TAO.
    total_stake() -> Result<Rao, Error>;
    /// The least amount of a stake.
    minimum_stake() -> Result<Rao, Error>;
    /// Sets the owner's part of dividends, in 65535ths: a lower one at once, a higher one after a week. The hotkey or its owner may.
    set_take(hotkey: AccountId, take: u16) -> Result<(), Error>;
    /// Announces all child keys of a hotkey on a subnet, at most 5; they lend from a day later on. The hotkey or its owner may.
    set_children(netuid: NetUid, hotkey: AccountId, children: Vec<Child>) -> Result<(), Error>;
    /// Sets what a hotkey keeps of the dividends that it earns for parents, in 65535ths: less at once, more after a week.
    set_child_take(netuid: NetUid, hotkey: AccountId, take: u16) -> Result<(), Error>;
    /// A hotkey's child keys and parents on a subnet.
    family(netuid: NetUid, hotkey: AccountId) -> Result<Family, Error>;
    /// Chooses the hotkey that the caller's incentive on a subnet is staked to; none is the one that earns it.
    set_auto_stake(netuid: NetUid, hotkey: Option<AccountId>) -> Result<(), Error>;
    /// Where a coldkey's incentive on a subnet is staked; none is the hotkey that earns it.
    auto_stake(netuid: NetUid, coldkey: AccountId) -> Result<Option<AccountId>, Error>;
    /// Records the caller's stake on a hotkey as it is, earnings included, as votes of later blocks. Returns it.
    record_votes(hotkey: AccountId) -> Result<Rao, Error>;
    /// What a coldkey's stake on these hotkeys (ascending, at most 64) was recorded with at the end of a past block.
    past_votes(coldkey: AccountId, hotkeys: Vec<AccountId>, block: BlockNumber) -> Result<Rao, Error>;
    /// What all stake was recorded with at the end of a past block.
    past_total(block: BlockNumber) -> Result<Rao, Error>;
    /// Credits what neurons of a subnet earned; only the rewards contract may, after minting the sum to this contract.
    distribute(netuid: NetUid, payouts: Vec<Payout>) -> Result<Rao, Error>;
    /// Puts a hotkey in the place of another, with all that is staked to it; only the rewards contract may.
    rename_hotkey(old: AccountId, new: AccountId) -> Result<(), Error>;
}
