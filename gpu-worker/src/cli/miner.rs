//! `inktensor miner`: publishing models.

use super::access::{ChainArgs, block_on};
use super::common::{PrintArgs, SubnetArg};
use super::keys::SignerArgs;
use super::limits::LimitArgs;
use super::neuron::{model_json, told};
use super::storage::StoreArgs;
use anyhow::Context;
use gpu_worker::chain::miner::{Publication, Published, publish};
use inktensor_client::{accounts::parse_hash, messages::registry};
use inktensor_primitives::{Hash, Rao, Uid};
use std::path::PathBuf;

/// What a miner does.
#[derive(Debug, clap::Subcommand)]
pub enum Miner {
    /// Store a model and commit to it on chain.
    Publish(Box<Publish>),
    /// Show what a neuron committed to, the latest first.
    History(History),
    /// Show who committed to a model first, on whatever subnet.
    Origin(Origin),
}

/// `inktensor miner history`
#[derive(Debug, clap::Args)]
pub struct History {
    #[command(flatten)]
    subnet: SubnetArg,
    /// The neuron.
    #[arg(long)]
    uid: u16,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// `inktensor miner origin`
#[derive(Debug, clap::Args)]
pub struct Origin {
    /// The model, by its 0x… hash.
    #[arg(value_parser = hash)]
    model: Hash,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// `inktensor miner publish`
#[derive(Debug, clap::Args)]
pub struct Publish {
    /// The model: an ONNX file, or a bundle of one and its weights (`inktensor bundle`).
    model: PathBuf,
    #[command(flatten)]
    subnet: SubnetArg,
    /// Where to store it: file:///…, http(s)://… or s3://BUCKET/…; without it, a file in the store folder.
    #[arg(long)]
    uri: Option<String>,
    /// The model that this one was derived from, by its 0x… hash.
    #[arg(long, value_name = "HASH", value_parser = hash)]
    parent: Option<Hash>,
    /// An SPDX licence expression, such as Apache-2.0.
    #[arg(long, default_value = "")]
    licence: String,
    /// What the model does, such as image-classification.
    #[arg(long, value_name = "TASK", default_value = "")]
    task: String,
    /// The file format.
    #[arg(long, value_enum, default_value = "onnx")]
    format: Format,
    /// Register the key on the subnet if it is not.
    #[arg(long)]
    register: bool,
    /// The most TAO that the registration may burn.
    #[arg(long, value_name = "TAO", requires = "register", default_value = "1")]
    max_burn: u64,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// A file format that validators can run.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// An ONNX protobuf file.
    Onnx,
}

impl Miner {
    /// Does it.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Publish(publish) => publish.run(),
            Self::History(history) => history.run(),
            Self::Origin(origin) => origin.run(),
        }
    }
}

impl History {
    fn run(self) -> anyhow::Result<()> {
        let records = block_on(async {
            let network = self.chain.connect().await?;
            Ok(network.model_history(self.subnet.id(), Uid(self.uid)).await?)
        })?;
        if self.print.json {
            println!("{}", serde_json::Value::from_iter(records.iter().map(model_json)));
        } else if records.is_empty() {
            println!(
                "UID {} of subnet {} committed to no model",
                self.uid, self.subnet.netuid
            );
        } else {
            records.iter().for_each(|record| println!("{}", told(record)));
        }
        Ok(())
    }
}

impl Origin {
    fn run(self) -> anyhow::Result<()> {
        let first = block_on(async {
            let network = self.chain.connect().await?;
            Ok(network.query(registry::model_origin(self.model)).await?)
        })?;
        if self.print.json {
            println!("{}", serde_json::json!({ "origin": first.as_ref().map(model_json) }));
        } else {
            let none = || "nobody committed to it".to_owned();
            println!("{}", first.as_ref().map_or_else(none, told));
        }
        Ok(())
    }
}

impl Publish {
    fn run(self) -> anyhow::Result<()> {
        let Format::Onnx = self.format;
        let bytes = std::fs::read(&self.model).with_context(|| format!("cannot read {}", self.model.display()))?;
        let publication = Publication {
            netuid: self.subnet.id(),
            bytes,
            limits: self.limits.limits(),
            uri: self.uri,
            parent: self.parent,
            licence: self.licence,
            task: self.task,
            register: self.register.then(|| Rao::from_tao(self.max_burn)),
        };
        let published = block_on(async {
            let network = self.chain.connect().await?;
            let signer = self.signer.signer(network.chain())?;
            anyhow::Ok(publish(&network, &signer, &self.store.open()?, publication).await?)
        })?;
        tell(&published, self.print.json)
    }
}

fn tell(published: &Published, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(published)?);
        return Ok(());
    }
    let Published {
        netuid,
        uid,
        model,
        uri,
        size,
        block,
    } = published;
    let place = block.map_or("committed before".to_owned(), |block| {
        format!("committed in block {block}")
    });
    println!("{model} ({size} bytes) at {uri}: {place} by UID {uid} on subnet {netuid}");
    Ok(())
}

fn hash(text: &str) -> Result<Hash, String> {
    parse_hash(text).ok_or_else(|| "expected 0x and 64 hex digits".to_owned())
}
