//! How one contract calls another: the callee's failure comes back as a value, so that the caller names it in its own error.

use crate::environment::Environment;
use crate::tao::Psp22Error;
use crate::{AccountId, Rao};
use alloc::vec::Vec;
use ink::env::call::{build_call, ExecutionInput, Selector};
use scale::{Decode, Encode};

/// The callee could not be called, trapped, or answered with something else than the message's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// Calls a message; `arguments` is the tuple of its arguments.
///
/// # Errors
/// [`Unreachable`]; what the callee changed is undone then.
pub fn message<R: Decode>(callee: AccountId, selector: [u8; 4], arguments: impl Encode) -> Result<R, Unreachable> {
    build_call::<Environment>()
        .call(callee)
        .exec_input(ExecutionInput::new(Selector::new(selector)).push_arg(&arguments))
        .returns::<R>()
        .try_invoke()
        .ok()
        .and_then(Result::ok)
        .ok_or(Unreachable)
}

/// Why a call of the token failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFailure {
    /// The holder's balance or allowance does not cover the amount.
    Insufficient,
    /// Anything else.
    Refused,
}

/// The TAO token as the other contracts use it.
#[derive(Clone, Copy, Debug)]
pub struct Token(
    /// The token's contract.
    pub AccountId,
);

impl Token {
    /// Pays from the calling contract's own TAO.
    ///
    /// # Errors
    /// [`TokenFailure`]
    pub fn transfer(self, to: AccountId, amount: Rao) -> Result<(), TokenFailure> {
        let arguments = (to, u128::from(amount.0), Vec::<u8>::new());
        self.change(ink::selector_bytes!("PSP22::transfer"), arguments)
    }

    /// Takes TAO within the allowance that `from` gave the calling contract.
    ///
    /// # Errors
    /// [`TokenFailure`]
    pub fn transfer_from(self, from: AccountId, to: AccountId, amount: Rao) -> Result<(), TokenFailure> {
        let arguments = (from, to, u128::from(amount.0), Vec::<u8>::new());
        self.change(ink::selector_bytes!("PSP22::transfer_from"), arguments)
    }

    /// Destroys TAO within the allowance that `owner` gave the calling contract.
    ///
    /// # Errors
    /// [`TokenFailure`]
    pub fn burn_from(self, owner: AccountId, amount: Rao) -> Result<(), TokenFailure> {
        self.change(ink::selector_bytes!("burn_from"), (owner, u128::from(amount.0)))
    }

    /// Issues TAO; only the one minter may.
    ///
    /// # Errors
    /// [`TokenFailure`]
    pub fn mint(self, to: AccountId, amount: Rao) -> Result<(), TokenFailure> {
        self.change(ink::selector_bytes!("mint"), (to, u128::from(amount.0)))
    }

    /// All TAO in existence.
    ///
    /// # Errors
    /// [`TokenFailure::Refused`]
    pub fn issuance(self) -> Result<Rao, TokenFailure> {
        let supply: u128 = message(self.0, ink::selector_bytes!("PSP22::total_supply"), ())
            .map_err(|Unreachable| TokenFailure::Refused)?;
        u64::try_from(supply).map(Rao).map_err(|_| TokenFailure::Refused)
    }

    fn change(self, selector: [u8; 4], arguments: impl Encode) -> Result<(), TokenFailure> {
        match message::<Result<(), Psp22Error>>(self.0, selector, arguments) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Psp22Error::InsufficientBalance | Psp22Error::InsufficientAllowance)) => {
                Err(TokenFailure::Insufficient)
            }
            Ok(Err(_)) | Err(Unreachable) => Err(TokenFailure::Refused),
        }
    }
}
