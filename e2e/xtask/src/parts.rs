//! The parts of `cargo xtask test`.

use std::process::Command;

use crate::{
    browser,
    builds::{self, CHAIN, NATIVE, packages},
    deploy,
    places::Places,
    setup, suite, toolchain, up,
};

/// How the outcome of a part is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A check that passes or fails as a whole.
    Check,
    /// Rust's test binaries.
    Libtest,
    /// Node's test runner.
    Tap,
    /// The report of `inktensor conformance` in JSON.
    Conformance,
}

/// One part: a command that tests something.
pub struct Part {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// What it tests.
    pub what: &'static str,
    /// The steps of the set-up without which it cannot run.
    pub needs: Vec<&'static str>,
    /// How its outcome is read.
    pub runner: Runner,
    /// What is run.
    pub command: Command,
}

/// Clippy's warnings are errors.
const DENY: [&str; 3] = ["--", "-D", "warnings"];

/// The files of the tests on running nodes.
const NETWORK_TESTS: [&str; 6] = [
    "client",
    "client_contracts",
    "commands",
    "network",
    "round",
    "validator",
];

/// All parts, in the order they run in: the quickest answers come first.
pub fn all(places: &Places, network: &up::Network) -> Vec<Part> {
    let own_workspace = ["--manifest-path", "contracts/Cargo.toml", "--workspace"];
    let mut parts = vec![
        part(
            "format",
            "rustfmt",
            Runner::Check,
            &[],
            cargo(places, &["fmt", "--all", "--check"]),
        ),
        part(
            "format contracts",
            "rustfmt",
            Runner::Check,
            &[],
            cargo(
                places,
                &["fmt", "--manifest-path", "contracts/Cargo.toml", "--all", "--check"],
            ),
        ),
        part(
            "lint",
            "clippy of worker, client, dApp and tests",
            Runner::Check,
            &[setup::PACKAGES],
            cargo(
                places,
                &[&["clippy", "--all-targets"], &packages(&NATIVE)[..], &DENY].concat(),
            ),
        ),
        part(
            "lint contracts",
            "clippy of the contracts",
            Runner::Check,
            &[setup::PACKAGES],
            cargo(
                places,
                &[&["clippy", "--all-targets"], &own_workspace[..], &DENY].concat(),
            ),
        ),
        part(
            "lint chain",
            "clippy of runtime and node",
            Runner::Check,
            &[setup::PACKAGES, setup::WASM_RUST],
            chain(
                places,
                &[
                    &["clippy", "--profile", "chain", "--all-targets"],
                    &packages(&CHAIN)[..],
                    &DENY,
                ]
                .concat(),
            ),
        ),
        part(
            "lint fuzzing",
            "clippy of the worker's fuzz targets",
            Runner::Check,
            &[setup::PACKAGES],
            cargo(places, &fuzzing("gpu-worker/fuzz/Cargo.toml")),
        ),
        part(
            "lint fuzzing contracts",
            "clippy of the contracts' fuzz targets",
            Runner::Check,
            &[setup::PACKAGES],
            cargo(places, &fuzzing("contracts/fuzz/Cargo.toml")),
        ),
        part(
            "unit",
            "unit and property tests of worker, client, dApp and tools",
            Runner::Libtest,
            &[setup::PACKAGES, deploy::CONTRACTS],
            cargo(
                places,
                // All but the last, whose tests are the part "network".
                &[&["test", "--no-fail-fast"], &packages(&NATIVE[..6])[..]].concat(),
            ),
        ),
        part(
            "conformance",
            "a sample of ONNX's own tests on the worker's engine",
            Runner::Conformance,
            &[builds::WORKER, suite::SUITE],
            conformance(places),
        ),
        part(
            "contracts",
            "unit and property tests of the contracts",
            Runner::Libtest,
            &[setup::PACKAGES],
            cargo(places, &[&["test", "--no-fail-fast"], &own_workspace[..]].concat()),
        ),
        part(
            "sandbox",
            "flows of the built contracts on the runtime, and the node's unit tests",
            Runner::Libtest,
            &[
                setup::PACKAGES,
                setup::WASM_RUST,
                deploy::CONTRACTS,
                deploy::SUBTENSOR_CONTRACTS,
            ],
            chain(
                places,
                &[&["test", "--no-fail-fast", "--profile", "chain"], &packages(&CHAIN)[..]].concat(),
            ),
        ),
        part(
            "network",
            "whole rounds on running nodes",
            Runner::Libtest,
            &[&[builds::NODE, builds::WORKER, deploy::CONTRACTS], &up::NETWORK[..]].concat(),
            network_tests(places),
        ),
        part(
            "browser",
            "a wallet stakes in Chromium",
            Runner::Tap,
            &[&[setup::NPM, builds::DAPP, up::PAGE], &up::NETWORK[..]].concat(),
            node(places),
        ),
    ];
    for part in &mut parts {
        set_environment(places, network, &mut part.command);
    }
    parts
}

fn part(name: &'static str, what: &'static str, runner: Runner, needs: &[&'static str], command: Command) -> Part {
    Part {
        name,
        what,
        needs: needs.to_vec(),
        runner,
        command,
    }
}

/// Clippy of fuzz targets, workspaces of their own, without the fuzzer itself.
fn fuzzing(manifest: &'static str) -> Vec<&'static str> {
    let targets = ["clippy", "--no-default-features", "--bins", "--manifest-path", manifest];
    [&targets[..], &DENY].concat()
}

fn cargo(places: &Places, arguments: &[&str]) -> Command {
    let mut command = places.cargo();
    command.args(arguments);
    command
}

/// With the environment that the chain is built in: another one would build it again.
fn chain(places: &Places, arguments: &[&str]) -> Command {
    let mut command = cargo(places, arguments);
    // Without a compiler for the runtime the step that installs it has failed, and this part is not run.
    if let Ok(wasm) = toolchain::wasm() {
        wasm.set_runtime_environment(&mut command);
    }
    command
}

/// Only the tests on running nodes, but built with the features of everything else.
fn network_tests(places: &Places) -> Command {
    let mut command = cargo(places, &[&["test", "--no-fail-fast"], &packages(&NATIVE)[..]].concat());
    for test in NETWORK_TESTS {
        command.args(["--test", test]);
    }
    command
}

fn conformance(places: &Places) -> Command {
    let mut command = places.command(&builds::worker_program(places).to_string_lossy());
    command
        .args(["conformance", "--json", "--jobs", "2", "--suite"])
        .arg(suite::cases(places))
        .arg("--list")
        .arg(suite::sample(places));
    command
}

fn node(places: &Places) -> Command {
    let mut command = places.command("node");
    command
        .args(["--test", "--test-reporter=tap", "--test-concurrency=1"])
        .current_dir(browser::folder(places));
    command
}

/// Where tests find what was built, and the network that runs for them.
fn set_environment(places: &Places, network: &up::Network, command: &mut Command) {
    command.env("INKTENSOR_NODE", builds::node_program(places));
    command.env("INKTENSOR_WORKER", builds::worker_program(places));
    command.env("INKTENSOR_CONTRACTS", places.target.join("ink"));
    command.env("INKTENSOR_URL", &network.demo.url);
    command.env("INKTENSOR_DEPLOYMENT", &network.demo.deployment);
    command.env("INKTENSOR_DAPP", network.page());
    if let Some(chromium) = browser::chromium() {
        command.env("CHROMIUM", chromium);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn every_file_of_network_tests_is_run() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tests");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(files, NETWORK_TESTS.map(str::to_owned).into());
        assert_eq!(NATIVE[6], builds::TESTS, "the part \"unit\" leaves the last out");
    }
}
