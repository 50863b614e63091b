//! Work on a model that may mean harm: in this process, but with nothing to reach, and within memory and time.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use gpu_worker::evaluation::{Reason, Verdict, confine};

use super::limits::ProcessArgs;

/// Stack of the working thread, as large as a main thread's: models nest.
const STACK: usize = 8 << 20;
/// How long this process may take to end once its time was over.
const GRACE: Duration = Duration::from_secs(3);

/// Does the work after this process gave up what it has no use for, in a thread of its own, so that work that hangs, be it in a
/// driver, ends with a verdict as well.
pub fn confined<T: Send + 'static>(
    process: &ProcessArgs,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Verdict> {
    prepare(process).map_err(|error| Verdict::failed(Reason::WorkerFailed, format!("{error:#}")))?;
    let (tell, told) = mpsc::channel();
    // Nobody listens any more when the time is over.
    let run = move || drop(tell.send(work()));
    let builder = thread::Builder::new().name("model".into()).stack_size(STACK);
    builder.spawn(run).map_err(|error| {
        let message = format!("the thread for the model cannot be started: {error}");
        Verdict::failed(Reason::WorkerFailed, message)
    })?;
    told.recv_timeout(process.time()).map_err(|error| match error {
        RecvTimeoutError::Timeout => {
            end_soon();
            Verdict::timed_out(process.time())
        }
        RecvTimeoutError::Disconnected => {
            Verdict::failed(Reason::Crashed, "the thread of the model panicked; see standard error")
        }
    })
}

fn prepare(process: &ProcessArgs) -> anyhow::Result<()> {
    limit_memory(process.memory_bytes())?;
    if !process.unconfined {
        confine()?;
    }
    Ok(())
}

/// Bounds what this process may allocate, and keeps a crash from writing a memory image.
#[cfg(unix)]
fn limit_memory(bytes: u64) -> anyhow::Result<()> {
    let (_, most) = rlimit::Resource::DATA
        .get()
        .context("the memory limit cannot be read")?;
    let bytes = bytes.min(most);
    // Not the address space: GPU drivers reserve far more of it than they use.
    rlimit::Resource::DATA
        .set(bytes, bytes)
        .context("the memory limit cannot be set")?;
    rlimit::Resource::CORE
        .set(0, 0)
        .context("memory images cannot be switched off")
}

/// Other systems have no such limits.
#[cfg(not(unix))]
fn limit_memory(_: u64) -> anyhow::Result<()> {
    Ok(())
}

/// Ends this process even if its orderly end waits for a driver that hangs.
fn end_soon() {
    thread::spawn(|| {
        thread::sleep(GRACE);
        std::process::abort();
    });
}
