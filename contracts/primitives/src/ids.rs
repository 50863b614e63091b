//! Who and where: accounts, subnets, neuron slots.

use crate::macros::number;
use core::fmt;

pub use ink_primitives::{AccountId, Hash};

/// A block's height.
pub type BlockNumber = u32;

number! {
    /// A subnet's number.
    pub struct NetUid(u16);
    /// A neuron's slot in its subnet.
    pub struct Uid(u16);
}

impl fmt::Display for NetUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
