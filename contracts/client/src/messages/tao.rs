//! Messages of the TAO token: PSP22, its metadata and burnable extensions, and the one minter.

use super::messages;
use inktensor_primitives::tao::Psp22Error;
use inktensor_primitives::{AccountId, Rao};

messages! {
    Tao:
    /// Constructor: `endowment` is issued to the deployer once and counts towards the cap.
    new(endowment: Rao) -> Result<(), Psp22Error>;
    /// All TAO in existence, in rao.
    ["PSP22::total_supply"] total_supply() -> u128;
    /// An account's TAO, in rao.
    ["PSP22::balance_of"] balance_of(owner: AccountId) -> u128;
    /// How much of the owner's TAO the spender may move, in rao.
    ["PSP22::allowance"] allowance(owner: AccountId, spender: AccountId) -> u128;
    /// Moves the caller's TAO.
    ["PSP22::transfer"] transfer(to: AccountId, value: u128, data: Vec<u8>) -> Result<(), Psp22Error>;
    /// Moves the owner's TAO within the caller's allowance.
    ["PSP22::transfer_from"] transfer_from(from: AccountId, to: AccountId, value: u128, data: Vec<u8>) -> Result<(), Psp22Error>;
    /// Sets how much of the caller's TAO the spender may move.
    ["PSP22::approve"] approve(spender: AccountId, value: u128) -> Result<(), Psp22Error>;
    /// Raises an allowance.
    ["PSP22::increase_allowance"] increase_allowance(spender: AccountId, delta_value: u128) -> Result<(), Psp22Error>;
    /// Lowers an allowance.
    ["PSP22::decrease_allowance"] decrease_allowance(spender: AccountId, delta_value: u128) -> Result<(), Psp22Error>;
    /// The token's name.
    ["PSP22Metadata::token_name"] token_name() -> Option<String>;
    /// The token's symbol.
    ["PSP22Metadata::token_symbol"] token_symbol() -> Option<String>;
    /// The token's decimals.
    ["PSP22Metadata::token_decimals"] token_decimals() -> u8;
    /// Destroys the caller's TAO; what is burned can be issued again as emission.
    ["PSP22Burnable::burn"] burn(value: u128) -> Result<(), Psp22Error>;
    /// Destroys the owner's TAO within the caller's allowance.
    burn_from(owner: AccountId, value: u128) -> Result<(), Psp22Error>;
    /// Issues TAO within the cap; only the minter may.
    mint(to: AccountId, value: u128) -> Result<(), Psp22Error>;
    /// Names the one minter, once; only the deployer may.
    set_minter(minter: AccountId) -> Result<(), Psp22Error>;
    /// The one minter, once it is set.
    minter() -> Option<AccountId>;
}
