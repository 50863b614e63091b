//! BLAKE2-256, by which models are known on chain.

use std::fmt;
use std::str::FromStr;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A BLAKE2-256 hash, written as hexadecimal digits after `0x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(pub [u8; 32]);

/// Text that is no hash.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("'{0}' is not a hash; 64 hexadecimal digits are needed, with or without 0x")]
pub struct ParseHashError(String);

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Blake2b::<U32>::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        let wrong = || ParseHashError(text.into());
        let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
        let (pairs, []) = digits.as_chunks::<2>() else {
            return Err(wrong());
        };
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(wrong);
        let bytes = pairs
            .iter()
            .map(|&[high, low]| Ok((digit(high)? * 16 + digit(low)?) as u8));
        let bytes: Vec<u8> = bytes.collect::<Result<_, _>>()?;
        Ok(Self(bytes.try_into().map_err(|_| wrong())?))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = ParseHashError;

    fn try_from(text: String) -> Result<Self, ParseHashError> {
        text.parse()
    }
}

/// Hashes what comes piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Blake2b<U32>);

impl Hasher {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was added.
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_the_known_hash() {
        let empty = "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
        assert_eq!(Hash::of(b"").to_string(), empty);
        assert_eq!(empty[2..].parse(), Ok(Hash::of(b"")));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "0x", "0e57", "zz", &"g".repeat(64), &"0".repeat(66)] {
            assert!(text.parse::<Hash>().is_err(), "{text}");
        }
    }
}
