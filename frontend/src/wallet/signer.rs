//! The account that acts, as the client asks for it.

use super::{Account, Injected};
use inktensor_client::{Error, KeySigner, Signature, Signer, SigningRequest};
use inktensor_primitives::AccountId;

/// Signs for the chosen account: in its wallet, or in the page for a development account.
#[derive(Clone)]
pub enum AccountSigner {
    /// An account of a wallet.
    Injected(Injected, Account),
    /// A development account.
    Development(KeySigner),
}

impl Signer for AccountSigner {
    fn account(&self) -> AccountId {
        match self {
            Self::Injected(_, account) => account.id,
            Self::Development(key) => key.account(),
        }
    }

    async fn sign(&self, request: &SigningRequest) -> Result<Signature, Error> {
        match self {
            Self::Injected(wallet, _) => {
                let payload =
                    serde_json::to_string(request.payload()).map_err(|error| Error::Wallet(error.to_string()))?;
                let signature = wallet.sign(&payload).await.map_err(Error::Wallet)?;
                Signature::from_hex(&signature)
            }
            Self::Development(key) => key.sign(request).await,
        }
    }
}
