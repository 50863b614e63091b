//! The data that a subnet measures models with.

use super::error::Error;
use super::store::{Committed, Limits, Store, blake2_256, hex};
use crate::data::{DataOptions, Dataset};
use inktensor_primitives::Hash;
use inktensor_primitives::registry::Task;
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
    /// Takes the given file, or else fetches what the task names into the folder.
    pub async fn obtain(task: &Task, file: Option<&Path>, store: &Store, folder: &Path) -> Result<Self, Error> {
        let path = match file {
            Some(path) => path.to_owned(),
            None => fetch(task, store, folder).await?,
        };
        let bytes = std::fs::read(&path).map_err(|reason| failure("read", &path, reason))?;
        let hash = blake2_256(&bytes);
        if hash != task.data_hash {
            return Err(Error::WrongData {
                path: path.display().to_string(),
                found: hex(&hash),
                expected: hex(&task.data_hash),
            });
        }
        // What the children would all refuse is said at once.
        Dataset::open(&path, &DataOptions::default())?;
        Ok(Self { path, hash })
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
