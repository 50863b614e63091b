//! Which Rust compilers build what. The names of toolchains are chosen here and nowhere else.
//!
//! Native code takes the compiler that runs xtask. Contracts take 1.85, the last one whose core library accepts the flags that
//! cargo-contract 5.0.3 passes. The runtime and the dApp take any compiler with a standard library for wasm32.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    debian::{self, Generation},
    places::Places,
    process::{find_program, output_of},
    steps::{Outcome, Task},
    wasm_std,
};

/// The Rust release that builds contracts.
const CONTRACTS_RELEASE: &str = "1.85";
/// The names of linked toolchains, where rustup could not download them.
const CONTRACTS_LINK: &str = "inktensor-contracts";
const WASM_LINK: &str = "inktensor-wasm";
/// The targets of the runtime and the dApp.
pub const WASM_TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32v1-none"];
/// A download that takes longer has stopped for good.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(300);
/// The oldest compiler that the native crates build with (wgpu 1.87, subxt 1.88).
const OLDEST_NATIVE: u32 = 88;

/// The toolchain that builds contracts, as in `cargo +NAME`.
///
/// # Errors
/// When none is installed.
pub fn contracts() -> Result<&'static str> {
    [CONTRACTS_LINK, CONTRACTS_RELEASE]
        .into_iter()
        .find(|name| builds_contracts(name))
        .with_context(|| format!("no Rust {CONTRACTS_RELEASE} with rust-src and clippy is installed"))
}

/// The toolchain that builds for wasm32.
///
/// # Errors
/// When none is installed.
pub fn wasm() -> Result<WasmToolchain> {
    if has_wasm_targets(WASM_LINK) {
        return Ok(WasmToolchain {
            name: WASM_LINK.to_owned(),
        });
    }
    let native = native()?;
    if has_wasm_targets(&native) {
        return Ok(WasmToolchain { name: native });
    }
    bail!(
        "no Rust toolchain with the targets {} is installed",
        WASM_TARGETS.join(" and ")
    )
}

/// The compiler for the runtime and the dApp.
#[derive(Clone, Debug)]
pub struct WasmToolchain {
    /// As in `cargo +NAME`.
    pub name: String,
}

impl WasmToolchain {
    /// Adds what building the chain's runtime with this compiler needs.
    pub fn set_runtime_environment(&self, command: &mut Command) {
        command.env("WASM_BUILD_TOOLCHAIN", &self.name);
        // From 1.96 on, the target no longer passes this to the linker by itself; the runtime imports its host functions.
        command.env("WASM_BUILD_RUSTFLAGS", "-C link-arg=--allow-undefined");
    }
}

fn builds_contracts(name: &str) -> bool {
    let release = format!("rustc {CONTRACTS_RELEASE}.");
    version_of(name).is_ok_and(|version| version.starts_with(&release))
        && sysroot_of(name).is_ok_and(|root| root.join("lib/rustlib/src/rust/library").is_dir())
        && output_of(Command::new("cargo").args([&format!("+{name}"), "clippy", "--version"])).is_ok()
}

fn has_wasm_targets(name: &str) -> bool {
    version_of(name).is_ok()
        && sysroot_of(name).is_ok_and(|root| WASM_TARGETS.iter().all(|target| wasm_std::is_built(&root, target)))
}

fn version_of(name: &str) -> Result<String> {
    output_of(Command::new("rustc").args([&format!("+{name}"), "--version"]))
}

/// The folder that a toolchain lives in.
pub fn sysroot_of(name: &str) -> Result<PathBuf> {
    let sysroot = output_of(Command::new("rustc").args([&format!("+{name}"), "--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

/// The toolchain of native code: the one that compiled xtask.
fn native() -> Result<String> {
    if let Some(name) = std::env::var_os("RUSTUP_TOOLCHAIN") {
        return Ok(name.to_string_lossy().into_owned());
    }
    let active = output_of(Command::new("rustup").args(["show", "active-toolchain"]))?;
    active
        .split_whitespace()
        .next()
        .map(str::to_owned)
        .context("rustup has no active toolchain; `rustup default stable`")
}

/// Checks that rustup is there and that the native compiler is new enough; neither can be mended from here.
///
/// # Errors
/// What to install.
pub fn check_native() -> Result<()> {
    if find_program(&["rustup"]).is_none() {
        bail!("rustup is missing: install Rust as https://rustup.rs says, then run this again");
    }
    let version = output_of(Command::new("rustc").arg("--version"))?;
    let minor = minor_of(&version).with_context(|| format!("`rustc --version` says {version:?}"))?;
    if minor < OLDEST_NATIVE {
        bail!(
            "{} is too old, 1.{OLDEST_NATIVE} is needed: `rustup update stable`",
            version.trim()
        );
    }
    Ok(())
}

fn minor_of(version: &str) -> Option<u32> {
    version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()
}

/// Step: a compiler for contracts.
///
/// # Errors
/// When neither rustup nor Debian's packages can give it.
pub fn install_contracts(places: &Places, task: &mut Task) -> Result<Outcome> {
    if contracts().is_ok() {
        return Ok(Outcome::Ready);
    }
    let arguments = [
        "toolchain",
        "install",
        CONTRACTS_RELEASE,
        "--profile",
        "minimal",
        "-c",
        "rust-src",
        "-c",
        "clippy",
    ];
    let rustup = try_rustup(places, task, &arguments);
    if contracts().is_err() {
        debian::install(places, task, Generation::Contracts, CONTRACTS_LINK).map_err(|error| both(&rustup, error))?;
    }
    contracts()?;
    Ok(Outcome::Done)
}

/// Step: a compiler for wasm32.
///
/// # Errors
/// When neither rustup nor Debian's packages can give it.
pub fn install_wasm(places: &Places, task: &mut Task) -> Result<Outcome> {
    if wasm().is_ok() {
        return Ok(Outcome::Ready);
    }
    let native = native()?;
    let arguments = [
        "target",
        "add",
        "--toolchain",
        &native,
        WASM_TARGETS[0],
        WASM_TARGETS[1],
    ];
    let rustup = try_rustup(places, task, &arguments);
    if wasm().is_err() {
        debian::install(places, task, Generation::Wasm, WASM_LINK)
            .and_then(|()| wasm_std::build(places, task, WASM_LINK))
            .map_err(|error| both(&rustup, error))?;
    }
    wasm()?;
    Ok(Outcome::Done)
}

fn try_rustup(places: &Places, task: &mut Task, arguments: &[&str]) -> Result<()> {
    task.report("asking rustup for it");
    let mut command = places.command("rustup");
    // Retries would only make a machine without internet wait.
    command.args(arguments).env("RUSTUP_MAX_RETRIES", "1");
    match task.status(&mut command, Some(DOWNLOAD_LIMIT))? {
        status if status.success() => Ok(()),
        status => Err(anyhow!("`rustup {}` failed ({status})", arguments.join(" "))),
    }
}

/// Both routes failed: say why each did.
fn both(rustup: &Result<()>, debian: anyhow::Error) -> anyhow::Error {
    match rustup {
        Ok(()) => debian,
        Err(error) => debian.context(format!("{error:#}; nor could Debian's packages be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read_from_what_rustc_prints() {
        assert_eq!(minor_of("rustc 1.95.0 (f8297e351 2026-10-28)\n"), Some(95));
        assert_eq!(minor_of("rustc 1.88.0-nightly (x)"), Some(88));
        assert_eq!(minor_of("clippy 0.1.95"), None);
    }
}
