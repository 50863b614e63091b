//! The parts that a node has however its blocks are made.

use inktensor_runtime::{apis::RuntimeApi, opaque::Block};
use sc_basic_authorship::ProposerFactory;
use sc_network::service::traits::NetworkService;
use sc_network_sync::SyncingService;
use sc_network_transactions::TransactionsHandlerController;
use sc_rpc::system::Request;
use sc_service::error::Error;
use sc_service::{Configuration, KeystoreContainer, TaskManager};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_utils::mpsc::TracingUnboundedSender;
use sp_consensus::DisableProofRecording;
use sp_runtime::traits::Block as BlockT;
use std::sync::Arc;

/// The block hash.
pub type Hash = <Block as BlockT>::Hash;
/// The database and runtime.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>>;
/// Where blocks and state are stored.
pub type Backend = sc_service::TFullBackend<Block>;
/// The longest chain is the best.
pub type SelectChain = sc_consensus::LongestChain<Backend, Block>;
/// Transactions that wait for a block.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;

/// What every node is made of.
pub struct Parts {
    /// The database and runtime.
    pub client: Arc<Client>,
    /// Where blocks and state are stored.
    pub backend: Arc<Backend>,
    /// Runs the node's tasks.
    pub tasks: TaskManager,
    /// The authority's keys.
    pub keystore: KeystoreContainer,
    /// Chooses the best chain.
    pub select_chain: SelectChain,
    /// Transactions that wait for a block.
    pub pool: Arc<Pool>,
    /// Where the node reports to, if anywhere.
    pub telemetry: Option<Telemetry>,
}

impl Parts {
    /// Opens the database and starts the transaction pool.
    pub fn open(config: &Configuration) -> Result<Self, Error> {
        let telemetry = config
            .telemetry_endpoints
            .clone()
            .filter(|endpoints| !endpoints.is_empty())
            .map(|endpoints| {
                let worker = TelemetryWorker::new(16)?;
                let telemetry = worker.handle().new_telemetry(endpoints);
                Ok::<_, sc_telemetry::Error>((worker, telemetry))
            })
            .transpose()?;
        let executor = sc_service::new_wasm_executor::<sp_io::SubstrateHostFunctions>(&config.executor);
        let (client, backend, keystore, tasks) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            executor,
        )?;
        let client = Arc::new(client);
        let telemetry = telemetry.map(|(worker, telemetry)| {
            tasks.spawn_handle().spawn("telemetry", None, worker.run());
            telemetry
        });
        let select_chain = sc_consensus::LongestChain::new(backend.clone());
        let pool = Arc::from(
            sc_transaction_pool::Builder::new(
                tasks.spawn_essential_handle(),
                client.clone(),
                config.role.is_authority().into(),
            )
            .with_options(config.transaction_pool.clone())
            .with_prometheus(config.prometheus_registry())
            .build(),
        );
        Ok(Self {
            client,
            backend,
            tasks,
            keystore,
            select_chain,
            pool,
            telemetry,
        })
    }

    /// Makes proposals of blocks from the pool.
    pub fn proposer(&self, config: &Configuration) -> ProposerFactory<Pool, Client, DisableProofRecording> {
        ProposerFactory::new(
            self.tasks.spawn_handle(),
            self.client.clone(),
            self.pool.clone(),
            config.prometheus_registry(),
            self.telemetry.as_ref().map(Telemetry::handle),
        )
    }

    /// Starts the tasks that serve RPC and the network.
    pub fn serve(&mut self, config: Configuration, network: Network) -> Result<(), Error> {
        let (client, pool) = (self.client.clone(), self.pool.clone());
        sc_service::spawn_tasks(sc_service::SpawnTasksParams {
            network: network.service,
            client: self.client.clone(),
            keystore: self.keystore.keystore(),
            task_manager: &mut self.tasks,
            transaction_pool: self.pool.clone(),
            rpc_builder: Box::new(move |_| crate::rpc::create(client.clone(), pool.clone()).map_err(Into::into)),
            backend: self.backend.clone(),
            system_rpc_tx: network.system_rpc,
            tx_handler_controller: network.transactions,
            sync_service: network.sync,
            config,
            telemetry: self.telemetry.as_mut(),
        })?;
        Ok(())
    }
}

/// The handles of a started network.
pub struct Network {
    /// Peers and protocols.
    pub service: Arc<dyn NetworkService>,
    /// Synchronisation of blocks.
    pub sync: Arc<SyncingService<Block>>,
    /// Answers the `system` RPC.
    pub system_rpc: TracingUnboundedSender<Request<Block>>,
    /// Gossip of transactions.
    pub transactions: TransactionsHandlerController<Hash>,
}
