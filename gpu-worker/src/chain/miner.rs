//! Publishing a model: the artifact to a store, its hash to the chain.

use super::error::Error;
use super::store::{Committed, Limits, Store, StoreError, blake2_256, hex};
use crate::model::Limits as ModelLimits;
use inktensor_client::messages::{registry, tao};
use inktensor_client::{Contract, KeySigner, Network, Snapshot};
use inktensor_primitives::registry::{ModelCommitment, ModelFormat, Subnet};
use inktensor_primitives::{BlockNumber, Hash, NetUid, Rao, Uid};
use std::time::Duration;

/// The longest upload, and the longest look whether it is needed.
const STORE_TIME: Duration = Duration::from_secs(600);

/// What a miner wants to publish, and how.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The subnet.
    pub netuid: NetUid,
    /// The artifact.
    pub bytes: Vec<u8>,
    /// What it may cost to load, so that nothing is published that validators refuse.
    pub limits: ModelLimits,
    /// Where to store it; nothing means the local store folder.
    pub uri: Option<String>,
    /// The model that it was derived from.
    pub parent: Option<Hash>,
    /// An SPDX licence expression; may be empty.
    pub licence: String,
    /// What the model does, for example `image-classification`; may be empty.
    pub task: String,
    /// Registers the key first if it has no slot, for at most this burn.
    pub register: Option<Rao>,
}

/// A model that is published.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Published {
    /// The subnet.
    pub netuid: u16,
    /// The miner's slot.
    pub uid: u16,
    /// The artifact's hash.
    pub model: String,
    /// Where it is.
    pub uri: String,
    /// Its size in bytes.
    pub size: u64,
    /// The block of the commitment; nothing if the very same one was on chain already.
    pub block: Option<BlockNumber>,
}

/// Stores the artifact, registers the key if asked to, and commits it to the artifact.
pub async fn publish(
    network: &Network,
    signer: &KeySigner,
    store: &Store,
    publication: Publication,
) -> Result<Published, Error> {
    let Publication {
        netuid,
        bytes,
        limits,
        uri,
        parent,
        licence,
        task,
        register,
    } = publication;
    limits
        .check_bytes(bytes.len() as u64)
        .map_err(crate::model::LoadError::from)?;
    let model = crate::model::Model::load(&bytes, &limits)?;
    let parameters = model.parameters() as u64;
    drop(model);
    let now = network.snapshot().await?;
    let subnet = now.query(registry::subnet(netuid)).await?;
    let size = bytes.len() as u64;
    let limit = subnet.task.max_model_bytes;
    if size > limit {
        return Err(StoreError::TooLarge { found: size, limit }.into());
    }
    let hash = blake2_256(&bytes);
    let uid = slot(network, signer, &now, &subnet, register).await?;
    let uri = match uri {
        Some(uri) => uri,
        None => store.local_uri(&format!("{}.onnx", hex(&hash)))?,
    };
    put(store, &uri, hash, bytes).await?;
    let commitment = ModelCommitment {
        hash,
        uri,
        size,
        parent,
        format: ModelFormat::Onnx,
        licence,
        task,
        parameters,
    };
    let published = Published {
        netuid: netuid.0,
        uid: uid.0,
        model: hex(&hash),
        uri: commitment.uri.clone(),
        size,
        block: None,
    };
    let current = network.query(registry::model(netuid, uid)).await?;
    if current.is_some_and(|record| record.hotkey == signer.account() && record.commitment == commitment) {
        return Ok(published);
    }
    let receipt = network
        .call(signer, registry::publish_model(netuid, commitment))
        .await?;
    Ok(Published {
        block: Some(receipt.block.number),
        ..published
    })
}

/// The key's slot; registers it where there is none and a burn is allowed.
async fn slot(
    network: &Network,
    signer: &KeySigner,
    now: &Snapshot,
    subnet: &Subnet,
    register: Option<Rao>,
) -> Result<Uid, Error> {
    let (netuid, hotkey) = (subnet.netuid, signer.account());
    if let Some(uid) = now.query(registry::uid_of(netuid, hotkey)).await? {
        return Ok(uid);
    }
    let not_registered = || Error::NotRegistered {
        netuid,
        hotkey: network.chain().ss58(&hotkey),
    };
    let allowed = register.ok_or_else(not_registered)?;
    let price = now.query(registry::burn_price(netuid)).await?;
    let held = now.query(tao::balance_of(hotkey)).await?;
    if price > allowed {
        return Err(Error::BurnTooHigh { price, allowed });
    }
    if held < u128::from(price.0) {
        let held = Rao(u64::try_from(held).unwrap_or(u64::MAX));
        return Err(Error::TooLittleTao {
            account: network.chain().ss58(&hotkey),
            price,
            held,
        });
    }
    let message = registry::register(netuid, hotkey, allowed);
    let calls = network
        .with_allowance(&hotkey, Contract::Registry, price, message)
        .await?;
    network.call(signer, calls).await?;
    network
        .query(registry::uid_of(netuid, hotkey))
        .await?
        .ok_or_else(not_registered)
}

/// Uploads the artifact, unless it is there already.
async fn put(store: &Store, uri: &str, hash: Hash, bytes: Vec<u8>) -> Result<(), Error> {
    let size = bytes.len() as u64;
    let limits = Limits {
        bytes: size,
        time: STORE_TIME,
    };
    if store
        .fetch(
            &Committed {
                uri,
                hash,
                size: Some(size),
            },
            limits,
        )
        .await
        .is_ok()
    {
        return Ok(());
    }
    Ok(store.put(uri, bytes, STORE_TIME).await?)
}
