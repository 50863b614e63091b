//! Every message of the contracts as a typed call: arguments in, encoded bytes out, and the type its result decodes to.
//!
//! Checked byte for byte against `cargo contract encode` in `tests/encoding.rs`.

use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::{Decode, Encode};
use std::marker::PhantomData;

pub mod registry;
pub mod rewards;
pub mod staking;
pub mod tao;

/// An encoded call of a contract's message or constructor, whose result decodes to `R`.
#[derive(Clone, Debug)]
pub struct Message<R> {
    /// The message's label in the contract's metadata, for example `stake` or `PSP22::approve`.
    pub label: &'static str,
    /// The selector followed by the SCALE-encoded arguments.
    pub data: Vec<u8>,
    result: PhantomData<fn() -> R>,
}

impl<R: Decode> Message<R> {
    fn new(label: &'static str, arguments: impl Encode) -> Self {
        let mut data = selector(label).to_vec();
        arguments.encode_to(&mut data);
        Self {
            label,
            data,
            result: PhantomData,
        }
    }
}

/// The first four bytes of the label's BLAKE2-256, as ink! computes selectors.
pub fn selector(label: &str) -> [u8; 4] {
    let hash: [u8; 32] = Blake2b::<U32>::digest(label.as_bytes()).into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Declares messages: the function's name is the label, unless one is given in front.
macro_rules! messages {
    ($($(#[$meta:meta])* $([$label:literal])? $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty;)*) => {$(
        $(#[$meta])*
        pub fn $name($($argument: $type),*) -> $crate::messages::Message<$result> {
            $crate::messages::Message::new($crate::messages::label!($name $(, $label)?), ($($argument,)*))
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
