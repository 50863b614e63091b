//! The network as a whole: its money, its subnets, and who can be staked to.

use super::query::{Loadable, use_query};
use inktensor_client::{
    Error, Network,
    messages::{registry, rewards},
};
use inktensor_primitives::{
    registry::Subnet,
    rewards::{Economy, EpochStatus},
    staking::Delegate,
};
use yew::prelude::*;

/// A subnet with where it stands between epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetSummary {
    /// The subnet.
    pub subnet: Subnet,
    /// Its epochs.
    pub status: EpochStatus,
    /// Blocks between epochs.
    pub tempo: u16,
}

/// The whole network at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The block that all of it was read at.
    pub block: u32,
    /// The money supply.
    pub economy: Economy,
    /// Every subnet.
    pub subnets: Vec<SubnetSummary>,
    /// Every hotkey with stake, most stake first.
    pub delegates: Vec<Delegate>,
}

/// The whole network.
#[hook]
pub fn use_overview() -> Loadable<Overview> {
    use_query(Some(()), |network, ()| read(network))
}

async fn read(network: Network) -> Result<Overview, Error> {
    let snapshot = network.snapshot().await?;
    let economy = snapshot.query(rewards::economy()).await?;
    let mut subnets = Vec::new();
    for subnet in snapshot.all_subnets().await? {
        let status = snapshot.query(rewards::epoch_status(subnet.netuid)).await?;
        let rules = snapshot.query(registry::hyperparameters(subnet.netuid)).await?;
        subnets.push(SubnetSummary {
            subnet,
            status,
            tempo: rules.tempo,
        });
    }
    let mut delegates = snapshot.all_delegates().await?;
    delegates.sort_by_key(|delegate| std::cmp::Reverse(delegate.stake));
    Ok(Overview {
        block: snapshot.block().number,
        economy,
        subnets,
        delegates,
    })
}
