//! The TAO token beyond PSP22. Its messages fail with `PSP22Error`; the reasons that PSP22 has no variant for are these texts in
//! `PSP22Error::Custom`.

use crate::macros::shared;
use alloc::string::String;

/// The caller is not the one minter.
pub const NOT_MINTER: &str = "NotMinter";
/// The caller is not the deployer.
pub const NOT_OWNER: &str = "NotOwner";
/// The minter is set already and never changes.
pub const MINTER_ALREADY_SET: &str = "MinterAlreadySet";
/// The mint would exceed the cap of 21,000,000 TAO.
pub const CAP_EXCEEDED: &str = "CapExceeded";
/// TAO's name.
pub const NAME: &str = "Inktensor TAO";
/// TAO's symbol.
pub const SYMBOL: &str = "TAO";
/// TAO's decimals: the smallest unit is the rao.
pub const DECIMALS: u8 = 9;

shared! {
    /// Why a PSP22 message failed, as the standard numbers it.
    pub enum Psp22Error {
        /// A reason of this token: one of the texts above.
        Custom(String),
        /// The sender holds too little.
        InsufficientBalance,
        /// The owner allowed the caller too little.
        InsufficientAllowance,
        /// The recipient is the zero account.
        ZeroRecipientAddress,
        /// The sender is the zero account.
        ZeroSenderAddress,
        /// The recipient refused.
        SafeTransferCheckFailed(String),
    }
}
