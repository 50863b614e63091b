//! What a validator remembers: its evaluations, and the salts of weights it committed.

use super::store::blake2_256;
use super::verdict::{Failure, Measured};
use inktensor_client::accounts;
use inktensor_primitives::rewards::Reveal;
use inktensor_primitives::{AccountId, BlockNumber, Hash, NetUid, Uid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format.
pub const VERSION: u32 = 1;

/// A commit that the chain does not list is forgotten so many blocks after it was made: by then its transaction is dead, and
/// every reveal window over.
pub const KEEP_BLOCKS: BlockNumber = 1_000_000;

/// Evaluations of replaced models are kept for recognising copies, so many of them.
const KEEP_EVALUATIONS: usize = 4_000;

/// Whose journal it is: a commit counts for one validator of one subnet of one deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The chain's first block.
    #[serde(with = "hex32")]
    pub genesis: [u8; 32],
    /// The rewards contract.
    #[serde(with = "hex32")]
    pub rewards: [u8; 32],
    /// The subnet.
    pub netuid: u16,
    /// The validator.
    #[serde(with = "hex32")]
    pub hotkey: [u8; 32],
}

/// A commitment by a miner that was evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The miner's slot.
    pub uid: u16,
    /// The miner.
    #[serde(with = "hex32")]
    pub hotkey: [u8; 32],
    /// The artifact.
    #[serde(with = "hex32")]
    pub model: [u8; 32],
    /// The data that it was measured with.
    #[serde(with = "hex32")]
    pub data: [u8; 32],
    /// The epoch in which it was last looked at.
    pub epoch: u32,
    /// What it scored, if it ever ran to the end. Kept when it fails later: its answers still tell copies.
    pub measured: Option<Measured>,
    /// Why it scores nothing now.
    pub failure: Option<Failure>,
}

impl Evaluation {
    /// The value of the subnet's metric; nothing for a model that failed, or whose value is undefined.
    pub fn score(&self) -> Option<f64> {
        match (&self.failure, &self.measured) {
            (None, Some(measured)) => measured.score,
            _ => None,
        }
    }
}

/// Weights that were committed, or are about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The hash that goes on chain.
    #[serde(with = "hex32")]
    pub hash: [u8; 32],
    /// What hides the weights.
    #[serde(with = "hex32")]
    pub salt: [u8; 32],
    /// The weights by UID, ascending.
    pub weights: Vec<(u16, u16)>,
    /// See `Hyperparameters::weights_version_key`.
    pub version_key: u64,
    /// The epoch that was current.
    pub epoch: u32,
    /// The block that was the best.
    pub made_at: BlockNumber,
    /// Whether the commit was seen in a block.
    pub accepted: bool,
}

impl Promise {
    /// Binds weights and a salt to one validator of one subnet.
    pub fn new(
        identity: &Identity,
        weights: &[(Uid, u16)],
        salt: [u8; 32],
        version_key: u64,
        (epoch, made_at): (u32, BlockNumber),
    ) -> Self {
        let weights = weights.iter().map(|(uid, value)| (uid.0, *value)).collect();
        let mut promise = Self {
            hash: [0; 32],
            salt,
            weights,
            version_key,
            epoch,
            made_at,
            accepted: false,
        };
        let preimage = promise.reveal().preimage(
            &Hash::from(identity.genesis),
            &AccountId::from(identity.rewards),
            NetUid(identity.netuid),
            &AccountId::from(identity.hotkey),
        );
        promise.hash.copy_from_slice(blake2_256(&preimage).as_ref());
        promise
    }

    /// What opens the commit.
    pub fn reveal(&self) -> Reveal {
        let (uids, values) = self.weights.iter().map(|(uid, value)| (Uid(*uid), *value)).unzip();
        Reveal {
            uids,
            values,
            salt: self.salt,
            version_key: self.version_key,
        }
    }
}

/// The journal's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub(super) version: u32,
    /// Whose it is.
    pub identity: Identity,
    /// Evaluations by the sequence of the miner's commitment.
    pub evaluations: BTreeMap<u64, Evaluation>,
    /// Weights committed and not yet revealed.
    pub promises: Vec<Promise>,
    /// The last epoch for which weights were set or committed.
    pub weighed_epoch: Option<u32>,
}

impl Record {
    /// Nothing yet.
    pub fn new(identity: Identity) -> Self {
        Self {
            version: VERSION,
            identity,
            evaluations: BTreeMap::new(),
            promises: Vec::new(),
            weighed_epoch: None,
        }
    }

    /// The weights behind a commit on chain.
    pub fn promise(&self, hash: &Hash) -> Option<&Promise> {
        self.promises
            .iter()
            .find(|promise| promise.hash.as_slice() == hash.as_ref())
    }

    /// Forgets what can no longer matter.
    pub fn prune(&mut self, block: BlockNumber) {
        self.promises
            .retain(|promise| block.saturating_sub(promise.made_at) <= KEEP_BLOCKS);
        while self.evaluations.len() > KEEP_EVALUATIONS {
            self.evaluations.pop_first();
        }
    }
}

/// 32 bytes as 0x and hex digits.
mod hex32 {
    use super::{Deserialize, accounts};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&accounts::to_hex(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = accounts::parse_hash(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not 0x and 64 hex digits")))?;
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.as_ref());
        Ok(bytes)
    }
}
