//! A validator on a subnet of its own: what it says of models good, bad and copied, and that a commit survives the validator's death.

#![expect(
    clippy::unwrap_used,
    reason = "a validator or chain that does not answer has failed the test"
)]

#[path = "support/network.rs"]
mod network;
#[path = "support/worker.rs"]
mod worker;

use inktensor_client::Network;
use inktensor_client::messages::{registry, rewards};
use inktensor_primitives::registry::Hyperparameter;
use inktensor_primitives::rewards::Commit;
use inktensor_primitives::{AccountId, NetUid, Rao, Uid};
use network::{UNIT, connect, fund, key};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Mutex;
use worker::{json, refusal, worker};

/// How long a machine under load may take from one event of a validator to the next.
const DEADLINE: Duration = Duration::from_secs(240);
/// Blocks of an epoch.
const TEMPO: u16 = 12;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits-test.npz");

/// Opening a subnet doubles the price of the next: one after the other.
static OPENING: Mutex<()> = Mutex::const_new(());

/// The secret URI of an account that no other test uses.
fn suri(name: &str) -> String {
    format!("//client contract test//{name}")
}

/// A subnet with a short tempo, whose owner also holds the coldkey of everybody on it.
struct Subnet {
    network: Network,
    name: String,
    netuid: NetUid,
    folder: TempDir,
}

impl Subnet {
    async fn open(name: &str) -> Self {
        let network = connect().await;
        let owner = key(name);
        let _turn = OPENING.lock().await;
        let lock = network.query(registry::lock_cost()).await.unwrap();
        let money = Rao(lock.0 + Rao::from_tao(2_000).0);
        fund(&network, &owner.account(), 200 * UNIT, money).await;
        let create = ["subnet", "create", "--name", name, "--data", DATA];
        let tensors = ["--input", "images:float32:0,1,8,8", "--output", ":float32:0,10"];
        let opened = json(&suri(name), &[&create[..], &tensors[..]].concat());
        let netuid = NetUid(opened["netuid"].as_u64().unwrap().try_into().unwrap());
        for rule in [Hyperparameter::Tempo(TEMPO), Hyperparameter::WeightsRateLimit(0)] {
            network
                .call(&owner, registry::set_hyperparameter(netuid, rule))
                .await
                .unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        Self {
            network,
            name: name.to_owned(),
            netuid,
            folder,
        }
    }

    fn number(&self) -> String {
        self.netuid.to_string()
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// A registered hotkey with money for fees.
    async fn neuron(&self, role: &str) -> (String, AccountId) {
        let name = format!("{} {role}", self.name);
        let account = key(&name).account();
        fund(&self.network, &account, 20 * UNIT, Rao::ZERO).await;
        let hotkey = suri(&name);
        json(
            &suri(&self.name),
            &["register", "--netuid", &self.number(), "--hotkey", &hotkey],
        );
        (hotkey, account)
    }

    async fn validator(&self, stake: &str) -> (String, AccountId) {
        let (hotkey, account) = self.neuron("validator").await;
        json(&suri(&self.name), &["stake", "--hotkey", &hotkey, "--amount", stake]);
        (hotkey, account)
    }

    /// Publishes a model from the store folder and returns where it is stored.
    fn publish(&self, hotkey: &str, model: &Path) -> PathBuf {
        let mut command = worker(
            hotkey,
            &[
                "miner",
                "publish",
                &model.to_string_lossy(),
                "--netuid",
                &self.number(),
                "--json",
            ],
        );
        let output = command.env("INKTENSOR_STORE", self.store()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let published: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(published["block"].is_u64(), "{published}");
        published["uri"]
            .as_str()
            .unwrap()
            .strip_prefix("file://")
            .unwrap()
            .into()
    }

    fn run(&self, hotkey: &str) -> Running {
        let mut command = worker(
            hotkey,
            &["validator", "run", "--netuid", &self.number(), "--data", DATA, "--json"],
        );
        command
            .arg("--state")
            .arg(self.state())
            .env("INKTENSOR_STORE", self.store());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, events) = channel();
        std::thread::spawn(move || {
            for line in output.lines() {
                let event = serde_json::from_str(&line.unwrap()).unwrap();
                if tell.send(event).is_err() {
                    return;
                }
            }
        });
        Running { child, events }
    }

    async fn commits(&self, validator: AccountId) -> Vec<Commit> {
        self.network
            .query(rewards::commits(self.netuid, validator))
            .await
            .unwrap()
    }

    /// The weights in force of a validator.
    async fn weights(&self, validator: AccountId) -> Option<Vec<(Uid, u16)>> {
        let uid = self
            .network
            .query(registry::uid_of(self.netuid, validator))
            .await
            .unwrap()?;
        let rows = self.network.all_weights(self.netuid).await.unwrap();
        rows.into_iter().find(|row| row.uid == uid).map(|row| row.weights)
    }
}

/// A running validator.
struct Running {
    child: Child,
    events: Receiver<Value>,
}

impl Running {
    /// The next event of a kind; those before it are passed over.
    fn next(&self, kind: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(DEADLINE);
            let event = event.unwrap_or_else(|error| panic!("no event `{kind}`: {error}"));
            if event["event"] == kind {
                return event;
            }
        }
    }

    /// What it says of a UID's model.
    fn verdict(&self, uid: u64) -> Value {
        loop {
            let event = self.next("evaluated");
            if event["uid"] == uid {
                return event;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, as the test wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn model(name: &str) -> PathBuf {
    Path::new(MODELS).join(format!("{name}.onnx"))
}

#[tokio::test]
async fn a_validator_killed_between_commit_and_reveal_reveals_after_a_restart() {
    let subnet = Subnet::open("killed validator").await;
    let (miner, _) = subnet.neuron("miner").await;
    let (hotkey, account) = subnet.validator("100").await;
    subnet.publish(&miner, &model("digits-mlp-small"));

    let mut running = subnet.run(&hotkey);
    running.next("committed");
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let waiting = subnet.commits(account).await;
    assert_eq!((waiting.len(), subnet.weights(account).await), (1, None));

    let mut restarted = subnet.run(&hotkey);
    restarted.next("started");
    let mut second = worker(
        &hotkey,
        &["validator", "run", "--netuid", &subnet.number(), "--data", DATA],
    );
    second
        .arg("--state")
        .arg(subnet.state())
        .env("INKTENSOR_STORE", subnet.store());
    let said = refusal(&mut second, 1);
    assert!(said.contains("another validator uses"), "{said}");

    let revealed = restarted.next("revealed");
    assert!(
        revealed["block"].as_u64() >= Some(waiting[0].reveal_from.into()),
        "{revealed}"
    );
    assert_eq!(subnet.weights(account).await, Some(vec![(Uid(0), u16::MAX)]));
    let left = subnet.commits(account).await;
    assert!(left.iter().all(|commit| commit.hash != waiting[0].hash), "{left:?}");

    let asked = Command::new("kill").arg(restarted.child.id().to_string()).status();
    assert!(asked.unwrap().success());
    restarted.next("stopped");
    assert_eq!(restarted.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn the_good_model_gets_the_weight_and_bad_ones_and_copies_a_reason() {
    let subnet = Subnet::open("judging validator").await;
    let mut miners = Vec::new();
    for role in ["good", "mediocre", "copycat", "swindler"] {
        miners.push(subnet.neuron(role).await.0);
    }
    let (hotkey, account) = subnet.validator("100").await;
    subnet.publish(&miners[0], &model("digits-cnn"));
    subnet.publish(&miners[1], &model("digits-mlp-small"));
    subnet.publish(&miners[2], &model("digits-cnn"));
    let stored = subnet.publish(&miners[3], &model("digits-logistic"));
    let other = vec![0; std::fs::metadata(&stored).unwrap().len().try_into().unwrap()];
    std::fs::write(stored, other).unwrap();

    let running = subnet.run(&hotkey);
    let verdicts: Vec<Value> = (0..4).map(|uid| running.verdict(uid)).collect();
    assert_eq!(
        (verdicts[0]["accuracy"].as_f64(), verdicts[0]["samples"].as_u64()),
        (Some(0.985), Some(600))
    );
    assert!(verdicts[1]["accuracy"].as_f64() < Some(0.9), "{}", verdicts[1]);
    assert_eq!(verdicts[2]["copy_of"], 0);
    assert_eq!(verdicts[3]["accuracy"], Value::Null);
    assert!(
        verdicts[3]["reason"].as_str().unwrap().contains("BLAKE2-256"),
        "{}",
        verdicts[3]
    );

    running.next("revealed");
    let weights = subnet.weights(account).await.unwrap();
    let [good, mediocre, copycat, swindler] = [0, 1, 2, 3].map(|uid| {
        weights
            .iter()
            .find(|(other, _)| *other == Uid(uid))
            .map_or(0, |(_, weight)| *weight)
    });
    assert_eq!((good, copycat, swindler), (u16::MAX, 0, 0));
    assert!(mediocre > 0 && mediocre < u16::MAX / 2, "{weights:?}");
}

#[tokio::test]
async fn a_key_without_a_slot_and_data_of_another_subnet_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let run = |data: &Path| {
        let mut command = worker(&suri("stranger"), &["validator", "run", "--netuid", "0"]);
        command
            .arg("--data")
            .arg(data)
            .arg("--state")
            .arg(folder.path().join("state"));
        refusal(command.env("INKTENSOR_STORE", folder.path()), 1)
    };
    let said = run(Path::new(DATA));
    assert!(said.contains("is not registered on subnet 0"), "{said}");
    let said = run(&model("digits-cnn"));
    assert!(said.contains("is not the subnet's"), "{said}");
}

#[tokio::test]
async fn a_miner_is_told_what_is_wrong_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let publish = |file: &Path| {
        let mut command = worker(
            &suri("stranger"),
            &["miner", "publish", &file.to_string_lossy(), "--netuid", "0"],
        );
        refusal(command.env("INKTENSOR_STORE", &store), 1)
    };
    let truncated = folder.path().join("truncated.onnx");
    let whole = std::fs::read(model("digits-cnn")).unwrap();
    std::fs::write(&truncated, &whole[..whole.len() / 2]).unwrap();
    let said = publish(&truncated);
    assert!(said.contains("validators would refuse this model"), "{said}");
    let said = publish(Path::new("no-such.onnx"));
    assert!(said.contains("cannot read no-such.onnx"), "{said}");
    let said = publish(&model("digits-cnn"));
    assert!(said.contains("is not registered on subnet 0"), "{said}");
    assert!(!store.exists());
}
