//! Accounts as people write them: SS58 addresses, or 32 bytes in hex.

use blake2::{Blake2b512, Digest};
use inktensor_primitives::{AccountId, Hash};

/// What the checksum of an SS58 address is computed over first.
const CHECKSUM_DOMAIN: &[u8] = b"SS58PRE";

/// The development accounts, whose keys everybody knows. Only a development chain may offer them.
pub const DEVELOPMENT: [&str; 6] = ["alice", "bob", "charlie", "dave", "eve", "ferdie"];

/// Why a text is no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// It is neither base58 nor hex.
    #[error("`{0}` is no account: expected an SS58 address such as 5Grw…utQY, or 0x and 64 hex digits")]
    Malformed(String),
    /// The checksum is wrong.
    #[error("`{0}` is no account: its checksum does not fit, so a character is wrong or missing")]
    Checksum(String),
}

/// Reads an SS58 address of any network, or 0x and 64 hex digits.
pub fn parse(text: &str) -> Result<AccountId, AccountError> {
    let malformed = || AccountError::Malformed(text.to_owned());
    if text.starts_with("0x") {
        return parse_bytes(text).map(AccountId::from).ok_or_else(malformed);
    }
    let bytes = bs58::decode(text).into_vec().map_err(|_| malformed())?;
    let prefix_length = match bytes.first() {
        Some(0..=63) => 1,
        Some(64..=127) => 2,
        _ => return Err(malformed()),
    };
    let (body, found) = bytes.split_last_chunk::<2>().ok_or_else(malformed)?;
    let account: [u8; 32] = body
        .get(prefix_length..)
        .and_then(|account| account.try_into().ok())
        .ok_or_else(malformed)?;
    if checksum(body) != *found {
        return Err(AccountError::Checksum(text.to_owned()));
    }
    Ok(account.into())
}

/// Writes an account as the SS58 address of the network with this prefix; of the prefix the lower 14 bits count.
pub fn to_ss58(account: &AccountId, prefix: u16) -> String {
    let [low, high] = (prefix & 0x3fff).to_le_bytes();
    let mut bytes = match prefix {
        0..=63 => vec![low],
        // The bits of a two-byte prefix, as SS58 orders them.
        _ => vec![0x40 | (low >> 2), high | (low << 6)],
    };
    bytes.extend_from_slice(account.as_ref());
    bytes.extend_from_slice(&checksum(&bytes));
    bs58::encode(bytes).into_string()
}

/// Reads 0x and 64 hex digits.
pub fn parse_hash(text: &str) -> Option<Hash> {
    parse_bytes(text).map(Hash::from)
}

/// Writes bytes as 0x and hex digits.
pub fn to_hex(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn parse_bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x")?, &mut bytes).ok()?;
    Some(bytes)
}

fn checksum(body: &[u8]) -> [u8; 2] {
    let digest = Blake2b512::new()
        .chain_update(CHECKSUM_DOMAIN)
        .chain_update(body)
        .finalize();
    [digest[0], digest[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

    #[test]
    fn ss58_of_every_prefix_length_and_hex_name_the_same_account() {
        let alice = parse(ALICE).unwrap();
        assert_eq!(to_hex(alice), ALICE_HEX);
        assert_eq!(parse(ALICE_HEX), Ok(alice));
        // Polkadot's prefix 0 has one byte, prefix 1284 has two.
        assert_eq!(parse("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"), Ok(alice));
        for prefix in [0, 42, 63, 64, 1284, 16_383] {
            assert_eq!(parse(&to_ss58(&alice, prefix)), Ok(alice), "prefix {prefix}");
        }
        assert_eq!(to_ss58(&alice, 42), ALICE);
        assert_eq!(to_ss58(&alice, 0), "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5");
    }

    #[test]
    fn a_typing_error_is_told_from_something_else_entirely() {
        let typo = ALICE.replace("FRz9", "FRz8").replace("utQY", "utQZ");
        assert_eq!(parse(&typo), Err(AccountError::Checksum(typo.clone())));
        for text in ["", "0x", "0x12", "alice", "5Grw", "0OIl", &"1".repeat(300)] {
            assert_eq!(parse(text), Err(AccountError::Malformed(text.to_owned())));
        }
    }
}
