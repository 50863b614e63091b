//! `cargo xtask up`: the whole network on this machine. A chain, the contracts, a subnet that asks for digits to be recognised, miners
//! with models of different quality, validators that evaluate them, and the dApp.

mod accuracy;
mod chain;
mod demo;
mod table;

use std::{
    net::SocketAddr,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use self::{
    demo::{Demo, Validators},
    table::Snapshot,
};
use crate::{
    args::UpOptions,
    builds, deploy,
    places::Places,
    process::{Process, interrupt_is_success},
    progress::clock,
    serve::{self, Site},
    setup,
    steps::{self, Outcome, Step},
    toolchain,
};

/// How long `--once` waits for rewards: some ten times what they take.
const ONCE_LIMIT: Duration = Duration::from_secs(600);
/// How often the chain is asked whether an epoch has passed.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// What runs, filled step by step. Dropped in this order: first those that use the chain, then the chain.
#[derive(Default)]
struct Network {
    validators: Mutex<Option<Validators>>,
    page: Mutex<Option<SocketAddr>>,
    chain: Mutex<Option<Process>>,
}

/// The command.
///
/// # Errors
/// When anything cannot be installed, built or started, or stops by itself.
pub fn run(places: &Places, options: &UpOptions) -> Result<ExitCode> {
    let start = Instant::now();
    toolchain::check_native()?;
    eprintln!("set-up in {}", places.cache.display());
    let demo = Demo::new(places)?;
    let network = Network::default();
    let timings = steps::run(plan(places, options, &demo, &network), &|name| places.log(name))?;
    eprintln!("\n{}\n", steps::table(&timings));
    eprintln!(
        "chain       {}   (polkadot.js apps: https://polkadot.js.org/apps/?rpc={})",
        demo.url, demo.url
    );
    eprintln!("deployment  {}", demo.deployment.display());
    if let Some(address) = *lock(&network.page) {
        eprintln!("dApp        http://{address}");
    }
    if !options.once {
        interrupt_is_success();
        eprintln!("Ctrl-C stops everything.");
    }
    watch(&demo, &network, options, start)
}

fn plan<'a>(places: &'a Places, options: &'a UpOptions, demo: &'a Demo, network: &'a Network) -> Vec<Step<'a>> {
    let mut plan = setup::base(places);
    plan.push(builds::node(places));
    plan.extend(
        setup::tools(places)
            .into_iter()
            .filter(|step| options.dapp || step.name() == setup::CARGO_CONTRACT),
    );
    plan.push(builds::worker(places));
    plan.push(deploy::build_step(places));
    plan.push(Step::new("chain", "the local chain runs", &[builds::NODE], |task| {
        task.report("waiting for its first block");
        *lock(&network.chain) = Some(chain::start(places, demo)?);
        Ok(Outcome::Done)
    }));
    plan.push(Step::new(
        "deploy",
        "contracts on the chain",
        &["chain", deploy::CONTRACTS],
        |task| deploy::deploy(places, &demo.target(), task),
    ));
    plan.push(Step::new(
        "subnet",
        "asks for digits to be recognised",
        &["deploy", builds::WORKER],
        |task| demo.open_subnet(task),
    ));
    plan.push(Step::new(
        "neurons",
        "miners publish models, validators hold stake",
        &["subnet"],
        |task| demo.register_all(task),
    ));
    plan.push(Step::new("validators", "evaluate the models", &["neurons"], |_| {
        *lock(&network.validators) = Some(demo.start_validators()?);
        Ok(Outcome::Done)
    }));
    if options.dapp {
        plan.push(builds::dapp(places));
        plan.push(Step::new(
            "page",
            "the dApp is served",
            &[builds::DAPP, "deploy"],
            |_| {
                *lock(&network.page) = Some(serve(places, options, demo)?);
                Ok(Outcome::Done)
            },
        ));
    }
    plan
}

fn serve(places: &Places, options: &UpOptions, demo: &Demo) -> Result<SocketAddr> {
    let text = std::fs::read_to_string(&demo.deployment).context("the deployment file could not be read")?;
    let deployment: serde_json::Value = serde_json::from_str(&text).context("the deployment file is no JSON")?;
    let config = serde_json::json!({ "node": demo.url, "deployment": deployment }).to_string();
    serve::start(
        Site {
            folder: builds::dapp_folder(places),
            config,
        },
        options.port,
    )
}

/// Prints the table after every epoch; ends after the first that paid, where that was asked for.
fn watch(demo: &Demo, network: &Network, options: &UpOptions, start: Instant) -> Result<ExitCode> {
    let begin = Instant::now();
    let mut seen = 0;
    loop {
        check_alive(network)?;
        let mut snapshot = demo.snapshot()?;
        if snapshot.epoch != seen {
            seen = snapshot.epoch;
            if let Some(validators) = &*lock(&network.validators) {
                snapshot.fill_accuracies(&validators.accuracies());
            }
            if options.once && snapshot.has_paid() {
                print_last(&snapshot, options, start);
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("\n{}", snapshot.table());
        }
        if options.once && begin.elapsed() > ONCE_LIMIT {
            bail!(
                "no epoch has paid rewards within {}; see the validators' logs in {}",
                clock(ONCE_LIMIT),
                demo.folder.display()
            );
        }
        thread::sleep(ASK_EVERY);
    }
}

fn print_last(snapshot: &Snapshot, options: &UpOptions, start: Instant) {
    if options.json {
        println!("{}", snapshot.json(start.elapsed()));
    } else {
        println!("{}", snapshot.table());
    }
    eprintln!("first rewards after {}", clock(start.elapsed()));
}

fn check_alive(network: &Network) -> Result<()> {
    let mut chain = lock(&network.chain);
    let mut validators = lock(&network.validators);
    let validators = validators.iter_mut().flat_map(Validators::processes);
    for process in chain.iter_mut().chain(validators) {
        if let Some(status) = process.ended()? {
            bail!(
                "the {} has stopped ({status})\n{}",
                process.name(),
                process.last_lines(15)
            );
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
