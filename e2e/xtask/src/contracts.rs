//! Building the Wasm contracts, and not building them again while nothing that goes into them has changed.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    places::Places,
    process::output_of,
    steps::{Outcome, Task},
    toolchain,
};

/// The contracts, in the order of their deployment: each is told the addresses of those before it.
pub const NAMES: [&str; 4] = ["tao", "registry", "staking", "rewards"];
/// What goes into every contract, beside its own folder.
const SHARED: [&str; 4] = ["Cargo.toml", "Cargo.lock", "primitives", "yuma"];

/// Folders that nothing of the code comes from.
const NOT_BUILT_FROM: [&str; 4] = ["target", "tests", "examples", "benches"];
/// The file beside a built contract that says what it was built from.
const STAMP: &str = "built-from";

/// What cargo-contract made of one contract.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Code and metadata in one file.
    pub bundle: PathBuf,
    /// BLAKE2-256 of the code, as the chain names it.
    pub code_hash: String,
    /// Size of the code.
    pub wasm_bytes: u64,
}

/// The chain that contracts are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Chains whose own coin has amounts of 128 bits, as the local one.
    Local,
    /// Bittensor's, by the contracts' feature `subtensor`.
    Subtensor,
}

impl Chain {
    /// What cargo-contract is told. Messages are the same on all chains: once is enough to describe them, which takes as long as the code.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Local => &[],
            Self::Subtensor => &["--features", "subtensor", "--generate", "code-only"],
        }
    }

    /// The files that a contract is built into.
    fn products(self, name: &str) -> Vec<String> {
        let extensions: &[&str] = match self {
            Self::Local => &["contract", "wasm", "json"],
            Self::Subtensor => &["wasm"],
        };
        extensions
            .iter()
            .map(|extension| format!("{name}.{extension}"))
            .collect()
    }
}

/// Step: all contracts for one chain, by `cargo contract build --release`.
///
/// # Errors
/// When one does not build.
pub fn build(places: &Places, chain: Chain, task: &mut Task) -> Result<Outcome> {
    let toolchain = toolchain::contracts()?;
    let compiler = output_of(places.command("rustc").args([&format!("+{toolchain}"), "--version"]))?;
    let mut outcome = Outcome::Ready;
    for (index, name) in NAMES.into_iter().enumerate() {
        let inputs = fingerprint(&places.root.join("contracts"), name, &compiler)?;
        let folder = folder(places, chain, name);
        let stamp = folder.join(STAMP);
        let is_fresh = fs::read_to_string(&stamp).is_ok_and(|built| built == inputs);
        if is_fresh && chain.products(name).iter().all(|file| folder.join(file).is_file()) {
            continue;
        }
        task.report(&format!("{name}, {} of {}", index + 1, NAMES.len()));
        begin_from_another(places, name, task)?;
        let manifest = format!("contracts/{name}/Cargo.toml");
        let mut cargo = places.command("cargo");
        cargo.args([
            &format!("+{toolchain}"),
            "contract",
            "build",
            "--release",
            "--manifest-path",
            &manifest,
        ]);
        cargo.args(chain.arguments());
        // cargo-contract resolves dependencies anew, without our lock file: it must not take what the old compiler refuses.
        cargo.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        cargo.env("CARGO_TARGET_DIR", build_root(places));
        task.run(&mut cargo)?;
        install(places, chain, name)?;
        fs::write(&stamp, inputs).with_context(|| format!("{} could not be written", stamp.display()))?;
        outcome = Outcome::Done;
    }
    Ok(outcome)
}

/// Where the contracts that are built for a chain are put.
fn folder(places: &Places, chain: Chain, name: &str) -> PathBuf {
    let all = places.target.join("ink");
    match chain {
        Chain::Local => all.join(name),
        Chain::Subtensor => all.join("subtensor").join(name),
    }
}

/// Where cargo-contract builds, for whatever chain: what it builds for one is most of what another needs. Not among native builds, which
/// would have to wait for it.
fn build_root(places: &Places) -> PathBuf {
    places.cache.join("target-contracts")
}

fn build_folder(places: &Places, name: &str) -> PathBuf {
    build_root(places).join("ink").join(name)
}

fn install(places: &Places, chain: Chain, name: &str) -> Result<()> {
    let folder = folder(places, chain, name);
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be created", folder.display()))?;
    for file in chain.products(name) {
        let built = build_folder(places, name).join(&file);
        fs::copy(&built, folder.join(&file)).with_context(|| format!("{} could not be copied", built.display()))?;
    }
    Ok(())
}

/// cargo-contract gives every contract a build folder of its own and would compile all dependencies, core library included, for each.
/// So a contract that has none yet begins with a copy of one that was built.
fn begin_from_another(places: &Places, name: &str, task: &mut Task) -> Result<()> {
    let own = build_folder(places, name);
    let is_built = |other: &&str| build_folder(places, other).join(format!("{other}.contract")).is_file();
    let (Some(other), false) = (NAMES.into_iter().find(is_built), own.exists()) else {
        return Ok(());
    };
    let part = own.with_extension("part");
    task.run(places.command("rm").arg("-rf").arg(&part))?;
    task.run(
        places
            .command("cp")
            .arg("-a")
            .arg(build_folder(places, other))
            .arg(&part),
    )?;
    for file in Chain::Local.products(other) {
        let file = part.join(file);
        fs::remove_file(&file).with_context(|| format!("{} could not be removed", file.display()))?;
    }
    fs::rename(&part, &own).with_context(|| format!("{} could not be created", own.display()))
}

/// A contract that was built for the local chain.
///
/// # Errors
/// When it was not, or not completely.
pub fn artifact(places: &Places, name: &str) -> Result<Artifact> {
    let folder = folder(places, Chain::Local, name);
    let bundle = folder.join(format!("{name}.contract"));
    let text = fs::read_to_string(&bundle).with_context(|| format!("{} could not be read", bundle.display()))?;
    let json: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", bundle.display()))?;
    let code_hash = json.pointer("/source/hash").and_then(Value::as_str).map(str::to_owned);
    let code_hash = code_hash.with_context(|| format!("{} names no code hash", bundle.display()))?;
    let wasm = folder.join(format!("{name}.wasm"));
    let wasm_bytes = fs::metadata(&wasm)
        .with_context(|| format!("{} could not be read", wasm.display()))?
        .len();
    Ok(Artifact {
        bundle,
        code_hash,
        wasm_bytes,
    })
}

/// Stands for all that a contract is built from. Contents count, not times: a fresh clone of the same sources is not stale.
fn fingerprint(contracts: &Path, name: &str, compiler: &str) -> Result<String> {
    let mut files = BTreeMap::new();
    for part in SHARED.into_iter().chain([name]) {
        collect(contracts, &contracts.join(part), &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    (files, compiler).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(base: &Path, path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if NOT_BUILT_FROM.contains(&name.as_ref()) || name.starts_with('.') {
        return Ok(());
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(|| format!("{} could not be read", path.display()))?;
        for entry in entries {
            collect(base, &entry.context("a folder entry could not be read")?.path(), files)?;
        }
    } else if path.is_file() {
        let content = fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
        files.insert(path.strip_prefix(base).unwrap_or(path).to_path_buf(), content);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path();
        for folder in ["tao", "registry", "yuma/src", "tao/target"] {
            fs::create_dir_all(base.join(folder)).unwrap();
        }
        fs::write(base.join("tao/lib.rs"), "one").unwrap();
        fs::write(base.join("yuma/src/lib.rs"), "shared").unwrap();
        folder
    }

    fn tao(base: &Path) -> String {
        fingerprint(base, "tao", "rustc 1.85.1").unwrap()
    }

    #[test]
    fn a_contract_is_stale_when_its_source_or_a_shared_one_changes() {
        let folder = sources();
        let base = folder.path();
        let first = tao(base);
        fs::write(base.join("tao/lib.rs"), "two").unwrap();
        let second = tao(base);
        fs::write(base.join("yuma/src/lib.rs"), "changed").unwrap();
        assert_ne!(first, second);
        assert_ne!(second, tao(base));
        assert_ne!(tao(base), fingerprint(base, "tao", "rustc 1.85.2").unwrap());
    }

    #[test]
    fn what_is_built_and_other_contracts_do_not_make_it_stale() {
        let folder = sources();
        let base = folder.path();
        let first = tao(base);
        fs::write(base.join("tao/target/output"), "built").unwrap();
        fs::write(base.join("registry/lib.rs"), "other").unwrap();
        fs::write(base.join("tao/lib.rs"), "one").unwrap();
        assert_eq!(first, tao(base));
    }
}
