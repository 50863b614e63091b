//! Finds the cases of a suite.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Folders inside folders that are searched.
const MAX_DEPTH: usize = 12;

/// A case of a suite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Case {
    /// A folder with `model.onnx` and sets of data.
    Folder(PathBuf),
    /// A model beside its one output; its input is counted up.
    Light(PathBuf),
}

impl Case {
    /// The name that reports give it.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Folder(folder) => folder.file_name(),
            Self::Light(model) => model.file_stem(),
        };
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The model's file.
    pub fn model(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join("model.onnx"),
            Self::Light(model) => model.clone(),
        }
    }
}

/// All cases below a folder, in the order of their paths.
///
/// # Errors
/// When a folder cannot be read.
pub fn find_cases(folder: &Path) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    search(folder, 0, &mut cases)?;
    cases.sort();
    Ok(cases)
}

fn search(folder: &Path, depth: usize, cases: &mut Vec<Case>) -> io::Result<()> {
    if folder.join("model.onnx").is_file() {
        cases.push(Case::Folder(folder.to_owned()));
        return Ok(());
    }
    if depth == MAX_DEPTH {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, depth + 1, cases)?;
        } else if path.extension().is_some_and(|extension| extension == "onnx") && light_output(&path).is_file() {
            cases.push(Case::Light(path));
        }
    }
    Ok(())
}

/// The file of a light model's only output.
pub(super) fn light_output(model: &Path) -> PathBuf {
    let stem = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    model.with_file_name(format!("{stem}_output_0.pb"))
}

/// The sets of data of a folder, in order.
pub(super) fn data_sets(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut sets = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_set = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("test_data_set_"));
        if is_set && path.is_dir() {
            sets.push(path);
        }
    }
    sets.sort();
    Ok(sets)
}
