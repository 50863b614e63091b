//! Signing, whoever holds the key: this program, a browser wallet or a device behind one.

use crate::accounts;
use crate::chain::{Block, Chain, account_id, block};
use crate::error::Error;
use crate::rpc::{AtBlock, Config};
use inktensor_primitives::AccountId;
use scale::Encode;
use serde::Serialize;
use subxt::client::OnlineClientAtBlockImpl;
use subxt::config::substrate::{MultiSignature, SubstrateExtrinsicParamsBuilder};
use subxt::ext::scale_value::Composite;
use subxt::transactions::{DynamicPayload, SignableTransaction, SubmittableTransaction};
use subxt::utils::Era;

/// For how many blocks a signature holds.
const LIFETIME: u64 = 64;

/// How far the newest final block may lie back and still date a signature: half its lifetime.
const OLDEST_DATE: u32 = 32;

/// A call of the chain as subxt encodes it.
pub(crate) type Payload = DynamicPayload<Composite<()>>;

/// A signed transaction.
pub(crate) type Signed = SubmittableTransaction<Config, OnlineClientAtBlockImpl<Config>>;

/// Who signs.
pub trait Signer {
    /// The account that the transaction is sent from.
    fn account(&self) -> AccountId;

    /// Signs a transaction; a wallet whose owner refuses fails with [`Error::Wallet`].
    fn sign(&self, request: &SigningRequest) -> impl Future<Output = Result<Signature, Error>>;
}

/// A signature by one of the schemes that accounts use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// By an ed25519 key.
    Ed25519([u8; 64]),
    /// By an sr25519 key.
    Sr25519([u8; 64]),
    /// By an ECDSA key on secp256k1, with the recovery byte.
    Ecdsa([u8; 65]),
}

impl Signature {
    /// Reads what wallets return: 0x, one byte for the scheme, and the signature, in hex.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let malformed = || Error::MalformedSignature(text.chars().take(160).collect());
        let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        let bytes = bytes.ok_or_else(malformed)?;
        let (scheme, signature) = bytes.split_first().ok_or_else(malformed)?;
        match scheme {
            0 => signature.try_into().map(Self::Ed25519),
            1 => signature.try_into().map(Self::Sr25519),
            2 => signature.try_into().map(Self::Ecdsa),
            _ => return Err(malformed()),
        }
        .map_err(|_| malformed())
    }

    fn into_multi(self) -> MultiSignature {
        match self {
            Self::Ed25519(bytes) => MultiSignature::Ed25519(bytes),
            Self::Sr25519(bytes) => MultiSignature::Sr25519(bytes),
            Self::Ecdsa(bytes) => MultiSignature::Ecdsa(bytes),
        }
    }
}

/// What is to be signed, in the form that each kind of signer wants.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    bytes: Vec<u8>,
    payload: SignerPayload,
}

impl SigningRequest {
    /// What a key signs.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a wallet's `signPayload` takes.
    pub const fn payload(&self) -> &SignerPayload {
        &self.payload
    }
}

/// The `SignerPayloadJSON` of the injected-wallet protocol; serialises to its field names. Numbers are big-endian hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignerPayload {
    /// The signing account in SS58.
    pub address: String,
    /// The asset that pays the fee; none is the native token.
    pub asset_id: Option<String>,
    /// The block from which the signature holds.
    pub block_hash: String,
    /// Its number.
    pub block_number: String,
    /// From when and for how long the signature holds.
    pub era: String,
    /// The chain.
    pub genesis_hash: String,
    /// The hash of the metadata that the signer saw; none is sent.
    pub metadata_hash: Option<String>,
    /// The encoded call.
    pub method: String,
    /// Whether `metadata_hash` is given: 0 is no.
    pub mode: u8,
    /// How many transactions the account sent before.
    pub nonce: String,
    /// The names of the chain's transaction extensions, in order.
    pub signed_extensions: Vec<String>,
    /// The runtime's version.
    pub spec_version: String,
    /// What the sender adds to the fee.
    pub tip: String,
    /// The version of the runtime's call encoding.
    pub transaction_version: String,
    /// The version of the transaction format.
    pub version: u8,
}

/// A transaction that waits for its signature.
pub(crate) struct Unsigned<'call> {
    signable: SignableTransaction<'call, Config, OnlineClientAtBlockImpl<Config>, Payload>,
    account: AccountId,
    pub request: SigningRequest,
}

impl<'call> Unsigned<'call> {
    /// Dates and numbers a transaction of an account.
    pub async fn new(chain: &Chain, account: &AccountId, call: &'call Payload) -> Result<Self, Error> {
        let rpc = chain.rpc();
        let doing = "preparing a transaction";
        let at = date(chain).await?;
        // Unlike the state's nonce, the node's counts what already waits in its pool.
        let id = account_id(account);
        let nonce = rpc.retry(doing, || rpc.methods.system_account_next_index(&id)).await?;
        let parameters = SubstrateExtrinsicParamsBuilder::new()
            .nonce(nonce)
            .mortal_from_unchecked(LIFETIME, at.block_number(), at.block_hash())
            .build();
        let transactions = at.transactions();
        let method = transactions.call_data(call).map_err(|e| rpc.error(doing, e))?;
        let signable = transactions
            .create_signable_offline(call, parameters)
            .map_err(|e| rpc.error(doing, e))?;
        let request = SigningRequest {
            bytes: signable.signer_payload().map_err(|e| rpc.error(doing, e))?,
            payload: payload(chain, &at, account, &method, nonce),
        };
        Ok(Self {
            signable,
            account: *account,
            request,
        })
    }

    /// Adds the signature.
    pub fn signed(mut self, chain: &Chain, signature: Signature) -> Result<Signed, Error> {
        self.signable
            .sign_with_account_and_signature(&account_id(&self.account), &signature.into_multi())
            .map_err(|e| chain.rpc().error("assembling a transaction", e))
    }
}

/// The block that dates a signature: final, so that the signature holds on every fork; the best one where finality lags too far.
async fn date(chain: &Chain) -> Result<AtBlock, Error> {
    let (finalised, best) = (chain.at_finalised().await?, chain.at_best().await?);
    let Block { number: last, .. } = block(&best);
    let stale = last.saturating_sub(block(&finalised).number) > OLDEST_DATE;
    // A runtime upgrade that is not final yet already decides what the pool accepts.
    let upgraded = best.spec_version() != finalised.spec_version();
    Ok(if stale || upgraded { best } else { finalised })
}

fn payload(chain: &Chain, at: &AtBlock, account: &AccountId, method: &[u8], nonce: u64) -> SignerPayload {
    let metadata = at.metadata_ref();
    let extensions = metadata.extrinsic().transaction_extensions_to_use_for_encoding();
    let Block { number, hash } = block(at);
    let number_hex = |number: u32| accounts::to_hex(number.to_be_bytes());
    SignerPayload {
        address: chain.ss58(account),
        asset_id: None,
        block_hash: accounts::to_hex(hash),
        block_number: number_hex(number),
        era: accounts::to_hex(Era::mortal(LIFETIME, number.into()).encode()),
        genesis_hash: accounts::to_hex(chain.genesis_hash()),
        metadata_hash: None,
        method: accounts::to_hex(method),
        mode: 0,
        nonce: u32::try_from(nonce).map_or_else(|_| accounts::to_hex(nonce.to_be_bytes()), number_hex),
        signed_extensions: extensions.map(|extension| extension.identifier().to_owned()).collect(),
        spec_version: number_hex(at.spec_version()),
        tip: accounts::to_hex(0u128.to_be_bytes()),
        transaction_version: number_hex(at.transaction_version()),
        version: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_every_scheme_are_read_and_nothing_else() {
        let text = |scheme: &str, length: usize| format!("0x{scheme}{}", "ab".repeat(length));
        assert_eq!(
            Signature::from_hex(&text("00", 64)).unwrap(),
            Signature::Ed25519([0xab; 64])
        );
        assert_eq!(
            Signature::from_hex(&text("01", 64)).unwrap(),
            Signature::Sr25519([0xab; 64])
        );
        assert_eq!(
            Signature::from_hex(&text("02", 65)).unwrap(),
            Signature::Ecdsa([0xab; 65])
        );
        for wrong in [
            "",
            "0x",
            "0x01",
            &text("01", 65),
            &text("03", 64),
            &text("01", 64)[2..],
            "0x01zz",
            "é",
        ] {
            assert!(Signature::from_hex(wrong).is_err(), "{wrong}");
        }
    }
}
