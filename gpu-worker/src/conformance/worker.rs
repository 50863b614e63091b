//! Cases in a child process that opens the adapter once. A case that crashes it, or takes too long, costs only that case.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{Case, CaseResult, Deviation, Outcome, Ran};

/// How cases are run.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// The binary `inktensor`.
    pub program: PathBuf,
    /// Its arguments, which must make it read cases and write results, one a line in JSON.
    pub arguments: Vec<String>,
    /// Wall-clock time for one case.
    pub timeout: Duration,
}

/// A child process that runs cases, started again whenever one ends it.
#[derive(Debug)]
pub struct Worker {
    options: WorkerOptions,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    results: Receiver<String>,
}

impl Worker {
    /// A worker that is started with its first case.
    pub fn new(options: WorkerOptions) -> Self {
        Self { options, running: None }
    }

    /// Runs a case.
    pub fn run(&mut self, case: &Case) -> CaseResult {
        let broken = |message: String| CaseResult {
            name: case.name(),
            outcome: Outcome::Failed,
            ran: Ran::Nowhere,
            operators: Vec::new(),
            refused: Vec::new(),
            deviation: Deviation::default(),
            message: Some(message),
        };
        match self.ask(case) {
            Ok(line) => serde_json::from_str(&line)
                .unwrap_or_else(|error| broken(format!("the worker's answer was not understood: {error}"))),
            Err(message) => {
                self.stop();
                broken(message)
            }
        }
    }

    fn ask(&mut self, case: &Case) -> Result<String, String> {
        let question = serde_json::to_string(case).map_err(|error| error.to_string())?;
        let timeout = self.options.timeout;
        let running = match &mut self.running {
            Some(running) => running,
            None => self.running.insert(start(&self.options)?),
        };
        let input = running.child.stdin.as_mut().ok_or("the worker takes no input")?;
        let sent = writeln!(input, "{question}").and_then(|()| input.flush());
        sent.map_err(|error| format!("the worker died: {error}"))?;
        running.results.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("it took longer than the {} seconds allowed", timeout.as_secs_f64()),
            RecvTimeoutError::Disconnected => {
                let status = running
                    .child
                    .wait()
                    .map_or_else(|error| error.to_string(), |status| status.to_string());
                format!("it crashed the worker: {status}")
            }
        })
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself; either way it is gone afterwards.
            drop(running.child.kill());
            drop(running.child.wait());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(options: &WorkerOptions) -> Result<Running, String> {
    let mut child = Command::new(&options.program)
        .args(&options.arguments)
        .env("NODEVICE_SELECT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the worker '{}' cannot be started: {error}", options.program.display()))?;
    let output = child.stdout.take().ok_or("the worker has no output")?;
    let (sender, results) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Ok(Running { child, results })
}
