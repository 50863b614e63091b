//! Child processes. Each gets a process group of its own, so that one signal stops it with everything it started, and every
//! group is stopped when xtask ends: by Ctrl-C, by an error or by a panic.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fs::File,
    io::{Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::{
        signal::{Signal, killpg},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

/// The process groups that are alive.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
/// Set once xtask is ending; no process may be started from then on.
static ENDING: AtomicBool = AtomicBool::new(false);
/// What Ctrl-C makes of the exit code: 130, or 0 where stopping is the normal way to end.
static EXIT_ON_INTERRUPT: AtomicI32 = AtomicI32::new(130);
/// How long a process may take to end by itself after being asked to. A validator takes an instant; the node would take many seconds
/// to close a chain that nobody will open again.
const GRACE: Duration = Duration::from_secs(3);

/// Makes Ctrl-C, SIGTERM and SIGHUP stop every child before xtask ends.
///
/// # Errors
/// When the signal handler cannot be installed.
pub fn stop_children_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        eprintln!("\nstopping what was started …");
        stop_all();
        eprintln!("stopped");
        std::process::exit(EXIT_ON_INTERRUPT.load(Ordering::SeqCst));
    })
    .context("the handler for Ctrl-C could not be installed")
}

/// From now on Ctrl-C is a normal end: exit code 0.
pub fn interrupt_is_success() {
    EXIT_ON_INTERRUPT.store(0, Ordering::SeqCst);
}

/// Stops every child when dropped, so that neither an early return nor a panic leaves one behind.
pub struct StopAllOnDrop;

impl Drop for StopAllOnDrop {
    fn drop(&mut self) {
        stop_all();
    }
}

/// Stops what is running now. Unlike at the end, more may be started afterwards.
pub fn stop_running() {
    let groups: Vec<i32> = GROUPS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .copied()
        .collect();
    stop_groups(&groups);
}

fn stop_all() {
    let groups: Vec<i32> = {
        // A poisoned lock only means that another thread panicked: the set itself is whole.
        let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        ENDING.store(true, Ordering::SeqCst);
        groups.iter().copied().collect()
    };
    stop_groups(&groups);
}

/// Asks all groups to end, then ends those that did not.
fn stop_groups(groups: &[i32]) {
    for group in groups {
        // An error means that the group is gone already, which is the aim.
        let _ = killpg(Pid::from_raw(*group), Signal::SIGTERM);
    }
    let deadline = Instant::now() + GRACE;
    let mut alive = groups.to_vec();
    while !alive.is_empty() && Instant::now() < deadline {
        alive.retain(|group| is_alive(*group));
        thread::sleep(Duration::from_millis(20));
    }
    for group in &alive {
        let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
}

fn is_alive(group: i32) -> bool {
    // A leader that has ended but was not waited for would count as alive; reap it. An error means that it was.
    let _ = waitpid(Pid::from_raw(group), Some(WaitPidFlag::WNOHANG));
    killpg(Pid::from_raw(group), None).is_ok()
}

/// A long-running child that ends, with its whole process group, when this is dropped.
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs going to the file `log`.
    ///
    /// # Errors
    /// When the log cannot be created or the program cannot be started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let file = create(log)?;
        let copy = file.try_clone().context("the log's handle could not be copied")?;
        command.stdin(Stdio::null()).stdout(file).stderr(copy);
        Ok(Self {
            child: spawn(command)?,
            name: name.to_owned(),
            log: log.to_path_buf(),
        })
    }

    /// The exit status, if the process has ended.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        match self.child.try_wait() {
            // Who stops everything also reaps it: what is left to say is said there.
            Err(_) if ENDING.load(Ordering::SeqCst) => Ok(None),
            state => state.with_context(|| format!("the state of {} is unknown", self.name)),
        }
    }

    /// The end of its log, for a message about why it stopped.
    pub fn last_lines(&self, count: usize) -> String {
        last_lines(&self.log, count)
    }

    /// What the process is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        stop_child(&mut self.child);
    }
}

fn stop_child(child: &mut Child) {
    let group = group_of(child);
    stop_groups(&[group]);
    // Already reaped is as good as reaped now.
    let _ = child.wait();
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
}

fn group_of(child: &Child) -> i32 {
    // Process ids fit in an i32 on every system that has them.
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

fn spawn(command: &mut Command) -> Result<Child> {
    let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
    if ENDING.load(Ordering::SeqCst) {
        bail!("{} was not started: xtask is ending", display(command));
    }
    let child = command
        .process_group(0)
        .spawn()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    groups.insert(group_of(&child));
    Ok(child)
}

/// Runs a command to its end; both outputs go to `log`, and each line and each state of a progress bar to `on_line`.
/// With a `limit`, it is stopped when the time is over, which is an error.
///
/// # Errors
/// When it cannot be started or is over its time. A failing exit status is no error here.
pub fn run_logged(
    command: &mut Command,
    log: &mut File,
    limit: Option<Duration>,
    on_line: &(dyn Fn(&str) + Sync),
) -> Result<ExitStatus> {
    let (mut reader, writer) = std::io::pipe().context("no pipe could be made")?;
    let copy = writer.try_clone().context("the pipe could not be copied")?;
    command.stdin(Stdio::null()).stdout(writer).stderr(copy);
    let mut child = spawn(command)?;
    // The command holds the writing ends; the reader only sees the end of the output once they are closed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let deadline = limit.map(|limit| (limit, Instant::now() + limit));
    thread::scope(|scope| {
        let copier = scope.spawn(|| copy_lines(&mut reader, log, on_line));
        let status = loop {
            if let Some(status) = child.try_wait().context("the state of a child is unknown")? {
                break Ok(status);
            }
            if let Some((limit, deadline)) = deadline
                && Instant::now() > deadline
            {
                break Err(anyhow::anyhow!(
                    "{} took longer than {} s",
                    display(command),
                    limit.as_secs()
                ));
            }
            thread::sleep(Duration::from_millis(30));
        };
        stop_child(&mut child);
        copier
            .join()
            .unwrap_or_else(|_| bail!("the reader of the output panicked"))?;
        status
    })
}

/// Copies output to a file. A carriage return ends a state of a progress bar: shown, but kept out of the file.
fn copy_lines(reader: &mut impl Read, log: &mut File, on_line: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let mut buffer = [0; 8192];
    let mut line = Vec::new();
    loop {
        let count = reader
            .read(&mut buffer)
            .context("the output of a child could not be read")?;
        if count == 0 {
            break;
        }
        for byte in buffer.iter().take(count) {
            if !matches!(byte, b'\n' | b'\r') {
                line.push(*byte);
                continue;
            }
            on_line(&String::from_utf8_lossy(&line));
            if *byte == b'\n' {
                line.push(b'\n');
                log.write_all(&line).context("the log could not be written")?;
            }
            line.clear();
        }
    }
    log.write_all(&line).context("the log could not be written")?;
    Ok(())
}

/// Runs a command to its end and returns its standard output, or an error with what it said on the other one.
///
/// # Errors
/// When it cannot be started, fails, or prints no UTF-8.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{} failed ({}): {}",
            display(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", display(command)))
}

/// The command as a person would type it.
pub fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// The first program of these names on PATH.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<_> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// The last lines of a log with its name, for a message about a failure.
pub fn last_lines(log: &Path, count: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines
        .iter()
        .skip(lines.len().saturating_sub(count))
        .map(|line| format!("  | {line}\n"));
    format!("{}  all of it: {}", last.collect::<String>(), log.display())
}

/// Creates a file, and its folder where needed.
///
/// # Errors
/// When either cannot be created.
pub fn create(file: &Path) -> Result<File> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} could not be created", folder.display()))?;
    }
    File::create(file).with_context(|| format!("{} could not be created", file.display()))
}
