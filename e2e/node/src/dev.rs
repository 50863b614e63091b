//! `--dev`: one node that seals a block for every transaction and on a timer, final at once.
//!
//! Blocks carry the wall clock's time. The runtime lets a lone authority make any number of blocks in a slot.

use crate::service::{Hash, Network, Parts};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use inktensor_runtime::opaque::Block;
use sc_consensus_manual_seal::consensus::aura::AuraConsensusDataProvider;
use sc_consensus_manual_seal::{EngineCommand, ManualSealParams};
use sc_network::NetworkBackend;
use sc_network::config::FullNetworkConfiguration;
use sc_service::error::Error;
use sc_service::{Configuration, TaskManager};
use sc_transaction_pool_api::TransactionPool;
use sp_timestamp::{InherentDataProvider, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Starts the node; `block_time` is in milliseconds, 0 means no timer.
pub fn run<N: NetworkBackend<Block, Hash>>(config: Configuration, block_time: u64) -> Result<TaskManager, Error> {
    let mut parts = Parts::open(&config)?;
    let import_queue = sc_consensus_manual_seal::import_queue(
        Box::new(parts.client.clone()),
        &parts.tasks.spawn_essential_handle(),
        config.prometheus_registry(),
    );
    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let net_config =
        FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, config.prometheus_registry().cloned());
    let (service, system_rpc, transactions, sync) = sc_service::build_network(sc_service::BuildNetworkParams {
        config: &config,
        net_config,
        client: parts.client.clone(),
        transaction_pool: parts.pool.clone(),
        spawn_handle: parts.tasks.spawn_handle(),
        import_queue,
        block_announce_validator_builder: None,
        warp_sync_config: None,
        block_relay: None,
        metrics,
    })?;

    let clock = Arc::new(Clock::default());
    let author = sc_consensus_manual_seal::run_manual_seal(ManualSealParams {
        block_import: parts.client.clone(),
        env: parts.proposer(&config),
        client: parts.client.clone(),
        pool: parts.pool.clone(),
        commands_stream: seals(parts.pool.clone(), block_time),
        select_chain: parts.select_chain.clone(),
        consensus_data_provider: Some(Box::new(AuraConsensusDataProvider::new(parts.client.clone()))),
        create_inherent_data_providers: move |_, ()| {
            let clock = clock.clone();
            async move { Ok(InherentDataProvider::new(clock.now())) }
        },
    });
    parts
        .tasks
        .spawn_essential_handle()
        .spawn_blocking("dev-seal", Some("block-authoring"), author);
    parts.serve(
        config,
        Network {
            service,
            sync,
            system_rpc,
            transactions,
        },
    )?;
    Ok(parts.tasks)
}

/// When to seal: for every transaction that enters the pool, and on the timer.
fn seals<P: TransactionPool<Block = Block> + 'static>(
    pool: Arc<P>,
    block_time: u64,
) -> BoxStream<'static, EngineCommand<Hash>> {
    let on_transaction = pool.import_notification_stream().map(|_| seal(false));
    if block_time == 0 {
        return on_transaction.boxed();
    }
    let on_timer = stream::unfold((), move |()| async move {
        futures_timer::Delay::new(Duration::from_millis(block_time)).await;
        Some((seal(true), ()))
    });
    stream::select(on_transaction, on_timer.boxed()).boxed()
}

fn seal(create_empty: bool) -> EngineCommand<Hash> {
    EngineCommand::SealNewBlock {
        create_empty,
        finalize: true,
        parent_hash: None,
        sender: None,
    }
}

/// The wall clock, held still while somebody sets it back: the runtime refuses a block that is older than its parent.
#[derive(Default)]
struct Clock(AtomicU64);

impl Clock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::current().as_millis();
        Timestamp::new(self.0.fetch_max(now, Ordering::SeqCst).max(now))
    }
}
