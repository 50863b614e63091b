//! Where artifacts live: a folder, a web server, S3.
//!
//! A validator fetches what strangers commit to. So a fetch is bounded in bytes and time, its bytes are checked against the committed
//! hash before anything reads them, `file` URIs reach into one folder only, and `http` URIs public addresses only.

use futures_util::StreamExt;
use inktensor_primitives::Hash;
use object_store::aws::AmazonS3Builder;
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

mod addresses;
mod error;
#[cfg(test)]
mod tests;

use addresses::{Private, PublicOnly};
pub use error::StoreError;

/// Failed requests are tried so many times again within the time limit.
const RETRIES: usize = 2;

/// How far a fetch may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes.
    pub bytes: u64,
    /// The longest time for the whole artifact.
    pub time: Duration,
}

/// What was committed about an artifact.
#[derive(Clone, Debug)]
pub struct Committed<'a> {
    /// Where it is.
    pub uri: &'a str,
    /// BLAKE2-256 of its bytes.
    pub hash: Hash,
    /// How many bytes it has, where that was committed too.
    pub size: Option<u64>,
}

/// BLAKE2-256, the name of an artifact.
pub fn blake2_256(bytes: &[u8]) -> Hash {
    crate::hash::Hash::of(bytes).0.into()
}

/// A hash as `0x…`.
pub fn hex(hash: &Hash) -> String {
    crate::hash::Hash((*hash).into()).to_string()
}

/// Access to artifacts.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    reaches_private: bool,
}

impl Store {
    /// Artifacts of public web servers and S3, and of one local folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        // Refused only where the process has chosen one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            folder: folder.into(),
            reaches_private: false,
        }
    }

    /// Whether web servers of this machine and of its network count as well: then whoever publishes a URI chooses among them.
    pub fn reaching_private_addresses(self, reaches_private: bool) -> Self {
        Self {
            reaches_private,
            ..self
        }
    }

    /// The URI of a file in the local folder; creates the folder.
    pub fn local_uri(&self, name: &str) -> Result<String, StoreError> {
        let failed = |why: String| StoreError::Unreachable {
            uri: self.folder.display().to_string(),
            why,
        };
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(error.to_string()))?;
        let path = self
            .folder
            .canonicalize()
            .map_err(|error| failed(error.to_string()))?
            .join(name);
        Url::from_file_path(&path)
            .map(String::from)
            .map_err(|()| failed("not an absolute path".to_owned()))
    }

    /// Fetches an artifact and checks it against what was committed.
    pub async fn fetch(&self, committed: &Committed<'_>, limits: Limits) -> Result<Vec<u8>, StoreError> {
        if let Some(found) = committed.size.filter(|size| *size > limits.bytes) {
            return Err(StoreError::TooLarge {
                found,
                limit: limits.bytes,
            });
        }
        let too_slow = || StoreError::TooSlow {
            uri: committed.uri.to_owned(),
            seconds: limits.time.as_secs(),
        };
        let bytes = tokio::time::timeout(limits.time, self.download(committed, limits))
            .await
            .map_err(|_| too_slow())??;
        let found = blake2_256(&bytes);
        if found != committed.hash {
            return Err(StoreError::WrongHash {
                found: hex(&found),
                committed: hex(&committed.hash),
            });
        }
        Ok(bytes)
    }

    /// Stores an artifact.
    pub async fn put(&self, uri: &str, bytes: Vec<u8>, time: Duration) -> Result<(), StoreError> {
        let (store, path) = self.open(uri, time)?;
        let failed = |error: object_store::Error| refusal(uri, &error);
        tokio::time::timeout(time, store.put(&path, PutPayload::from(bytes)))
            .await
            .map_err(|_| StoreError::TooSlow {
                uri: uri.to_owned(),
                seconds: time.as_secs(),
            })?
            .map_err(failed)?;
        Ok(())
    }

    /// Whether an artifact that was fetched before is still there, by its size.
    pub async fn look(&self, committed: &Committed<'_>, limits: Limits) -> Result<(), StoreError> {
        let (store, path) = self.open(committed.uri, limits.time)?;
        let found = tokio::time::timeout(limits.time, store.head(&path))
            .await
            .map_err(|_| StoreError::TooSlow {
                uri: committed.uri.to_owned(),
                seconds: limits.time.as_secs(),
            })?
            .map_err(|error| refusal(committed.uri, &error))?;
        check_size(committed, limits, found.size)
    }

    async fn download(&self, committed: &Committed<'_>, limits: Limits) -> Result<Vec<u8>, StoreError> {
        let (store, path) = self.open(committed.uri, limits.time)?;
        let unreachable = |error: object_store::Error| refusal(committed.uri, &error);
        let answer = store.get(&path).await.map_err(unreachable)?;
        let announced = answer.meta.size;
        check_size(committed, limits, announced)?;
        let mut bytes = Vec::new();
        let mut parts = answer.into_stream();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(unreachable)?);
            if bytes.len() as u64 > announced {
                break;
            }
        }
        match bytes.len() as u64 {
            length if length == announced => Ok(bytes),
            found => Err(StoreError::WrongSize {
                found,
                committed: announced,
            }),
        }
    }

    fn open(&self, uri: &str, time: Duration) -> Result<(Box<dyn ObjectStore>, ObjectPath), StoreError> {
        let bad = |why: String| StoreError::BadUri {
            uri: uri.to_owned(),
            why,
        };
        let url = Url::parse(uri).map_err(|error| bad(error.to_string()))?;
        let retry = RetryConfig {
            max_retries: RETRIES,
            retry_timeout: time,
            ..RetryConfig::default()
        };
        match url.scheme() {
            "file" => self.open_file(&url),
            // The whole address is the store's, and the path inside it empty: so a query (a signed address, say) is kept.
            "http" | "https" => {
                let options = ClientOptions::new().with_allow_http(true).with_timeout(time);
                let mut store = HttpBuilder::new()
                    .with_url(uri)
                    .with_client_options(options)
                    .with_retry(retry);
                if !self.reaches_private {
                    addresses::check(&url).map_err(|private| private_address(uri, &private))?;
                    store = store.with_http_connector(PublicOnly { time });
                }
                let store = store.build().map_err(|error| bad(error.to_string()))?;
                Ok((Box::new(store), ObjectPath::ROOT))
            }
            // Which server that is, the operator says by AWS_ENDPOINT; the URI only names a bucket of it.
            "s3" | "s3a" => {
                let anonymous = std::env::var_os("AWS_ACCESS_KEY_ID").is_none();
                let store = AmazonS3Builder::from_env()
                    .with_url(uri)
                    .with_retry(retry)
                    .with_skip_signature(anonymous);
                let path = ObjectPath::from_url_path(url.path()).map_err(|error| bad(error.to_string()))?;
                Ok((Box::new(store.build().map_err(|error| bad(error.to_string()))?), path))
            }
            other => Err(bad(format!("`{other}` is no store that is known here"))),
        }
    }

    fn open_file(&self, url: &Url) -> Result<(Box<dyn ObjectStore>, ObjectPath), StoreError> {
        let bad = |why: String| StoreError::BadUri {
            uri: url.to_string(),
            why,
        };
        let outside = || StoreError::OutsideStore {
            uri: url.to_string(),
            folder: self.folder.display().to_string(),
        };
        let path = url
            .to_file_path()
            .map_err(|()| bad("a file URI names no host".to_owned()))?;
        let folder = self.folder.canonicalize().map_err(|_| outside())?;
        let inside = relative_to(&folder, &path).ok_or_else(outside)?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| bad(error.to_string()))?;
        let inside = ObjectPath::parse(inside).map_err(|error| bad(error.to_string()))?;
        Ok((Box::new(store), inside))
    }
}

fn check_size(committed: &Committed<'_>, limits: Limits, found: u64) -> Result<(), StoreError> {
    match committed.size {
        Some(size) if size != found => Err(StoreError::WrongSize { found, committed: size }),
        _ if found > limits.bytes => Err(StoreError::TooLarge {
            found,
            limit: limits.bytes,
        }),
        _ => Ok(()),
    }
}

/// A path's part below the folder, links followed; nothing if it leads elsewhere or to something that is no plain file.
fn relative_to(folder: &Path, path: &Path) -> Option<String> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        // A file still to be written, or one that is gone: its folder counts.
        Err(_) => path.parent()?.canonicalize().ok()?.join(path.file_name()?),
    };
    if real.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return None;
    }
    real.strip_prefix(folder).ok()?.to_str().map(str::to_owned)
}

fn refusal(uri: &str, error: &object_store::Error) -> StoreError {
    if let Some(private) = private_cause(error) {
        return private_address(uri, private);
    }
    match error {
        object_store::Error::NotFound { .. } => StoreError::Gone { uri: uri.to_owned() },
        other => StoreError::Unreachable {
            uri: uri.to_owned(),
            why: first_line(other),
        },
    }
}

fn private_address(uri: &str, private: &Private) -> StoreError {
    StoreError::PrivateAddress {
        uri: uri.to_owned(),
        why: private.to_string(),
    }
}

/// Where a name or a redirect led to a private address.
fn private_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Private> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// The innermost cause says what happened; object_store's own text names its types.
fn first_line(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().lines().next().unwrap_or_default().to_owned()
}
