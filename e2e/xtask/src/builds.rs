//! What is built from this checkout: the chain, the worker and the dApp.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    places::Places,
    setup,
    steps::{Outcome, Step, Task},
    toolchain,
};

/// Name of the step that builds the chain.
pub const NODE: &str = "node";
/// Name of the step that builds the worker.
pub const WORKER: &str = "worker";
/// Name of the step that builds the dApp.
pub const DAPP: &str = "dapp";

/// Crates of the root workspace that compile natively, apart from those of the chain. Whatever is built of them names them all: what is
/// named decides the features of what they share, and other features build wgpu and subxt once more.
pub const NATIVE: [&str; 7] = [
    "yuma",
    "inktensor-primitives",
    "inktensor-client",
    "gpu-worker",
    "frontend",
    "xtask",
    TESTS,
];
/// The crate of the tests on running nodes.
pub const TESTS: &str = "e2e-tests";
/// Crates of the chain, built in a profile of their own; named together for the same reason.
pub const CHAIN: [&str; 3] = ["inktensor-runtime", "inktensor-node", "inktensor-sandbox"];

/// Cargo's options that name packages.
pub fn packages(names: &[&'static str]) -> Vec<&'static str> {
    names.iter().flat_map(|name| ["-p", *name]).collect()
}

/// The chain's node.
pub fn node_program(places: &Places) -> PathBuf {
    places.target.join("chain/inktensor-node")
}

/// The worker.
pub fn worker_program(places: &Places) -> PathBuf {
    places.target.join("debug/inktensor")
}

/// The folder of the dApp's files.
pub fn dapp_folder(places: &Places) -> PathBuf {
    places.root.join("frontend/dist")
}

/// The step that builds the chain.
pub fn node(places: &Places) -> Step<'_> {
    Step::new(NODE, "the local chain", &[setup::PACKAGES, setup::WASM_RUST], |task| {
        build_node(places, task)
    })
}

/// The step that builds the worker.
pub fn worker(places: &Places) -> Step<'_> {
    Step::new(
        WORKER,
        "evaluates models, and acts on the chain",
        &[setup::PACKAGES],
        |task| {
            let mut cargo = places.cargo();
            // A test among the targets lets Cargo choose the features that the tests have; it would build hundreds of crates twice.
            cargo.args(["build", "--bin", "inktensor", "--test", "engine"]);
            cargo.args(packages(&NATIVE));
            task.run(&mut cargo).map(|()| Outcome::Done)
        },
    )
}

/// The step that builds the dApp.
pub fn dapp(places: &Places) -> Step<'_> {
    Step::new(
        DAPP,
        "the page for wallets",
        &[setup::WASM_RUST, setup::TRUNK, setup::WASM_BINDGEN],
        |task| build_dapp(places, task),
    )
}

fn build_node(places: &Places, task: &mut Task) -> Result<Outcome> {
    let mut cargo = places.cargo();
    // With a test among the targets, for the same reason as the worker's.
    cargo.args(["build", "--profile", "chain", "--bin", "inktensor-node"]);
    cargo.args(["--test", "round"]).args(packages(&CHAIN));
    toolchain::wasm()?.set_runtime_environment(&mut cargo);
    task.run(&mut cargo).map(|()| Outcome::Done)
}

fn build_dapp(places: &Places, task: &mut Task) -> Result<Outcome> {
    let mut trunk = places.command("trunk");
    trunk
        .args(["build", "--release", "--offline"])
        .current_dir(places.root.join("frontend"));
    trunk.env("RUSTUP_TOOLCHAIN", toolchain::wasm()?.name);
    trunk
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "80");
    // Trunk reads NO_COLOR as a truth value and refuses "1".
    trunk.env_remove("NO_COLOR");
    task.run(&mut trunk).map(|()| Outcome::Done)
}
