//! Named steps, two at a time: what each is for, what it waits for, how far it is, and how long it took.

use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    process::{Command, ExitStatus},
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    process::{create, display, last_lines, run_logged},
    progress::{Screen, clock},
};

/// Two steps run side by side: while one waits for the network or for a single long compiler call, the other uses the machine.
const LANES: usize = 2;

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
    name: &'static str,
    why: &'static str,
    after: &'static [&'static str],
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

    /// What the step is called.
    pub fn name(&self) -> &'static str {
        self.name
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

#[derive(Default)]
struct State {
    running: Vec<&'static str>,
    ended: BTreeMap<&'static str, Timing>,
    failure: Option<anyhow::Error>,
}

/// Runs a plan to its end. The first failure ends it: no further step starts.
///
/// # Errors
/// The failure of a step, with its name; or a plan whose steps wait for each other.
pub fn run(plan: Vec<Step>, log: &dyn Fn(&str) -> PathBuf) -> Result<Vec<Timing>> {
    let order: Vec<&'static str> = plan.iter().map(|step| step.name).collect();
    let screen = Screen::new(plan.len());
    let waiting = Mutex::new(plan);
    let state = Mutex::new(State::default());
    let changed = Condvar::new();
    let logs: BTreeMap<&str, PathBuf> = order.iter().map(|name| (*name, log(name))).collect();
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|_| scope.spawn(|| run_lane(&waiting, &state, &changed, &order, &logs, &screen)))
            .collect();
        while lanes.iter().any(|lane| !lane.is_finished()) {
            thread::sleep(Duration::from_millis(50));
            screen.tick();
        }
        for lane in lanes {
            if lane.join().is_err() {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state
                    .failure
                    .get_or_insert_with(|| anyhow!("a step panicked; this is an error in xtask"));
            }
        }
    });
    screen.close();
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match state.failure {
        Some(failure) => Err(failure),
        None => Ok(order.iter().filter_map(|name| state.ended.get(name).cloned()).collect()),
    }
}

fn run_lane(
    waiting: &Mutex<Vec<Step>>,
    state: &Mutex<State>,
    changed: &Condvar,
    order: &[&'static str],
    logs: &BTreeMap<&str, PathBuf>,
    screen: &Screen,
) {
    while let Some(step) = next(waiting, state, changed, order) {
        let (name, why) = (step.name, step.why);
        screen.start(name, why);
        let start = Instant::now();
        let result = logs.get(name).context("the step has no log").and_then(|path| {
            let mut task = Task {
                name,
                log: create(path)?,
                path: path.clone(),
                screen,
            };
            (step.work)(&mut task)
        });
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.running.retain(|running| *running != name);
        match result {
            Ok(outcome) => {
                screen.end(name, outcome == Outcome::Ready, start.elapsed());
                state.ended.insert(
                    name,
                    Timing {
                        name,
                        why,
                        outcome,
                        time: start.elapsed(),
                    },
                );
            }
            Err(error) => {
                screen.fail(name);
                state
                    .failure
                    .get_or_insert(error.context(format!("step \"{name}\" could not be completed")));
            }
        }
        changed.notify_all();
    }
    changed.notify_all();
}

/// Takes the first step that may start; waits while there may be one later.
fn next<'a>(
    waiting: &Mutex<Vec<Step<'a>>>,
    state: &Mutex<State>,
    changed: &Condvar,
    order: &[&'static str],
) -> Option<Step<'a>> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() || state.failure.is_some() {
            return None;
        }
        let ready = waiting.iter().position(|step| {
            step.after
                .iter()
                .all(|needed| state.ended.contains_key(needed) || !order.contains(needed))
        });
        if let Some(index) = ready {
            let step = waiting.remove(index);
            state.running.push(step.name);
            return Some(step);
        }
        if state.running.is_empty() {
            let names: Vec<&str> = waiting.iter().map(|step| step.name).collect();
            state.failure = Some(anyhow!("these steps wait for each other: {}", names.join(", ")));
            return None;
        }
        drop(waiting);
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("xtask-steps-{}-{name}.log", std::process::id()))
    }

    #[test]
    fn a_step_starts_after_those_it_waits_for() {
        let seen = Mutex::new(Vec::new());
        let push = |name| seen.lock().unwrap().push(name);
        let plan = vec![
            Step::new("last", "", &["first", "second"], |_| {
                push("last");
                Ok(Outcome::Done)
            }),
            Step::new("second", "", &["first", "not in this plan"], |_| {
                push("second");
                Ok(Outcome::Done)
            }),
            Step::new("first", "", &[], |_| {
                push("first");
                Ok(Outcome::Ready)
            }),
        ];
        let timings = run(plan, &log).unwrap();
        assert_eq!(*seen.lock().unwrap(), ["first", "second", "last"]);
        assert_eq!(
            timings.iter().map(|timing| timing.name).collect::<Vec<_>>(),
            ["last", "second", "first"]
        );
    }

    #[test]
    fn a_failure_is_told_with_the_name_of_its_step_and_nothing_starts_after_it() {
        let plan = vec![
            Step::new("breaks", "", &[], |_| bail!("no such thing")),
            Step::new("follows", "", &["breaks"], |_| panic!("must not start")),
        ];
        let error = format!("{:#}", run(plan, &log).unwrap_err());
        assert_eq!(error, "step \"breaks\" could not be completed: no such thing");
    }

    #[test]
    fn steps_that_wait_for_each_other_are_an_error() {
        let plan = vec![
            Step::new("hen", "", &["egg"], |_| Ok(Outcome::Done)),
            Step::new("egg", "", &["hen"], |_| Ok(Outcome::Done)),
        ];
        assert_eq!(
            run(plan, &log).unwrap_err().to_string(),
            "these steps wait for each other: hen, egg"
        );
    }
}
