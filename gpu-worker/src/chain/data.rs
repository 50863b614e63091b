//! The data that a subnet measures models with.

use super::child;
use super::error::Error;
use super::store::{Committed, Limits, Store, hex};
use crate::data::DataOptions;
use crate::evaluation::Sandbox;
use crate::hash::Hasher;
use inktensor_primitives::Hash;
use inktensor_primitives::registry::Task;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most that is fetched of evaluation data, and for how long.
const LIMITS: Limits = Limits {
    bytes: 4 << 30,
    time: Duration::from_secs(600),
};

/// Evaluation data on this machine, checked against the subnet's task.
#[derive(Clone, Debug)]
pub struct EvaluationData {
    /// The file.
    pub path: PathBuf,
    /// BLAKE2-256 of the file.
    pub hash: Hash,
}

impl EvaluationData {
    /// Takes the given file, or else fetches what the task names into the folder. The file is opened in a child process only: it is a
    /// stranger's.
    pub async fn obtain(
        task: &Task,
        file: Option<&Path>,
        store: &Store,
        folder: &Path,
        sandbox: &Sandbox,
    ) -> Result<Self, Error> {
        let path = match file {
            Some(path) => path.to_owned(),
            None => fetch(task, store, folder).await?,
        };
        let hash = hash(&path).map_err(|reason| failure("read", &path, reason))?;
        if hash != task.data_hash {
            return Err(Error::WrongData {
                path: path.display().to_string(),
                found: hex(&hash),
                expected: hex(&task.data_hash),
            });
        }
        // What the children would all refuse is said at once.
        child::open_data(path.clone(), DataOptions::default(), sandbox.clone()).await?;
        Ok(Self { path, hash })
    }
}

/// The hash of a file, of which only a piece is in memory.
fn hash(path: &Path) -> std::io::Result<Hash> {
    let (mut file, mut hasher) = (File::open(path)?, Hasher::new());
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Hash::from(hasher.finish().0)),
            read => hasher.update(&piece[..read]),
        }
    }
}

async fn fetch(task: &Task, store: &Store, folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join(format!("{}.data", hex(&task.data_hash)));
    if path.exists() {
        return Ok(path);
    }
    let committed = Committed {
        uri: &task.data_uri,
        hash: task.data_hash,
        size: None,
    };
    let bytes = store.fetch(&committed, LIMITS).await?;
    write(folder, &path, &bytes)?;
    Ok(path)
}

/// Writes a file as a whole: others find it complete or not at all.
pub fn write(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension("part");
    std::fs::create_dir_all(folder).map_err(|reason| failure("create", folder, reason))?;
    std::fs::write(&beside, bytes).map_err(|reason| failure("write", &beside, reason))?;
    std::fs::rename(&beside, path).map_err(|reason| failure("write", path, reason))
}

fn failure(action: &'static str, path: &Path, reason: std::io::Error) -> Error {
    Error::Io {
        action,
        path: path.display().to_string(),
        reason,
    }
}
