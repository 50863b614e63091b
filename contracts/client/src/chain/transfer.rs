//! Sending the chain's native token.

use super::{Chain, account_id};
use crate::error::Error;
use crate::progress::Progress;
use crate::signing::{Signer, Unsigned};
use inktensor_primitives::AccountId;
use subxt::dynamic::Value;
use subxt::ext::scale_value::Composite;

impl Chain {
    /// Sends native tokens; refused by the chain if the sender would be left with less than an account must hold.
    pub async fn transfer<S: Signer>(&self, signer: &S, to: &AccountId, amount: u128) -> Result<Progress, Error> {
        let receiver = Value::from_bytes(account_id(to));
        let arguments = Composite::named([
            ("dest", Value::unnamed_variant("Id", [receiver])),
            ("value", Value::u128(amount)),
        ]);
        let payload = subxt::dynamic::tx("Balances", "transfer_keep_alive", arguments);
        let unsigned = Unsigned::new(self, &signer.account(), &payload).await?;
        let signature = signer.sign(&unsigned.request).await?;
        let signed = unsigned.signed(self, signature)?;
        Progress::send(self, None, &signed).await
    }
}
