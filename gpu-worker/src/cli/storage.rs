//! Where artifacts are kept.

use anyhow::Context;
use gpu_worker::chain::store::Store;
use std::path::PathBuf;

/// The local store.
#[derive(Debug, clap::Args)]
pub struct StoreArgs {
    /// The folder of artifacts with file:// addresses; only files in it are read. By default `inktensor/store` among the user's data.
    #[arg(long, value_name = "DIR", env = "INKTENSOR_STORE")]
    store: Option<PathBuf>,
    /// Fetch from web servers on this machine and its network, too. Addresses are published by strangers: only for networks whose
    /// miners and subnet owners are all trusted.
    #[arg(long, env = "INKTENSOR_ALLOW_PRIVATE_ADDRESSES")]
    allow_private_addresses: bool,
}

impl StoreArgs {
    /// Opens the store.
    pub fn open(&self) -> anyhow::Result<Store> {
        let folder = match &self.store {
            Some(folder) => folder.clone(),
            None => data_folder()
                .context("no home folder is known: give --store DIR")?
                .join("inktensor/store"),
        };
        Ok(Store::new(folder).reaching_private_addresses(self.allow_private_addresses))
    }
}

/// Where this system keeps a user's data.
fn data_folder() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| Some(set("HOME")?.join(".local/share")))
}
