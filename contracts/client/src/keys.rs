//! Keys held by this program: development accounts, secret URIs and exported wallet files.

use crate::error::Error;
use crate::signing::{Signature, Signer, SigningRequest};
use inktensor_primitives::AccountId;
use std::fmt;
use std::str::FromStr;
use subxt_signer::SecretUri;
use subxt_signer::sr25519::Keypair;

/// An sr25519 key in memory.
#[derive(Clone)]
pub struct KeySigner(Keypair);

/// Why a text is no key. The text itself is never repeated: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The secret URI is malformed.
    #[error(
        "the secret key is malformed: expected a phrase of 12 to 24 words or 0x and 64 hex digits, then optional //derivations; found {0}"
    )]
    Malformed(String),
    /// There is no such development account.
    #[error("`{0}` is no development account: expected one of alice, bob, charlie, dave, eve, ferdie")]
    UnknownDevelopmentAccount(String),
    /// The exported wallet file is malformed or of another kind.
    #[error("the wallet file cannot be read: {0}; export the account again from the wallet as JSON (sr25519 only)")]
    WalletFile(String),
    /// The password of the exported wallet file is wrong.
    #[error("the password does not open the wallet file")]
    WrongPassword,
}

impl KeySigner {
    /// A development account by name, for example `alice`. Everybody knows these keys.
    pub fn development(name: &str) -> Result<Self, KeyError> {
        let known = crate::accounts::DEVELOPMENT.contains(&name);
        let (first, rest) = name
            .split_at_checked(1)
            .filter(|_| known)
            .ok_or_else(|| KeyError::UnknownDevelopmentAccount(name.to_owned()))?;
        Self::from_suri(&format!("//{}{rest}", first.to_uppercase()))
    }

    /// A key by its secret URI: a phrase or hex seed, with derivations, for example `//Alice` or `word … word//hard/soft`.
    pub fn from_suri(suri: &str) -> Result<Self, KeyError> {
        // The reasons of the library do not quote the secret.
        let uri = SecretUri::from_str(suri).map_err(|e| KeyError::Malformed(e.to_string()))?;
        let key = Keypair::from_uri(&uri).map_err(|e| KeyError::Malformed(e.to_string()))?;
        Ok(Self(key))
    }

    /// A key from a wallet's exported JSON file and its password.
    #[cfg(not(target_family = "wasm"))]
    pub fn from_wallet_file(json: &str, password: &str) -> Result<Self, KeyError> {
        use subxt_signer::polkadot_js_compat::{Error as FileError, decrypt_json};

        /// Base64 of the scrypt salt, its parameters and the nonce: the library slices these off without looking.
        const SHORTEST: usize = 92;
        let encoded = serde_json::from_str::<serde_json::Value>(json)
            .map_err(|e| KeyError::WalletFile(e.to_string()))?
            .get("encoded")
            .and_then(|encoded| encoded.as_str().map(str::len));
        if encoded.is_none_or(|length| length < SHORTEST) {
            return Err(KeyError::WalletFile("it holds no encrypted key".to_owned()));
        }
        match decrypt_json(json, password) {
            Ok(key) => Ok(Self(key)),
            Err(FileError::Secretbox(_)) => Err(KeyError::WrongPassword),
            Err(e) => Err(KeyError::WalletFile(e.to_string())),
        }
    }

    /// The key's account.
    pub fn account(&self) -> AccountId {
        self.0.public_key().0.into()
    }
}

impl Signer for KeySigner {
    fn account(&self) -> AccountId {
        Self::account(self)
    }

    async fn sign(&self, request: &SigningRequest) -> Result<Signature, Error> {
        Ok(Signature::Sr25519(self.0.sign(request.bytes()).0))
    }
}

impl fmt::Debug for KeySigner {
    /// Shows the account, never the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeySigner").field(&self.account()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts;

    #[test]
    fn development_accounts_are_the_usual_ones() {
        let bob = accounts::parse("5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty").unwrap();
        assert_eq!(KeySigner::development("bob").unwrap().account(), bob);
        assert_eq!(KeySigner::from_suri("//Bob").unwrap().account(), bob);
        for name in ["", "Bob", "mallory", "é"] {
            let expected = KeyError::UnknownDevelopmentAccount(name.to_owned());
            assert_eq!(KeySigner::development(name).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_malformed_secret_is_refused_without_repeating_it() {
        for secret in ["correct horse battery staple", "0xzz", "0x1234"] {
            let error = KeySigner::from_suri(secret).unwrap_err();
            assert!(matches!(error, KeyError::Malformed(_)));
            assert!(!error.to_string().contains(secret), "{error}");
        }
    }

    /// `//inktensor/test` as `@polkadot/keyring` 14.0.3 exports it with the password `password`.
    const EXPORTED: &str = include_str!("../tests/exported_account.json");

    #[test]
    fn an_exported_wallet_file_opens_with_its_password_only() {
        let key = KeySigner::from_wallet_file(EXPORTED, "password").unwrap();
        assert_eq!(
            key.account(),
            KeySigner::from_suri("//inktensor/test").unwrap().account()
        );
        let address = serde_json::from_str::<serde_json::Value>(EXPORTED).unwrap()["address"].clone();
        assert_eq!(accounts::parse(address.as_str().unwrap()), Ok(key.account()));
        assert_eq!(
            KeySigner::from_wallet_file(EXPORTED, "wrong").unwrap_err(),
            KeyError::WrongPassword
        );
    }

    #[test]
    fn a_broken_wallet_file_is_refused() {
        let cut = EXPORTED.replace("\"encoded\":\"", "\"encoded\":\"AAAA\",\"was\":\"");
        for json in ["", "{}", "[]", r#"{"encoded":"AAAA"}"#, cut.as_str()] {
            assert!(matches!(
                KeySigner::from_wallet_file(json, "password"),
                Err(KeyError::WalletFile(_))
            ));
        }
    }
}
