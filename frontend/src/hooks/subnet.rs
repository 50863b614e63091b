//! One subnet: its rules, and its metagraph with the models.

use super::query::{Loadable, use_query};
use inktensor_client::{
    Error, Network,
    messages::{registry, rewards},
};
use inktensor_primitives::{
    NetUid, Rao,
    registry::{Hyperparameters, ModelRecord, Subnet},
    rewards::{EpochStatus, MetagraphRow},
};
use std::collections::HashMap;
use yew::prelude::*;

/// A neuron with the model it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the last epoch decided of it.
    pub row: MetagraphRow,
    /// Its model, where it published one.
    pub model: Option<ModelRecord>,
}

/// A subnet at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetView {
    /// The block that all of it was read at.
    pub block: u32,
    /// The subnet.
    pub subnet: Subnet,
    /// Its rules.
    pub rules: Hyperparameters,
    /// Its epochs.
    pub status: EpochStatus,
    /// What a registration burns now.
    pub burn: Rao,
    /// Its neurons by UID.
    pub entries: Vec<Entry>,
}

/// One subnet.
#[hook]
pub fn use_subnet(netuid: NetUid) -> Loadable<SubnetView> {
    use_query(Some(netuid), read)
}

async fn read(network: Network, netuid: NetUid) -> Result<SubnetView, Error> {
    let snapshot = network.snapshot().await?;
    let subnet = snapshot.query(registry::subnet(netuid)).await?;
    let rules = snapshot.query(registry::hyperparameters(netuid)).await?;
    let status = snapshot.query(rewards::epoch_status(netuid)).await?;
    let burn = snapshot.query(registry::burn_price(netuid)).await?;
    let models = snapshot.all_models(netuid).await?;
    let mut models: HashMap<u16, ModelRecord> = models.into_iter().map(|model| (model.uid.0, model)).collect();
    let entries = snapshot
        .metagraph(netuid)
        .await?
        .into_iter()
        .map(|row| Entry {
            model: models.remove(&row.uid.0).filter(|model| model.hotkey == row.hotkey),
            row,
        })
        .collect();
    Ok(SubnetView {
        block: snapshot.block().number,
        subnet,
        rules,
        status,
        burn,
        entries,
    })
}
