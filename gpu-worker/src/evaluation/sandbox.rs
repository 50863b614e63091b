//! Evaluation in a disposable child process. The model is hostile: it may take all time, all memory, or bring the driver down. The
//! parent survives all of that and gets a verdict.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::{Reason, Request, Verdict};
use crate::data::DataOptions;
use crate::gpu::AdapterChoice;

/// Bounds on the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// The binary `inktensor`.
    pub program: PathBuf,
    /// Wall-clock time.
    pub timeout: Duration,
    /// Bytes of memory of the host, where the system can bound them. Reserved address space does not count.
    pub memory_bytes: u64,
    /// Whether the child gives up what [`super::confine`] takes, where the system can.
    pub is_confined: bool,
}

/// Wall-clock time that an evaluation may take by default.
pub const DEFAULT_TIME: Duration = Duration::from_secs(300);
/// Bytes of the host's memory that an evaluation may take by default: more than any model within the default limits does.
pub const DEFAULT_MEMORY: u64 = 8 << 30;

impl Sandbox {
    /// This program with the default limits.
    pub fn of_this_program() -> io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            timeout: DEFAULT_TIME,
            memory_bytes: DEFAULT_MEMORY,
            is_confined: true,
        })
    }
}

/// Bytes of the child's output that are kept.
const MAX_OUTPUT: u64 = 16 << 20;
/// Variables that the child gets: what drivers and the dynamic linker need, and no secrets.
const ENVIRONMENT: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "LANG",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SystemRoot",
    "TEMP",
    "RUST_BACKTRACE",
    "DISPLAY",
    "WAYLAND_DISPLAY",
];
/// Beginnings of variables that the child gets: settings of drivers.
const ENVIRONMENT_PREFIXES: [&str; 7] = ["VK_", "WGPU_", "MESA_", "LP_", "XDG_", "NVIDIA_", "CUDA_"];

/// Evaluates in a child process, which is gone afterwards.
pub fn evaluate_in_child(request: &Request, sandbox: &Sandbox) -> Verdict {
    in_child(evaluation(request, sandbox), sandbox).unwrap_or_else(|failed| failed)
}

/// Opens a data set in a child process, to see whether it can be used: a stranger's file may unpack to far more than it is.
///
/// # Errors
/// When it cannot be opened, or what became of the process instead.
pub fn open_data_in_child(data: &Path, options: &DataOptions, sandbox: &Sandbox) -> Result<(), Verdict> {
    let mut command = Command::new(&sandbox.program);
    command.arg("check-data").arg(data);
    for (flag, value) in options.flags() {
        command.arg(flag).arg(value);
    }
    let failed: Option<Verdict> = in_child(bounded(command, sandbox), sandbox)?;
    failed.map_or(Ok(()), Err)
}

/// Runs a child to its end, and reads the JSON that it prints.
fn in_child<T: DeserializeOwned>(mut command: Command, sandbox: &Sandbox) -> Result<T, Verdict> {
    let mut child = command.spawn().map_err(|error| {
        let message = format!(
            "the evaluator '{}' cannot be started: {error}",
            sandbox.program.display()
        );
        Verdict::failed(Reason::WorkerFailed, message)
    })?;
    let output = child.stdout.take().map(collect);
    let errors = child.stderr.take().map(collect);
    let status = wait(&mut child, sandbox.timeout);
    let text = |reader: Option<JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (output, errors) = (text(output), text(errors));
    match status {
        Ok(Some(status)) => judge(status, &output, &errors, sandbox),
        Ok(None) => Err(Verdict::timed_out(sandbox.timeout)),
        Err(error) => Err(Verdict::failed(
            Reason::WorkerFailed,
            format!("the evaluator cannot be waited for: {error}"),
        )),
    }
}

fn evaluation(request: &Request, sandbox: &Sandbox) -> Command {
    let mut command = Command::new(&sandbox.program);
    command
        .arg("eval")
        .arg(&request.model)
        .arg("--data")
        .arg(&request.data)
        .arg("--json");
    command.arg("--batch").arg(request.options.batch.to_string());
    for metric in &request.options.metrics {
        command.arg("--metric").arg(metric.to_string());
    }
    for (flag, value) in request.data_options.flags() {
        command.arg(flag).arg(value);
    }
    if let Some(hash) = request.hash {
        command.arg("--hash").arg(hash.to_string());
    }
    if let AdapterChoice::Named(name) = &request.adapter {
        command.arg("--adapter").arg(name);
    }
    if let Some(sample) = &request.options.sample {
        command
            .arg("--sample-seed")
            .arg(sample.seed.to_string())
            .arg("--sample-size")
            .arg(sample.size.to_string());
    }
    for (flag, value) in request.limits.flags() {
        command.arg(flag).arg(value.to_string());
    }
    bounded(command, sandbox)
}

/// A child that is held to the sandbox's bounds, with pipes to this process.
fn bounded(mut command: Command, sandbox: &Sandbox) -> Command {
    #[cfg(unix)]
    command.arg("--limit-host-memory").arg(sandbox.memory_bytes.to_string());
    // The child ends itself only if this process cannot do it.
    let later = sandbox.timeout + Duration::from_secs(5);
    command
        .arg("--limit-time")
        .arg(later.as_secs().to_string())
        .arg("--end-with-stdin");
    if !sandbox.is_confined {
        command.arg("--unconfined");
    }
    let is_needed =
        |name: &str| ENVIRONMENT.contains(&name) || ENVIRONMENT_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_needed)));
    // Mesa's layer that looks for a display complains on standard error where there is none.
    command.env("NODEVICE_SELECT", "1");
    // The child watches its standard input, which closes when this process ends in whatever way.
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Reads a pipe to its end, so that the child never waits for it, and keeps the beginning.
fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        // A pipe that breaks ends the output; what was said before it still counts.
        if pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept).is_ok() {
            drop(io::copy(&mut pipe, &mut io::sink()));
        }
        kept
    })
}

/// Waits for the child, and kills it when the time is over. `None` says that it was killed.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + timeout;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// What a child that ended by itself said, or a verdict on its end.
fn judge<T: DeserializeOwned>(status: ExitStatus, output: &str, errors: &str, sandbox: &Sandbox) -> Result<T, Verdict> {
    serde_json::from_str(output).map_err(|_| last_words(status, errors, sandbox))
}

fn last_words(status: ExitStatus, errors: &str, sandbox: &Sandbox) -> Verdict {
    let last_words = errors
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing");
    if status.code() == Some(2) {
        return Verdict::failed(
            Reason::WorkerFailed,
            format!("the evaluator did not understand its arguments: {errors}"),
        );
    }
    let is_memory = ["memory allocation of", "out of memory", "OUT_OF_", "OutOfMemory"]
        .iter()
        .any(|sign| errors.contains(sign));
    if is_memory {
        let message = format!(
            "the evaluation needs more than the {} bytes of memory allowed",
            sandbox.memory_bytes
        );
        return Verdict::failed(Reason::OutOfMemory, message);
    }
    if was_killed(status) {
        let message = format!(
            "the evaluator was killed ({status}): by hand, or by the system for want of memory; the limit was {} bytes",
            sandbox.memory_bytes
        );
        return Verdict::failed(Reason::Killed, message);
    }
    Verdict::failed(Reason::Crashed, format!("the evaluator died ({status}): {last_words}"))
}

/// Whether somebody ended the process who needs no cause; a fault of its own gives other signals.
#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(
        status.signal(),
        Some(libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP)
    )
}

#[cfg(not(unix))]
fn was_killed(_: ExitStatus) -> bool {
    false
}
