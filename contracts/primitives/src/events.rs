//! What the contracts report.
//!
//! Contracts emit these as ink! events (feature `ink`); everyone else decodes them as plain SCALE data: an event's bytes are its
//! fields in order, and its first topic is the BLAKE2-256 of [`Event::SIGNATURE`].

pub mod registry;
pub mod rewards;
pub mod staking;
pub mod tao;

/// Something that a contract reports.
pub trait Event: scale::Decode {
    /// The event's name and the types of its fields; its BLAKE2-256 is the event's first topic.
    const SIGNATURE: &'static str;
}
