//! Messages of the staking contract.

use super::messages;
use inktensor_primitives::staking::{Delegate, Error, Payout, Position};
use inktensor_primitives::{AccountId, Page, Rao};

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
    /// All staked TAO.
    total_stake() -> Result<Rao, Error>;
    /// The least amount of a stake.
    minimum_stake() -> Result<Rao, Error>;
    /// Sets the owner's part of dividends, in 65535ths; the hotkey or its owner may.
    set_take(hotkey: AccountId, take: u16) -> Result<(), Error>;
    /// Credits what neurons earned; only the rewards contract may, after minting the sum to this contract.
    distribute(payouts: Vec<Payout>) -> Result<Rao, Error>;
}
