//! Named steps of a plan: what each is for, what it waits for, and how long it took. `schedule` runs them.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    process::{create, display, last_lines, run_logged},
    progress::{Screen, clock},
};

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: it was there already.
    Ready,
    /// The work.
    Done,
}

type Work<'a> = Box<dyn FnOnce(&mut Task) -> Result<Outcome> + Send + 'a>;

/// One step of a plan.
pub struct Step<'a> {
    /// What the step is called.
    pub name: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// The steps that must have ended before it starts, as far as the plan has them.
    pub after: &'static [&'static str],
    work: Work<'a>,
}

impl<'a> Step<'a> {
    /// A step that may start when the steps named in `after`, as far as the plan has them, have ended.
    pub fn new(
        name: &'static str,
        why: &'static str,
        after: &'static [&'static str],
        work: impl FnOnce(&mut Task) -> Result<Outcome> + Send + 'a,
    ) -> Self {
        Self {
            name,
            why,
            after,
            work: Box::new(work),
        }
    }

    /// Does the work, logging to a file.
    ///
    /// # Errors
    /// When the work fails, or the log cannot be created.
    pub fn run(self, log: &Path, screen: &Screen) -> Result<Outcome> {
        let mut task = Task {
            name: self.name,
            log: create(log)?,
            path: log.to_path_buf(),
            screen,
        };
        (self.work)(&mut task)
    }
}

/// What a running step sees: its log and the screen.
pub struct Task<'a> {
    name: &'static str,
    log: File,
    path: PathBuf,
    screen: &'a Screen,
}

impl Task<'_> {
    /// Says what the step is at.
    pub fn report(&self, what: &str) {
        self.screen.set(self.name, what);
    }

    /// Writes a line into the step's log.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn note(&mut self, line: &str) -> Result<()> {
        use std::io::Write;
        writeln!(self.log, "{line}").context("the log could not be written")
    }

    /// Runs a command into the step's log, reporting Cargo's progress.
    ///
    /// # Errors
    /// When the command cannot be started or takes longer than `limit`.
    pub fn status(&mut self, command: &mut Command, limit: Option<Duration>) -> Result<ExitStatus> {
        self.note(&format!("$ {}", display(command)))?;
        let (screen, name) = (self.screen, self.name);
        run_logged(command, &mut self.log, limit, &|line| {
            if let Some(state) = crate::progress::cargo_state(line) {
                screen.set(name, &state);
            }
        })
    }

    /// Runs a command that must succeed.
    ///
    /// # Errors
    /// When it cannot be started or fails; the error holds the end of its output.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        let status = self.status(command, None)?;
        if status.success() {
            return Ok(());
        }
        bail!(
            "`{}` failed ({status})\n{}",
            display(command),
            last_lines(&self.path, 25)
        )
    }
}

/// How long one step took.
#[derive(Clone, Debug)]
pub struct Timing {
    /// The step's name.
    pub name: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// What it did.
    pub outcome: Outcome,
    /// From its start to its end.
    pub time: Duration,
}

/// The table of step times.
pub fn table(timings: &[Timing]) -> String {
    let width = timings.iter().map(|timing| timing.name.len()).max().unwrap_or(4).max(4);
    let mut lines = vec![format!("{:width$}  {:>8}  {:9}  why", "step", "time", "state")];
    for timing in timings {
        let state = if timing.outcome == Outcome::Ready {
            "was there"
        } else {
            "done"
        };
        lines.push(format!(
            "{:width$}  {:>8}  {state:9}  {}",
            timing.name,
            clock(timing.time),
            timing.why
        ));
    }
    lines.join("\n")
}
