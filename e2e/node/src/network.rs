//! A node of a real network: Aura makes blocks, GRANDPA finalises them.

use crate::service::{Backend, Client, Hash, Network, Parts, SelectChain};
use futures::FutureExt;
use futures::future::BoxFuture;
use inktensor_runtime::opaque::Block;
use sc_client_api::BlockBackend;
use sc_consensus_aura::{ImportQueueParams, SlotDuration, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState, VotingRule};
use sc_network::NetworkBackend;
use sc_network::config::FullNetworkConfiguration;
use sc_network::service::traits::{NetworkService, NotificationService};
use sc_network_sync::SyncingService;
use sc_service::error::Error;
use sc_service::{Configuration, TaskManager, WarpSyncConfig};
use sc_telemetry::Telemetry;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::inherents::InherentDataProvider as SlotProvider;
use sp_consensus_aura::sr25519::AuthorityPair;
use sp_timestamp::InherentDataProvider as TimestampProvider;
use std::sync::Arc;
use std::time::Duration;

/// A justification of finality is kept at least every so many blocks.
const JUSTIFICATION_PERIOD: u32 = 512;

type Import = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
type Link = LinkHalf<Block, Client, SelectChain>;
type Voter<Rules> =
    GrandpaParams<Block, Client, Arc<dyn NetworkService>, Arc<SyncingService<Block>>, SelectChain, Rules>;

/// Starts the node.
pub fn run<N: NetworkBackend<Block, Hash>>(config: Configuration) -> Result<TaskManager, Error> {
    let mut parts = Parts::open(&config)?;
    let (block_import, link) = sc_consensus_grandpa::block_import(
        parts.client.clone(),
        JUSTIFICATION_PERIOD,
        &parts.client,
        parts.select_chain.clone(),
        parts.telemetry.as_ref().map(Telemetry::handle),
    )?;
    let slot_duration = sc_consensus_aura::slot_duration(&*parts.client)?;
    let import_queue = sc_consensus_aura::import_queue::<AuthorityPair, _, _, _, _, _>(ImportQueueParams {
        block_import: block_import.clone(),
        justification_import: Some(Box::new(block_import.clone())),
        client: parts.client.clone(),
        create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
        spawner: &parts.tasks.spawn_essential_handle(),
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry: parts.telemetry.as_ref().map(Telemetry::handle),
        compatibility_mode: Default::default(),
    })?;

    let genesis = parts
        .client
        .block_hash(0)?
        .ok_or_else(|| Error::Other("the database has no genesis block: purge the chain and start again".into()))?;
    let protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let mut net_config =
        FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, config.prometheus_registry().cloned());
    let (grandpa_protocol, notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
        protocol.clone(),
        metrics.clone(),
        net_config.peer_store_handle(),
    );
    net_config.add_notification_protocol(grandpa_protocol);
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        parts.backend.clone(),
        link.shared_authority_set().clone(),
        Vec::default(),
    ));
    let (service, system_rpc, transactions, sync) = sc_service::build_network(sc_service::BuildNetworkParams {
        config: &config,
        net_config,
        client: parts.client.clone(),
        transaction_pool: parts.pool.clone(),
        spawn_handle: parts.tasks.spawn_handle(),
        import_queue,
        block_announce_validator_builder: None,
        warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
        block_relay: None,
        metrics,
    })?;
    let network = Network {
        service,
        sync,
        system_rpc,
        transactions,
    };

    let authority = config.role.is_authority();
    let author = authority
        .then(|| author(&parts, &config, &network, block_import, slot_duration))
        .transpose()?;
    let votes = !config.disable_grandpa;
    let voter = votes.then(|| voter(&parts, &config, &network, link, notifications, protocol));
    // This fills the keystore with the keys of --alice and its like. A voter looks there once, when it is made, so it comes after.
    parts.serve(config, network)?;
    let spawner = parts.tasks.spawn_essential_handle();
    if let Some(author) = author {
        spawner.spawn_blocking("aura", Some("block-authoring"), author);
    }
    if let Some(voter) = voter {
        spawner.spawn_blocking("grandpa-voter", None, sc_consensus_grandpa::run_grandpa_voter(voter)?);
    }
    Ok(parts.tasks)
}

/// The current time and its slot.
fn inherents(slot_duration: SlotDuration) -> (SlotProvider, TimestampProvider) {
    let timestamp = TimestampProvider::from_system_time();
    (
        SlotProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration),
        timestamp,
    )
}

/// Makes blocks in this authority's slots.
fn author(
    parts: &Parts,
    config: &Configuration,
    network: &Network,
    block_import: Import,
    slot_duration: SlotDuration,
) -> Result<BoxFuture<'static, ()>, Error> {
    let aura = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
        slot_duration,
        client: parts.client.clone(),
        select_chain: parts.select_chain.clone(),
        block_import,
        proposer_factory: parts.proposer(config),
        create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
        force_authoring: config.force_authoring,
        backoff_authoring_blocks: None::<()>,
        keystore: parts.keystore.keystore(),
        sync_oracle: network.sync.clone(),
        justification_sync_link: network.sync.clone(),
        block_proposal_slot_portion: SlotProportion::new(2.0 / 3.0),
        max_block_proposal_slot_portion: None,
        telemetry: parts.telemetry.as_ref().map(Telemetry::handle),
        compatibility_mode: Default::default(),
    })?;
    Ok(aura.boxed())
}

/// What is needed to vote on finality, or to follow the votes.
fn voter(
    parts: &Parts,
    config: &Configuration,
    network: &Network,
    link: Link,
    notification_service: Box<dyn NotificationService>,
    protocol_name: sc_network::ProtocolName,
) -> Voter<impl VotingRule<Block, Client> + Clone + use<>> {
    GrandpaParams {
        config: sc_consensus_grandpa::Config {
            gossip_duration: Duration::from_millis(333),
            justification_generation_period: JUSTIFICATION_PERIOD,
            name: Some(config.network.node_name.clone()),
            observer_enabled: false,
            keystore: config.role.is_authority().then(|| parts.keystore.keystore()),
            local_role: config.role,
            telemetry: parts.telemetry.as_ref().map(Telemetry::handle),
            protocol_name,
        },
        link,
        network: network.service.clone(),
        sync: network.sync.clone(),
        notification_service,
        voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
        prometheus_registry: config.prometheus_registry().cloned(),
        shared_voter_state: SharedVoterState::empty(),
        telemetry: parts.telemetry.as_ref().map(Telemetry::handle),
        offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(parts.pool.clone()),
    }
}
