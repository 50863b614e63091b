//! `cargo xtask up`: the whole network on this machine. A chain, the contracts, a subnet that asks for digits to be recognised, miners
//! with models of different quality, validators that evaluate them, and the dApp.

mod accuracy;
mod chain;
mod demo;
mod table;

use std::{
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

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
    schedule,
    serve::{Reserved, Site},
    setup,
    steps::{self, Outcome, Step},
    toolchain,
};

/// How long `--once` waits for rewards: some ten times what they take.
const ONCE_LIMIT: Duration = Duration::from_secs(600);
/// How often the chain is asked whether an epoch has passed.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Names of the steps that start the network.
pub const NETWORK: [&str; 5] = ["chain", "deploy", "subnet", "neurons", "validators"];
/// Name of the step that serves the dApp.
pub const PAGE: &str = "page";

/// The network as far as it runs, filled step by step.
pub struct Network<'a> {
    places: &'a Places,
    /// Who takes part, and where.
    pub demo: Demo<'a>,
    // Dropped in this order: first those that use the chain, then the chain.
    validators: Mutex<Option<Validators>>,
    chain: Mutex<Option<Process>>,
    /// The first epoch that paid, for `--once`.
    paid: Mutex<Option<Snapshot>>,
    /// The dApp's address is taken before anything else, so that it is known to all who need it.
    page: Reserved,
}

impl<'a> Network<'a> {
    /// Nothing runs yet; `port` is the dApp's.
    ///
    /// # Errors
    /// When no port is free, or the port is not.
    pub fn new(places: &'a Places, port: u16) -> Result<Self> {
        let page = Reserved::new(port)?;
        let demo = Demo::new(places)?;
        Ok(Self {
            places,
            demo,
            validators: Mutex::default(),
            chain: Mutex::default(),
            paid: Mutex::default(),
            page,
        })
    }

    /// The dApp's address.
    pub fn page(&self) -> String {
        format!("http://{}", self.page.address)
    }

    /// The steps that start the network, after those that build it.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let places = self.places;
        vec![
            Step::new("chain", "the local chain runs", &[builds::NODE], |task| {
                task.report("waiting for it to answer");
                *lock(&self.chain) = Some(chain::start(places, &self.demo)?);
                Ok(Outcome::Done)
            }),
            Step::new(
                "deploy",
                "contracts on the chain",
                &["chain", deploy::CONTRACTS],
                |task| deploy::deploy(places, &self.demo.target(), task),
            ),
            Step::new(
                "subnet",
                "asks for digits to be recognised",
                &["deploy", builds::WORKER],
                |task| self.demo.open_subnet(task),
            ),
            Step::new(
                "neurons",
                "miners publish models, validators hold stake",
                &["subnet"],
                |task| self.demo.register_all(task),
            ),
            Step::new("validators", "evaluate the models", &["neurons"], |_| {
                *lock(&self.validators) = Some(self.demo.start_validators()?);
                Ok(Outcome::Done)
            }),
        ]
    }

    /// The step that serves the dApp.
    pub fn page_step(&self) -> Step<'_> {
        Step::new(PAGE, "the dApp is served", &[builds::DAPP, "deploy"], |_| {
            let config = self.demo.page_config()?;
            self.page.serve(Site {
                folder: builds::dapp_folder(self.places),
                config,
            })?;
            Ok(Outcome::Done)
        })
    }

    /// The step that `--once` waits for. Epochs pass while the dApp is still being built, and the first that paid is the one to show.
    fn rewards_step(&self) -> Step<'_> {
        Step::new(
            "rewards",
            "the first epoch that pays a model",
            &["validators"],
            |task| {
                let begin = Instant::now();
                while begin.elapsed() < ONCE_LIMIT {
                    self.check_alive()?;
                    let snapshot = self.snapshot()?;
                    if snapshot.has_paid() {
                        *lock(&self.paid) = Some(snapshot);
                        return Ok(Outcome::Done);
                    }
                    task.report(&format!("{} epochs so far", snapshot.epoch));
                    thread::sleep(ASK_EVERY);
                }
                let logs = self.demo.folder.display();
                bail!(
                    "no epoch has paid rewards within {}; see the logs in {logs}",
                    clock(ONCE_LIMIT)
                );
            },
        )
    }

    /// The subnet as it is now, with what the validators measured.
    fn snapshot(&self) -> Result<Snapshot> {
        let mut snapshot = self.demo.snapshot()?;
        if let Some(validators) = &*lock(&self.validators) {
            snapshot.fill_accuracies(&validators.accuracies());
        }
        Ok(snapshot)
    }

    fn check_alive(&self) -> Result<()> {
        let mut chain = lock(&self.chain);
        let mut validators = lock(&self.validators);
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
}

/// The command.
///
/// # Errors
/// When anything cannot be installed, built or started, or stops by itself.
pub fn run(places: &Places, options: &UpOptions) -> Result<ExitCode> {
    let start = Instant::now();
    toolchain::check_native()?;
    eprintln!("set-up in {}", places.cache.display());
    let network = Network::new(places, options.port)?;
    let timings = schedule::run(plan(places, options, &network), &|name| places.log(name))?;
    eprintln!("\n{}\n", steps::table(&timings));
    let Demo { url, deployment, .. } = &network.demo;
    eprintln!("chain       {url}   (polkadot.js apps: https://polkadot.js.org/apps/?rpc={url})");
    eprintln!("deployment  {}", deployment.display());
    if options.dapp {
        eprintln!("dApp        {}", network.page());
    }
    if let Some(snapshot) = &*lock(&network.paid) {
        print_last(snapshot, options, start);
        return Ok(ExitCode::SUCCESS);
    }
    interrupt_is_success();
    eprintln!("Ctrl-C stops everything.");
    watch(&network)
}

fn plan<'a>(places: &'a Places, options: &'a UpOptions, network: &'a Network) -> Vec<Step<'a>> {
    let mut plan = setup::base(places);
    // The longest first: what others wait for is done beside it.
    plan.push(builds::node(places));
    plan.extend(
        setup::tools(places)
            .into_iter()
            .filter(|step| options.dapp || step.name == setup::CARGO_CONTRACT),
    );
    plan.push(builds::worker(places));
    plan.push(deploy::build_step(places));
    if options.dapp {
        plan.push(builds::dapp(places));
        plan.push(network.page_step());
    }
    plan.extend(network.steps());
    if options.once {
        plan.push(network.rewards_step());
    }
    plan
}

/// Prints the table after every epoch, until something stops.
fn watch(network: &Network) -> Result<ExitCode> {
    let mut seen = 0;
    loop {
        network.check_alive()?;
        let snapshot = network.snapshot()?;
        if snapshot.epoch != seen {
            seen = snapshot.epoch;
            eprintln!("\n{}", snapshot.table());
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
    eprintln!("finished after {}", clock(start.elapsed()));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
