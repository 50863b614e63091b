//! Who takes part in the local network: well-known development accounts, which the development chain endows with its own money.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{accuracy, chain, table::Snapshot};
use crate::{
    builds,
    deploy::Target,
    places::Places,
    process::{Process, output_of},
    steps::{Outcome, Task},
};

/// Deploys, owns the subnet, and holds the endowment that everyone's TAO comes from.
const OWNER: &str = "//Alice";
/// TAO issued to the owner.
const ENDOWMENT: u64 = 100_000;
/// TAO that every coldkey gets.
const ALLOWANCE: &str = "5000";

struct Miner {
    coldkey: &'static str,
    hotkey: &'static str,
    model: &'static str,
}

/// The best model is published first; its copy comes last and is to earn nothing.
const MINERS: [Miner; 4] = [
    Miner {
        coldkey: "//Alice//stash",
        hotkey: "//Eve",
        model: "digits-cnn",
    },
    Miner {
        coldkey: "//Bob//stash",
        hotkey: "//Ferdie",
        model: "digits-logistic",
    },
    Miner {
        coldkey: "//Charlie//stash",
        hotkey: "//One",
        model: "digits-mlp-small",
    },
    Miner {
        coldkey: "//Dave//stash",
        hotkey: "//Two",
        model: COPY,
    },
];
const COPIED: &str = "digits-cnn";
const COPY: &str = "digits-cnn-copy";

struct Validator {
    coldkey: &'static str,
    hotkey: &'static str,
    stake: &'static str,
}

const VALIDATORS: [Validator; 2] = [
    Validator {
        coldkey: "//Eve//stash",
        hotkey: "//Charlie",
        stake: "2000",
    },
    Validator {
        coldkey: "//Ferdie//stash",
        hotkey: "//Dave",
        stake: "1000",
    },
];
/// What the owner stakes to the first validator, so that there is a nominator.
const NOMINATION: &str = "500";

/// The first subnet's number.
const NETUID: &str = "0";
/// Where the worker finds the key to sign with.
const SURI: &str = "INKTENSOR_SURI";

/// The subnet's tempo and the rest of its rules; blocks of a second make an epoch of a few.
const RULES: [&str; 3] = ["tempo=20", "weights_rate_limit=0", "immunity_period=1000"];

/// The local network's files and addresses.
pub struct Demo<'a> {
    places: &'a Places,
    /// The chain's port.
    pub port: u16,
    /// The chain's address.
    pub url: String,
    /// Everything of this run.
    pub folder: PathBuf,
    /// The deployment file.
    pub deployment: PathBuf,
}

/// The validators that run.
pub struct Validators(Vec<(Process, PathBuf)>);

impl Validators {
    /// Their processes.
    pub fn processes(&mut self) -> impl Iterator<Item = &mut Process> {
        self.0.iter_mut().map(|(process, _)| process)
    }

    /// What they measured last, by UID.
    pub fn accuracies(&self) -> accuracy::Accuracies {
        accuracy::read(self.0.iter().map(|(_, log)| log.as_path()))
    }
}

impl<'a> Demo<'a> {
    /// Chooses a port and makes a folder of its own, so that two networks can run beside each other.
    ///
    /// # Errors
    /// When either is impossible.
    pub fn new(places: &'a Places) -> Result<Self> {
        let port = chain::choose_port()?;
        let folder = places.cache.join("networks").join(port.to_string());
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{} could not be emptied", folder.display()))?;
        }
        let store = folder.join("store");
        fs::create_dir_all(&store).with_context(|| format!("{} could not be created", store.display()))?;
        let deployment = folder.join("deployment.json");
        Ok(Self {
            places,
            port,
            url: format!("ws://127.0.0.1:{port}"),
            folder,
            deployment,
        })
    }

    /// What to deploy.
    pub fn target(&self) -> Target {
        Target {
            url: self.url.clone(),
            suri: OWNER.to_owned(),
            file: self.deployment.clone(),
            endowment: ENDOWMENT,
        }
    }

    /// The dApp's `config.json`: where the node is, and the contracts.
    ///
    /// # Errors
    /// When the deployment file is not there.
    pub fn page_config(&self) -> Result<String> {
        let text = fs::read_to_string(&self.deployment).context("the deployment file could not be read")?;
        let deployment: Value = serde_json::from_str(&text).context("the deployment file is no JSON")?;
        Ok(json!({ "node": self.url, "deployment": deployment }).to_string())
    }

    /// Step: the subnet, with a tempo to watch.
    ///
    /// # Errors
    /// When the chain refuses.
    pub fn open_subnet(&self, task: &mut Task) -> Result<Outcome> {
        let data = self.data();
        let data = data.to_string_lossy();
        let mut create = vec!["subnet", "create", "--name", "Digits", "--data", &data];
        create.extend(["--description", "Which digit is this? 8 by 8 pixels of handwriting."]);
        create.extend(["--input", "images:float32:0,1,8,8", "--output", ":float32:0,10"]);
        task.report("opening it");
        self.act(task, OWNER, &create)?;
        task.report("setting its rules");
        self.act(
            task,
            OWNER,
            &[&["subnet", "set", "--netuid", NETUID], &RULES[..]].concat(),
        )?;
        Ok(Outcome::Done)
    }

    /// Step: everyone gets TAO and a slot; miners publish, validators stake.
    ///
    /// # Errors
    /// When the chain refuses.
    pub fn register_all(&self, task: &mut Task) -> Result<Outcome> {
        let neurons = MINERS.iter().map(|miner| (miner.coldkey, miner.hotkey));
        let neurons = neurons.chain(VALIDATORS.iter().map(|validator| (validator.coldkey, validator.hotkey)));
        let mut transfer = vec!["transfer", "--amount", ALLOWANCE];
        for (coldkey, _) in neurons.clone() {
            transfer.extend(["--to", coldkey]);
        }
        task.report("giving everyone TAO");
        self.act(task, OWNER, &transfer)?;
        for (coldkey, hotkey) in neurons {
            task.report(&format!("registering {hotkey}"));
            self.act(task, coldkey, &["register", "--netuid", NETUID, "--hotkey", hotkey])?;
        }
        for miner in &MINERS {
            task.report(&format!("publishing {}", miner.model));
            let file = self.model_file(miner.model)?;
            let uri = format!("file://{}/{}.onnx", self.store().display(), miner.model);
            let publish = [
                "miner",
                "publish",
                &file.to_string_lossy(),
                "--netuid",
                NETUID,
                "--uri",
                &uri,
            ];
            self.act(task, miner.hotkey, &publish)?;
        }
        for Validator { coldkey, hotkey, stake } in &VALIDATORS {
            task.report(&format!("staking to {hotkey}"));
            self.act(task, coldkey, &["stake", "--hotkey", hotkey, "--amount", stake])?;
        }
        self.act(
            task,
            OWNER,
            &["stake", "--hotkey", VALIDATORS[0].hotkey, "--amount", NOMINATION],
        )?;
        Ok(Outcome::Done)
    }

    /// The models are those of the checkout; the copy is made here.
    fn model_file(&self, name: &str) -> Result<PathBuf> {
        let original = |name: &str| self.places.root.join("e2e/models").join(format!("{name}.onnx"));
        if name != COPY {
            return Ok(original(name));
        }
        let copy = self.folder.join(format!("{COPY}.onnx"));
        fs::copy(original(COPIED), &copy).with_context(|| format!("{} could not be written", copy.display()))?;
        Ok(copy)
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn data(&self) -> PathBuf {
        self.places.root.join("e2e/data/digits-test.npz")
    }

    /// Starts the validators.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start_validators(&self) -> Result<Validators> {
        let mut running = Vec::new();
        for (number, validator) in (1..).zip(&VALIDATORS) {
            let name = format!("validator-{number}");
            let log = self.folder.join(format!("{name}.log"));
            let mut command = self.worker();
            command
                .args(["validator", "run", "--netuid", NETUID, "--json", "--data"])
                .arg(self.data());
            command
                .arg("--state")
                .arg(self.folder.join(&name))
                .env(SURI, validator.hotkey);
            running.push((Process::start(&name, &mut command, &log)?, log));
        }
        Ok(Validators(running))
    }

    /// The subnet as it is now.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let printed = output_of(self.worker().args(["metagraph", "--netuid", NETUID, "--json"]))?;
        let json: Value = serde_json::from_str(&printed).context("`inktensor metagraph --json` printed no JSON")?;
        Snapshot::parse(&json).with_context(|| format!("`inktensor metagraph --json` lacks a field: {json}"))
    }

    /// Runs a command of the worker's that signs.
    fn act(&self, task: &mut Task, suri: &str, words: &[&str]) -> Result<()> {
        task.run(self.worker().args(words).env(SURI, suri))
    }

    fn worker(&self) -> Command {
        let program = builds::worker_program(self.places);
        let mut command = self.places.command(&program.to_string_lossy());
        command
            .env("INKTENSOR_DEPLOYMENT", &self.deployment)
            .env("INKTENSOR_URL", &self.url);
        // Validators read artifacts from this folder and from no other of this machine.
        command.env("INKTENSOR_STORE", self.store());
        command
    }
}
