//! A validator's record, kept on disk.
//!
//! A weight commit can only be revealed by who knows its salt, so the salt is on disk before the commit is sent. The file is replaced as a
//! whole: written beside, flushed to disk, then renamed over the old one. A validator killed at any moment finds the old or the new file.
//!
//! Invariant: one process at a time writes a journal; a lock file beside it says who.

use super::record::{Identity, Record, VERSION};
use inktensor_client::accounts;
use inktensor_primitives::BlockNumber;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or file cannot be read or written.
    #[error("cannot {action} {path}: {reason}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Another process holds it.
    #[error("another validator uses {0}; stop it, or give this one a state folder of its own with --state")]
    InUse(PathBuf),
    /// The file is no journal.
    #[error(
        "{path} is no validator's state ({reason}); move it away to start afresh: commits not yet revealed are then lost"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A validator's record, kept on disk.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    record: Record,
    _lock: File,
}

impl Journal {
    /// Opens the journal of this validator in a folder, or starts one.
    pub fn open(folder: &Path, identity: Identity) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|reason| failure("create", folder, reason))?;
        let path = folder.join(file_name(&identity));
        let lock = lock(&path.with_extension("lock"))?;
        let record = match fs::read(&path) {
            Ok(bytes) => read(&path, &bytes, &identity)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Record::new(identity),
            Err(reason) => return Err(failure("read", &path, reason)),
        };
        Ok(Self {
            path,
            record,
            _lock: lock,
        })
    }

    /// What is recorded.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Changes the record and returns once the change is on disk; if it cannot be written, nothing has changed.
    pub fn update(&mut self, block: BlockNumber, change: impl FnOnce(&mut Record)) -> Result<(), JournalError> {
        let mut record = self.record.clone();
        change(&mut record);
        record.prune(block);
        replace(&self.path, &record)?;
        self.record = record;
        Ok(())
    }
}

fn file_name(identity: &Identity) -> String {
    let short = |bytes: &[u8; 32]| accounts::to_hex(&bytes[..4]).trim_start_matches("0x").to_owned();
    let Identity {
        genesis,
        rewards,
        netuid,
        hotkey,
    } = identity;
    format!(
        "validator-{netuid}-{}-{}-{}.json",
        short(hotkey),
        short(rewards),
        short(genesis)
    )
}

fn lock(path: &Path) -> Result<File, JournalError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|reason| failure("open", path, reason))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::InUse(path.with_extension("json"))),
        Err(fs::TryLockError::Error(reason)) => Err(failure("lock", path, reason)),
    }
}

fn read(path: &Path, bytes: &[u8], identity: &Identity) -> Result<Record, JournalError> {
    let malformed = |reason: String| JournalError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let record: Record = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    if record.version != VERSION {
        return Err(malformed(format!(
            "its format is {}, this program writes {VERSION}",
            record.version
        )));
    }
    if record.identity != *identity {
        return Err(malformed("it belongs to another validator, subnet or chain".to_owned()));
    }
    Ok(record)
}

/// Replaces a file as a whole: after a crash there is the old one or the new one.
fn replace(path: &Path, record: &Record) -> Result<(), JournalError> {
    let beside = path.with_extension("json.new");
    let bytes = serde_json::to_vec(record).map_err(|error| failure("encode", path, io::Error::other(error)))?;
    let mut file = private_file(&beside).map_err(|reason| failure("create", &beside, reason))?;
    file.write_all(&bytes)
        .and_then(|()| file.sync_all())
        .map_err(|reason| failure("write", &beside, reason))?;
    fs::rename(&beside, path).map_err(|reason| failure("replace", path, reason))?;
    sync_folder(path)
}

/// Creates a file that nobody else may read: it holds salts.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A rename is on disk once its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|reason| failure("write", folder, reason))
}

/// Only Unix opens folders as files; elsewhere the system orders the rename itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

fn failure(action: &'static str, path: &Path, reason: io::Error) -> JournalError {
    JournalError::Io {
        action,
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{KEEP_BLOCKS, Promise};
    use super::*;
    use inktensor_primitives::{Hash, Uid};

    fn identity() -> Identity {
        Identity {
            genesis: [1; 32],
            rewards: [2; 32],
            netuid: 3,
            hotkey: [4; 32],
        }
    }

    fn promise(epoch: u32) -> Promise {
        Promise::new(&identity(), &[(Uid(1), 65535), (Uid(4), 7)], [9; 32], 0, (epoch, 10))
    }

    #[test]
    fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), identity()).unwrap();
        journal.update(10, |record| record.promises.push(promise(1))).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path(), identity()).unwrap();
        assert_eq!(
            journal.record().promise(&Hash::from(promise(1).hash)),
            Some(&promise(1))
        );
        assert_eq!(promise(1).reveal().values, [65535, 7]);
    }

    #[test]
    fn a_crash_while_writing_leaves_the_old_journal() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), identity()).unwrap();
        journal.update(10, |record| record.promises.push(promise(1))).unwrap();
        let beside = journal.path.with_extension("json.new");
        drop(journal);
        fs::write(beside, b"{\"version\":1,\"ident").unwrap();
        let mut journal = Journal::open(folder.path(), identity()).unwrap();
        assert_eq!(journal.record().promises, [promise(1)]);
        journal.update(10, |record| record.promises.push(promise(2))).unwrap();
        assert_eq!(journal.record().promises, [promise(1), promise(2)]);
    }

    #[test]
    fn a_change_that_cannot_be_written_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), identity()).unwrap();
        fs::create_dir(journal.path.with_extension("json.new")).unwrap();
        assert!(journal.update(10, |record| record.promises.push(promise(1))).is_err());
        assert!(journal.record().promises.is_empty());
    }

    #[test]
    fn two_validators_do_not_share_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Journal::open(folder.path(), identity()).unwrap();
        assert!(matches!(
            Journal::open(folder.path(), identity()),
            Err(JournalError::InUse(_))
        ));
        let other = Identity {
            netuid: 4,
            ..identity()
        };
        assert!(Journal::open(folder.path(), other).is_ok());
    }

    #[test]
    fn a_damaged_or_foreign_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name(&identity()));
        let foreign = Record::new(Identity {
            netuid: 9,
            ..identity()
        });
        for content in [b"".to_vec(), b"{}".to_vec(), serde_json::to_vec(&foreign).unwrap()] {
            fs::write(&path, &content).unwrap();
            let refused = Journal::open(folder.path(), identity());
            assert!(matches!(refused, Err(JournalError::Malformed { .. })), "{refused:?}");
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_salt_outlives_every_reveal_window_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), identity()).unwrap();
        journal
            .update(10 + KEEP_BLOCKS, |record| record.promises.push(promise(1)))
            .unwrap();
        assert_eq!(journal.record().promises.len(), 1);
        journal.update(11 + KEEP_BLOCKS, |_| ()).unwrap();
        assert!(journal.record().promises.is_empty());
    }
}
