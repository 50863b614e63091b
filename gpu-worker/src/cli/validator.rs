//! `inktensor validator`: judging models and paying for the good ones.

use super::access::{ChainArgs, block_on};
use super::common::SubnetArg;
use super::keys::SignerArgs;
use super::limits::{LimitArgs, ProcessArgs};
use super::storage::StoreArgs;
use gpu_worker::chain::data::EvaluationData;
use gpu_worker::chain::judge::Judge;
use gpu_worker::chain::report::Reporter;
use gpu_worker::chain::validator::Validator as Worker;
use gpu_worker::gpu::AdapterChoice;
use inktensor_client::messages::registry;
use std::path::PathBuf;
use std::time::Duration;

/// What a validator does.
#[derive(Debug, clap::Subcommand)]
pub enum Validator {
    /// Evaluate models, set weights and run epochs until stopped.
    Run(Run),
}

/// `inktensor validator run`
#[derive(Debug, clap::Args)]
pub struct Run {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The folder of what must survive a restart: evaluations, and the salts of commits.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The evaluation data, an npz file; without it, it is fetched from where the subnet says.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// On how many samples each model is measured; all, if the data has no more.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    samples: usize,
    /// The longest fetch of one model, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    fetch_time: u64,
    /// The adapter to run models on, by a part of its name; without it, the most capable.
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    process: ProcessArgs,
    /// End after the first epoch that follows a reveal of this validator.
    #[arg(long)]
    once: bool,
    /// Print one JSON object a line for everything that happens.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

impl Validator {
    /// Does it.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Run(run) => block_on(run.run()),
        }
    }
}

impl Run {
    async fn run(self) -> anyhow::Result<()> {
        let network = self.chain.connect().await?;
        let signer = self.signer.signer(network.chain())?;
        let netuid = self.subnet.id();
        let task = network.query(registry::subnet(netuid)).await?.task;
        let store = self.store.open()?;
        let folder = self.state.join("fetched");
        let sandbox = self.process.sandbox(std::env::current_exe()?);
        let judge = Judge {
            data: EvaluationData::obtain(&task, self.data.as_deref(), &store, &folder, &sandbox).await?,
            data_file: self.data,
            store,
            folder,
            samples: self.samples.max(1),
            fetch_time: Duration::from_secs(self.fetch_time),
            adapter: AdapterChoice::from(self.adapter),
            limits: self.limits.limits(),
            sandbox,
        };
        let mut worker = Worker::open(network, signer, netuid, judge, &self.state, Reporter::new(self.json))?;
        tokio::select! {
            ended = worker.run(self.once) => return Ok(ended?),
            interrupted = interruption() => interrupted?,
        }
        Ok(worker.stop()?)
    }
}

/// Ctrl-C, or the system's request to end. Whatever is under way may simply be dropped: the journal knows.
async fn interruption() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
