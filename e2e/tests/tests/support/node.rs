//! Starts nodes of the local chain and stops them.
//!
//! A test file takes it in by `#[path = "support/node.rs"] mod node;`. [`dev_node`] is one development node that the tests of a process
//! share; [`Node::start`] is one of your own. Nodes stop when they are dropped and when the test's process ends, however it ends.

#![allow(dead_code)] // each test file uses its own part

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// How long a node may take to answer; machines under load are slow.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// What the node logs when it listens, before the address.
const LISTENING: &str = "Running JSON-RPC server: addr=";

/// The development node that the tests of this process share: a block per transaction and one every second, final at once.
pub async fn dev_node() -> &'static Node {
    static NODE: OnceCell<Node> = OnceCell::const_new();
    NODE.get_or_init(|| Node::start(&["--dev", "--block-time", "1000"]))
        .await
}

/// A running node.
pub struct Node {
    process: Option<Process>,
    folder: TempDir,
    arguments: Vec<String>,
    url: String,
}

impl Node {
    /// Starts a node on free loopback ports with a database of its own, and waits until it answers.
    pub async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut node = Self {
            process: None,
            folder,
            arguments,
            url: String::new(),
        };
        node.run().await;
        node
    }

    /// Where the node answers, a `ws://` address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the node as a user would, and starts it again on the same database; its address changes.
    pub async fn restart(&mut self) {
        self.process = None;
        self.run().await;
    }

    async fn run(&mut self) {
        let log = self.folder.path().join("node.log");
        let mut process = Process::start(&self.arguments, self.folder.path(), &log);
        let deadline = Instant::now() + START_DEADLINE;
        self.url = loop {
            let text = fs::read_to_string(&log).expect("the node's log can be read");
            if let Some(address) = listening_address(&text) {
                break format!("ws://{address}");
            }
            if let Some(status) = process.ended() {
                panic!("the node ended with {status} before it listened:\n{text}");
            }
            assert!(
                Instant::now() < deadline,
                "the node does not listen after {START_DEADLINE:?}:\n{text}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        self.process = Some(process);
    }
}

/// The loopback address in the line that says where the node listens.
fn listening_address(log: &str) -> Option<&str> {
    let (_, rest) = log.split_once(LISTENING)?;
    let (line, _) = rest.split_once('\n')?;
    line.split(',')
        .map(str::trim)
        .find(|address| address.starts_with("127.0.0.1:"))
}

/// A node's process beside a guard: a shell that ends the node once its own input closes, as it does when the test's process dies.
struct Process {
    node: Child,
    guard: Child,
}

impl Process {
    fn start(arguments: &[String], folder: &Path, log: &Path) -> Self {
        let binary = binary();
        let log = File::create(log).expect("the node's log can be written");
        let node = Command::new(&binary)
            .args(arguments)
            .args(["--base-path", &folder.join("chain").to_string_lossy()])
            .args(["--rpc-port", "0", "--listen-addr", "/ip4/127.0.0.1/tcp/0"])
            .args(["--no-prometheus", "--no-telemetry", "--no-mdns"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        let guard = Command::new("sh")
            .args([
                "-c",
                "cat > /dev/null; kill \"$1\" 2> /dev/null",
                "node-guard",
                &node.id().to_string(),
            ])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        Self { node, guard }
    }

    fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.node.try_wait().expect("the node is our child")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_some() {
            // The guard must not end another process that was given the same number.
            let _ = self.guard.kill();
        }
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = self.node.wait();
    }
}

/// The node: INKTENSOR_NODE, or what `cargo build --profile chain -p inktensor-node` put beside this test.
fn binary() -> PathBuf {
    let path = match std::env::var_os("INKTENSOR_NODE") {
        Some(path) => path.into(),
        None => target_directory().join("chain/inktensor-node"),
    };
    assert!(
        path.is_file(),
        "there is no node at {}: build it by `cargo xtask setup`, or name one in INKTENSOR_NODE",
        path.display()
    );
    path
}

/// The target directory: this test's binary is TARGET/PROFILE/deps/TEST.
fn target_directory() -> PathBuf {
    let binary = std::env::current_exe().expect("the test's binary has a path");
    binary
        .ancestors()
        .nth(3)
        .expect("TARGET/PROFILE/deps/TEST")
        .to_path_buf()
}
