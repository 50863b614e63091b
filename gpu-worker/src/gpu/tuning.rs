//! Which of a kernel's variants is fastest on an adapter: measured when a launch is first recorded, and kept on disk.
//!
//! Off unless an engine is told a folder: then results may depend on what was measured, as variants may add up in another order. Who must
//! get the same bytes as others on the same adapter, such as validators, leaves it off and gets the variants that the kernels themselves
//! prefer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{AdapterInfo, lock};

/// What was measured on an adapter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Measured {
    /// Name of the adapter.
    adapter: String,
    /// Name and version of its driver; another version is measured anew.
    driver: String,
    /// The kernel that was fastest for each class of launches.
    fastest: BTreeMap<String, String>,
}

/// Measurements of one adapter, and where they are kept.
#[derive(Debug)]
pub struct Tuning {
    file: PathBuf,
    measured: Mutex<Measured>,
    warning: Option<String>,
}

impl Tuning {
    /// Reads what is kept in a folder for an adapter. What cannot be read is measured anew, with a warning.
    pub fn open(folder: &Path, info: &AdapterInfo) -> Self {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let name: String = info.name.chars().map(letter).collect();
        let file = folder.join(format!("{name}.json"));
        let (known, warning) = match read(&file) {
            Ok(known) => (known, None),
            Err(reason) => {
                let warning = format!("{} is not used, and will be written anew: {reason}", file.display());
                (None, Some(warning))
            }
        };
        let fresh = Measured {
            adapter: info.name.clone(),
            driver: info.driver.clone(),
            fastest: BTreeMap::new(),
        };
        let is_current = |known: &Measured| known.adapter == fresh.adapter && known.driver == fresh.driver;
        let measured = Mutex::new(known.filter(is_current).unwrap_or(fresh));
        Self {
            file,
            measured,
            warning,
        }
    }

    /// Why the measurements on disk are not used, if they are not.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The fastest kernel for a class of launches, if it is known.
    pub fn fastest(&self, class: &str) -> Option<String> {
        lock(&self.measured).fastest.get(class).cloned()
    }

    /// Keeps the fastest kernel for a class of launches.
    pub fn keep(&self, class: &str, kernel: &str) -> io::Result<()> {
        let mut measured = lock(&self.measured);
        measured.fastest.insert(class.into(), kernel.into());
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        // Written beside and put in place at once, so that no other process reads half of it.
        let beside = self.file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&beside, serde_json::to_vec_pretty(&*measured)?)?;
        fs::rename(&beside, &self.file)
    }
}

fn read(file: &Path) -> Result<Option<Measured>, String> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| error.to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gpu::{AdapterChoice, Engine};
    use crate::kernels::Target;
    use crate::testing::{Case, assert_close, engine, ramp};

    #[test]
    fn what_was_measured_is_kept_for_its_driver() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut info = engine().info().clone();
        Tuning::open(folder.path(), &info)
            .keep("a class", "a kernel")
            .expect("it is written");
        let again = Tuning::open(folder.path(), &info);
        assert_eq!(again.fastest("a class").as_deref(), Some("a kernel"));
        assert_eq!(again.fastest("another class"), None);
        info.driver.push_str(" of tomorrow");
        assert_eq!(Tuning::open(folder.path(), &info).fastest("a class"), None);
    }

    #[test]
    fn an_engine_that_tunes_keeps_what_it_measured_and_computes_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let choice = AdapterChoice::Named(engine().info().name.clone());
        let tuned = Engine::new(&choice)
            .expect("it was opened before")
            .tuning_in(folder.path());
        let tuned = Arc::new(tuned);
        let product = || Case::new("MatMul").input(ramp(&[33, 64])).input(ramp(&[64, 40]));
        // Its filters never change, and its pixels are whole panels and a few more.
        let convolution = || {
            Case::new("Conv")
                .input(ramp(&[1, 16, 14, 14]))
                .known(ramp(&[64, 16, 1, 1]))
        };
        // Measured, and then taken from what was kept.
        for _ in 0..2 {
            assert_close(&product().by(Arc::clone(&tuned)).run(), &product().run(), 1e-5);
            assert_close(&convolution().by(Arc::clone(&tuned)).run(), &convolution().run(), 1e-5);
        }
        let kept = Tuning::open(folder.path(), tuned.info());
        let fastest = kept.fastest("product nn 1 x 64 x 64 x 64");
        assert_eq!(fastest.is_some(), tuned.target() != Target::Any);
    }

    #[test]
    fn a_damaged_file_is_told_of_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let info = engine().info().clone();
        let tuning = Tuning::open(folder.path(), &info);
        assert_eq!(tuning.warning(), None);
        fs::write(&tuning.file, "{\"adapter\": 1").expect("it is written");
        let tuning = Tuning::open(folder.path(), &info);
        assert!(tuning.warning().is_some_and(|warning| warning.contains("written anew")));
        tuning.keep("a class", "a kernel").expect("it is written");
        assert_eq!(Tuning::open(folder.path(), &info).warning(), None);
    }
}
