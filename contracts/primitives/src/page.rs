//! Lists are read in pages, because a call's result is bounded.

use alloc::vec::Vec;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, scale::Encode, scale::Decode)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
pub struct Page<T> {
    /// The items from the asked position on, at most as many as asked for.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u32,
}
