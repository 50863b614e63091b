//! The files of a model: the graph, and weights beside it.
//!
//! A hash on chain, or on a command line, is of one file. Weights outside of it are taken only where that hash covers them as well, in one
//! of two ways:
//!
//! - A bundle: one `.safetensors` file whose tensors, of bytes, are the files themselves by name. The hash is of the bundle.
//! - A graph whose metadata has an entry `blake2_256:NAME` for each file NAME beside it, with that file's BLAKE2-256 hash as 64 hex digits.
//!   The hash is of the graph, and through the entries of all that belongs to it.
//!
//! What the graph says of its weights is in [`Weights`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use prost::Message;
use prost::bytes::Bytes;
use thiserror::Error;

use super::limits::{LimitExceeded, Limits};
use super::proto::StringStringEntryProto;
use super::scan::{self, ScanError};
use super::weights::Weights;
use crate::hash::Hash;
use crate::tensor::safetensors::{HeadError, Stored, is_safetensors, read_head};

/// The beginning of the metadata keys that name files.
const HASH_KEY: &str = "blake2_256:";
/// Files beside a graph.
const MAX_FILES: usize = 64;

/// Why the files of a model cannot be taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// A file that cannot be read.
    #[error("the file '{path}' of the model cannot be read: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A bound is broken.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The graph is none.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The bundle is none.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A bundle without one graph.
    #[error("a bundle holds exactly one file that ends in .onnx, and tensors of bytes (U8) only; this one holds: {}", .0.join(", "))]
    Bundle(Vec<String>),
    /// A name that leads elsewhere.
    #[error("the graph's metadata names '{0}', which is not the plain name of a file beside it")]
    Name(String),
    /// A hash that is none.
    #[error("the graph's metadata has no BLAKE2-256 hash (64 hex digits) for '{0}'")]
    NoHash(String),
    /// More files than any honest model has.
    #[error("the model consists of {0} files; at most {MAX_FILES} are allowed")]
    TooManyFiles(usize),
    /// Another file than the graph was made for.
    #[error("the hash of '{name}' is {found}, but the graph's metadata says {expected}; it is another file")]
    Mismatch {
        /// The file.
        name: String,
        /// Its hash.
        found: Hash,
        /// What the graph says.
        expected: Hash,
    },
}

/// A graph and the files that belong to it, all covered by one hash.
#[derive(Debug, Clone)]
pub struct Artifact {
    graph: Bytes,
    weights: Weights,
    hash: Hash,
    bytes: u64,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, repeated, tag = "14")]
    entries: Vec<StringStringEntryProto>,
}

impl Artifact {
    /// A bundle, or a graph that needs no other file.
    ///
    /// # Errors
    /// When it begins like a bundle and is none.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, ArtifactError> {
        let (hash, length) = (Hash::of(&bytes), bytes.len() as u64);
        let (graph, weights) = if is_safetensors(&bytes) {
            unbundle(&bytes)?
        } else {
            (bytes, Weights::default())
        };
        Ok(Self {
            graph,
            weights,
            hash,
            bytes: length,
        })
    }

    /// Reads a model's file, and the files beside it that its metadata has hashes of; no more than the limits allow.
    ///
    /// # Errors
    /// When a file cannot be read, is too large, or is another than the graph was made for.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, ArtifactError> {
        let bytes = read(path, 0, limits)?;
        let is_bundle = is_safetensors(&bytes);
        let mut artifact = Self::from_bytes(bytes)?;
        if is_bundle {
            return Ok(artifact);
        }
        // Only the head of the graph is read here, but nothing of it may be trusted.
        scan::scan(&artifact.graph, limits)?;
        let mut files = BTreeMap::new();
        for (name, expected) in hashes(&artifact.graph)? {
            let bytes = read(&path.with_file_name(&name), artifact.bytes, limits)?;
            let found = Hash::of(&bytes);
            if found != expected {
                return Err(ArtifactError::Mismatch { name, found, expected });
            }
            artifact.bytes = artifact.bytes.saturating_add(bytes.len() as u64);
            files.insert(name, bytes);
        }
        if !files.is_empty() {
            artifact.weights = Weights::new(&stem(path), files)?;
        }
        Ok(artifact)
    }

    /// The hash that covers all of it.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The graph's file.
    pub fn graph(&self) -> &Bytes {
        &self.graph
    }

    /// What lies beside it.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }
}

/// The name of a file without its last extension.
fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Reads a file of which, with the bytes read `before`, no more is there than the limit allows.
fn read(path: &Path, before: u64, limits: &Limits) -> Result<Bytes, ArtifactError> {
    let unreadable = |error| ArtifactError::File {
        path: path.display().to_string(),
        error,
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    limits.check_bytes(before.saturating_add(length))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // The file may grow meanwhile, or be none that has a length.
    let most = limits.bytes.saturating_sub(before).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    limits.check_bytes(before.saturating_add(bytes.len() as u64))?;
    Ok(bytes.into())
}

/// The files that a graph names in its metadata, with their hashes.
fn hashes(graph: &Bytes) -> Result<Vec<(String, Hash)>, ArtifactError> {
    // What is no graph is refused as such when it is parsed.
    let Ok(metadata) = Metadata::decode(graph.clone()) else {
        return Ok(Vec::new());
    };
    let mut hashes = Vec::new();
    for entry in metadata.entries {
        let Some(name) = entry.key.strip_prefix(HASH_KEY) else {
            continue;
        };
        let is_plain = !name.is_empty()
            && Path::new(name).file_name().is_some_and(|plain| plain == name)
            && !name.contains(['/', '\\']);
        if !is_plain {
            return Err(ArtifactError::Name(name.into()));
        }
        let hash = entry.value.parse().map_err(|_| ArtifactError::NoHash(name.into()))?;
        hashes.push((name.to_owned(), hash));
    }
    if hashes.len() > MAX_FILES {
        return Err(ArtifactError::TooManyFiles(hashes.len()));
    }
    Ok(hashes)
}

/// The graph and the other files of a bundle, which share its memory.
fn unbundle(bytes: &Bytes) -> Result<(Bytes, Weights), ArtifactError> {
    let tensors = read_head(&bytes[..], bytes.len() as u64)?;
    if tensors.len() > MAX_FILES {
        return Err(ArtifactError::TooManyFiles(tensors.len()));
    }
    let names: Vec<String> = tensors.keys().cloned().collect();
    let mut files = BTreeMap::new();
    for (name, stored) in tensors {
        let file = slice(bytes, &stored).filter(|_| stored.dtype == "U8");
        files.insert(name, file.ok_or_else(|| ArtifactError::Bundle(names.clone()))?);
    }
    let mut graphs = files.keys().filter(|name| name.ends_with(".onnx"));
    let graph = match (graphs.next(), graphs.next()) {
        (Some(name), None) => name.clone(),
        _ => return Err(ArtifactError::Bundle(names)),
    };
    let bytes = files.remove(&graph).ok_or(ArtifactError::Bundle(names))?;
    Ok((bytes, Weights::new(&stem(Path::new(&graph)), files)?))
}

pub(super) fn slice(bytes: &Bytes, stored: &Stored) -> Option<Bytes> {
    let (start, length) = (usize::try_from(stored.start).ok()?, usize::try_from(stored.bytes).ok()?);
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    Some(bytes.slice(start..end))
}

/// Puts files into one, whose hash covers them all.
///
/// # Errors
/// When there is not exactly one graph among them.
pub fn bundle(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ArtifactError> {
    let names = || files.keys().cloned().collect();
    if files.keys().filter(|name| name.ends_with(".onnx")).count() != 1 {
        return Err(ArtifactError::Bundle(names()));
    }
    let mut views = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![bytes.len()], bytes);
        views.push((name.clone(), view.map_err(|_| ArtifactError::Bundle(names()))?));
    }
    safetensors::serialize(views, None).map_err(|_| ArtifactError::Bundle(names()))
}

/// The files beside a graph that it takes weights from: those that its tensors name, and `STEM.safetensors` if there is one.
///
/// # Errors
/// When the graph cannot be read, or names what is no plain file beside it.
pub fn files_beside(path: &Path, graph: &[u8], limits: &Limits) -> Result<Vec<PathBuf>, ArtifactError> {
    scan::scan(graph, limits)?;
    let mut names = super::parse::locations(graph);
    let by_name = format!("{}.safetensors", stem(path));
    if path.with_file_name(&by_name).is_file() {
        names.insert(by_name);
    }
    let plain = |name: &String| Path::new(name).file_name().is_some_and(|plain| plain == name.as_str());
    if let Some(name) = names.iter().find(|name| !plain(name)) {
        return Err(ArtifactError::Name(name.clone()));
    }
    Ok(names.into_iter().map(|name| path.with_file_name(name)).collect())
}
