//! Programs that `cargo install` builds into the cache.

use std::{fs, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    places::Places,
    process::output_of,
    steps::{Outcome, Task},
};

const CARGO_CONTRACT: &str = "5.0.3";
const TRUNK: &str = "0.21.14";

/// Step: cargo-contract.
///
/// # Errors
/// When it does not install.
pub fn cargo_contract(places: &Places, task: &mut Task) -> Result<Outcome> {
    install(
        places,
        task,
        &Tool {
            package: "cargo-contract",
            program: "cargo-contract",
            version: CARGO_CONTRACT,
            locked: true,
        },
    )
}

/// Step: Trunk.
///
/// # Errors
/// When it does not install.
pub fn trunk(places: &Places, task: &mut Task) -> Result<Outcome> {
    install(
        places,
        task,
        &Tool {
            package: "trunk",
            program: "trunk",
            version: TRUNK,
            locked: true,
        },
    )
}

/// Step: wasm-bindgen, at exactly the version of the library in Cargo.lock: the two refuse to work together otherwise.
///
/// # Errors
/// When Cargo.lock does not name it, or it does not install.
pub fn wasm_bindgen(places: &Places, task: &mut Task) -> Result<Outcome> {
    let file = places.root.join("Cargo.lock");
    let lock = fs::read_to_string(&file).with_context(|| format!("{} could not be read", file.display()))?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen; the dApp needs it")?;
    // Its own lock file names crates that mirrors of the registry may not have yet.
    install(
        places,
        task,
        &Tool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version,
            locked: false,
        },
    )
}

struct Tool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    locked: bool,
}

fn install(places: &Places, task: &mut Task, tool: &Tool) -> Result<Outcome> {
    let program = places.tool(tool.program);
    let is_there = || {
        let printed = output_of(Command::new(&program).arg("--version"));
        printed.is_ok_and(|printed| prints_version(&printed, tool.version))
    };
    if is_there() {
        return Ok(Outcome::Ready);
    }
    let mut cargo = places.cargo();
    cargo.args(["install", tool.package, "--version", tool.version, "--force"]);
    // The dev profile compiles in a third of the time, and none of these tools is what a build waits for.
    cargo
        .args(["--profile", "dev", "--config", "profile.dev.debug=false", "--root"])
        .arg(places.cache.join("tools"));
    if tool.locked {
        cargo.arg("--locked");
    }
    // In a folder of its own: outside the checkout, so that its Cargo configuration does not apply.
    cargo
        .current_dir(&places.cache)
        .env("CARGO_TARGET_DIR", places.cache.join("target-tools"));
    task.run(&mut cargo)?;
    if !is_there() {
        bail!(
            "{} does not say that it is version {} after it was installed",
            program.display(),
            tool.version
        );
    }
    Ok(Outcome::Done)
}

fn prints_version(printed: &str, version: &str) -> bool {
    printed
        .split_whitespace()
        .any(|word| word.split('-').next() == Some(version))
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.49\"\n\n\
            [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
        assert_eq!(locked_version("", "wasm-bindgen"), None);
    }

    #[test]
    fn a_program_s_version_may_be_followed_by_a_commit() {
        assert!(prints_version(
            "cargo-contract-contract 5.0.3-unknown-x86_64-unknown-linux-gnu",
            "5.0.3"
        ));
        assert!(prints_version("trunk 0.21.14\n", "0.21.14"));
        assert!(!prints_version("wasm-bindgen 0.2.13", "0.2.130"));
    }
}
