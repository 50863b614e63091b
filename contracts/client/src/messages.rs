//! Every message of the contracts as a typed call: arguments in, encoded bytes out, and the type its result decodes to.
//!
//! Checked byte for byte against `cargo contract encode` in `tests/encoding.rs`.

use crate::contract::Contract;
use crate::outcome::LangError;
use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::{Decode, DecodeAll, Encode};
use std::marker::PhantomData;

pub mod registry;
pub mod rewards;
pub mod staking;
pub mod tao;

/// An encoded call of a contract's message or constructor, whose result decodes to `R`.
#[derive(Debug)]
pub struct Message<R> {
    /// The contract that understands it.
    pub contract: Contract,
    /// The message's label in the contract's metadata, for example `stake` or `PSP22::approve`.
    pub label: &'static str,
    /// The selector followed by the SCALE-encoded arguments.
    pub data: Vec<u8>,
    result: PhantomData<fn() -> R>,
}

impl<R> Clone for Message<R> {
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            ..*self
        }
    }
}

impl<R: Decode> Message<R> {
    fn new(contract: Contract, label: &'static str, arguments: impl Encode) -> Self {
        let mut data = selector(label).to_vec();
        arguments.encode_to(&mut data);
        Self {
            contract,
            label,
            data,
            result: PhantomData,
        }
    }

    /// Decodes what the contract returned for this message. Bytes left over are an error: they mean another version of the contract.
    pub fn decode(&self, output: &[u8]) -> Result<R, DecodeError> {
        let malformed = |_| DecodeError::Malformed {
            contract: self.contract,
            message: self.label,
            bytes: output.len(),
        };
        Result::<R, LangError>::decode_all(&mut &*output)
            .map_err(malformed)?
            .map_err(|_| DecodeError::UnknownMessage {
                contract: self.contract,
                message: self.label,
            })
    }
}

/// Why a contract's answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The contract did not recognise the selector or could not decode the arguments.
    #[error(
        "the {contract} contract does not understand `{message}`: the deployed code is another version; deploy again or use the client of its version"
    )]
    UnknownMessage {
        /// The contract.
        contract: Contract,
        /// The message.
        message: &'static str,
    },
    /// The answer has another type than this client expects.
    #[error(
        "the {contract} contract answered `{message}` with {bytes} bytes of another type than expected: the deployed code is another version; deploy again or use the client of its version"
    )]
    Malformed {
        /// The contract.
        contract: Contract,
        /// The message.
        message: &'static str,
        /// How long the answer was.
        bytes: usize,
    },
}

/// The first four bytes of the label's BLAKE2-256, as ink! computes selectors.
pub fn selector(label: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = blake2_256(label.as_bytes());
    [a, b, c, d]
}

/// BLAKE2 with a digest of 32 bytes: what names messages, events, models and weight commits.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// Declares messages of one contract: the function's name is the label, unless one is given in front.
macro_rules! messages {
    ($contract:ident: $($(#[$meta:meta])* $([$label:literal])? $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty;)*) => {$(
        $(#[$meta])*
        pub fn $name($($argument: $type),*) -> $crate::messages::Message<$result> {
            $crate::messages::Message::new(
                $crate::contract::Contract::$contract,
                $crate::messages::label!($name $(, $label)?),
                ($($argument,)*),
            )
        }
    )*};
}

/// A message's label: the one given, or else the function's name.
macro_rules! label {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident, $label:literal) => {
        $label
    };
}

use {label, messages};
