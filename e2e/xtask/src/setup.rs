//! What has to be on a machine before anything builds.

use anyhow::Result;

use crate::{
    browser, builds, deploy,
    places::Places,
    schedule,
    steps::{self, Step},
    toolchain, tools,
};

/// Name of the step that installs packages of the system.
pub const PACKAGES: &str = "packages";
/// Name of the step that installs the compiler for contracts.
pub const CONTRACTS_RUST: &str = "rust 1.85";
/// Name of the step that installs the compiler for wasm32.
pub const WASM_RUST: &str = "rust wasm32";
/// Name of the step that installs cargo-contract.
pub const CARGO_CONTRACT: &str = "cargo-contract";
/// Name of the step that installs Trunk.
pub const TRUNK: &str = "trunk";
/// Name of the step that installs wasm-bindgen.
pub const WASM_BINDGEN: &str = "wasm-bindgen";

/// Name of the step that installs the npm packages of the browser tests.
pub const NPM: &str = "npm";

/// The npm packages of the browser tests.
pub fn npm(places: &Places) -> Step<'_> {
    Step::new(NPM, "drives the browser in tests", &[PACKAGES], |task| {
        browser::install_npm(places, task)
    })
}

/// The steps that only fetch, which come first: nearly all else waits for them.
pub fn base(places: &Places) -> Vec<Step<'_>> {
    vec![
        Step::new(PACKAGES, "compilers and drivers of the system", &[], |task| {
            crate::packages::install(places, task)
        }),
        Step::new(CONTRACTS_RUST, "compiles the contracts", &[PACKAGES], |task| {
            toolchain::install_contracts(places, task)
        }),
        Step::new(
            WASM_RUST,
            "compiles the chain's runtime and the dApp",
            &[CONTRACTS_RUST],
            |task| toolchain::install_wasm(places, task),
        ),
    ]
}

/// The tools that Cargo builds.
pub fn tools(places: &Places) -> Vec<Step<'_>> {
    vec![
        Step::new(
            CARGO_CONTRACT,
            "builds and deploys the contracts",
            &[PACKAGES],
            |task| tools::cargo_contract(places, task),
        ),
        Step::new(
            WASM_BINDGEN,
            "joins the dApp's Wasm and JavaScript",
            &[PACKAGES],
            |task| tools::wasm_bindgen(places, task),
        ),
        Step::new(TRUNK, "bundles the dApp", &[PACKAGES], |task| {
            tools::trunk(places, task)
        }),
    ]
}

/// `cargo xtask setup`: installs and builds all that `up` and `test` need.
///
/// # Errors
/// When something is missing that cannot be installed from here, or does not build.
pub fn run(places: &Places) -> Result<()> {
    toolchain::check_native()?;
    eprintln!("set-up in {}", places.cache.display());
    let mut plan = base(places);
    plan.push(builds::node(places));
    plan.extend(tools(places));
    plan.extend([
        builds::worker(places),
        deploy::build_step(places),
        deploy::subtensor_step(places),
        builds::dapp(places),
        npm(places),
    ]);
    let timings = schedule::run(plan, &|name| places.log(name))?;
    eprintln!("\n{}", steps::table(&timings));
    Ok(())
}
