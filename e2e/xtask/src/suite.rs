//! ONNX's own tests, from its package on PyPI, and the sample of them that is run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    places::Places,
    setup,
    steps::{Outcome, Step, Task},
};

/// Name of the step that fetches the suite.
pub const SUITE: &str = "onnx suite";

/// The folder with the names of the sample's cases, and with the package and its hash.
const FILES: &str = "gpu-worker/tests/suite";

/// The one build of the package that is fetched, whatever this machine is: its hash is known, and only its data is used.
const BUILD: [&str; 8] = [
    "--platform",
    "manylinux_2_28_x86_64",
    "--implementation",
    "cp",
    "--python-version",
    "3.11",
    "--abi",
    "cp311",
];

/// The step that fetches the suite.
pub fn step(places: &Places) -> Step<'_> {
    Step::new(
        SUITE,
        "ONNX's own tests, for the worker's engine",
        &[setup::PACKAGES],
        |task| fetch(places, task),
    )
}

fn unpacked(places: &Places) -> PathBuf {
    places.cache.join("onnx-suite")
}

/// The folder of the suite's cases.
pub fn cases(places: &Places) -> PathBuf {
    unpacked(places).join("onnx/backend/test/data")
}

/// The file with the names of the sample's cases.
pub fn sample(places: &Places) -> PathBuf {
    places.root.join(FILES).join("sample.txt")
}

/// Fetches the package by pip, which checks its hash, and unpacks it; what was unpacked of the same package is left as it is.
fn fetch(places: &Places, task: &mut Task) -> Result<Outcome> {
    let requirements = places.root.join(FILES).join("requirements.txt");
    let wanted = fs::read(&requirements).with_context(|| format!("{} could not be read", requirements.display()))?;
    let folder = unpacked(places);
    let stamp = folder.join("unpacked-from.txt");
    if fs::read(&stamp).is_ok_and(|unpacked| unpacked == wanted) {
        return Ok(Outcome::Ready);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be created", folder.display()))?;
    let downloads = folder.join("download");
    task.report("pip download");
    let mut pip = places.command("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes"])
        .args(BUILD)
        .arg("--requirement")
        .arg(&requirements)
        .arg("--dest")
        .arg(&downloads);
    task.run(&mut pip)
        .context("the package onnx could not be fetched from PyPI")?;
    task.report("unpacking");
    let mut unzip = places.command("python3");
    unzip
        .args(["-m", "zipfile", "--extract"])
        .arg(only_file(&downloads)?)
        .arg(&folder);
    task.run(&mut unzip)?;
    if !cases(places).is_dir() {
        bail!("the package onnx holds no {}", cases(places).display());
    }
    fs::remove_dir_all(&downloads).with_context(|| format!("{} could not be removed", downloads.display()))?;
    fs::write(&stamp, wanted).with_context(|| format!("{} could not be written", stamp.display()))?;
    Ok(Outcome::Done)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))?;
    let files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => bail!("{} holds {} files instead of one", folder.display(), files.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_pinned_by_its_hash_and_the_sample_names_each_case_once() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILES);
        let package = fs::read_to_string(folder.join("requirements.txt")).unwrap();
        let (_, hash) = package.split_once("--hash=sha256:").unwrap();
        assert!(package.contains("onnx==1.22.0") && hash.trim().len() == 64);
        let sample = fs::read_to_string(folder.join("sample.txt")).unwrap();
        let mut names: Vec<&str> = sample.lines().filter(|line| !line.starts_with('#')).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert!(
            count == names.len() && count >= 200,
            "{count} cases, {} names",
            names.len()
        );
    }
}
