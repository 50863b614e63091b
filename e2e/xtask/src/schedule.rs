//! Runs the steps of a plan, two at a time, each as soon as those it waits for have ended.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};

use crate::{
    process::stop_running,
    progress::Screen,
    steps::{Outcome, Step, Timing},
};

/// Two steps run side by side: while one waits for the network or for a single long compiler call, the other uses the machine.
const LANES: usize = 2;

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Report {
    /// The steps that ended well, in the order of the plan.
    pub timings: Vec<Timing>,
    /// Why the others did not.
    pub failures: BTreeMap<&'static str, anyhow::Error>,
}

/// Runs a plan to its end. The first failure ends it: no further step starts.
///
/// # Errors
/// The failure of a step, with its name; or a plan whose steps wait for each other.
pub fn run(plan: Vec<Step>, log: &dyn Fn(&str) -> PathBuf) -> Result<Vec<Timing>> {
    let report = run_with(plan, log, true);
    match report.failures.into_iter().next() {
        Some((name, error)) => Err(error.context(format!("step \"{name}\" could not be completed"))),
        None => Ok(report.timings),
    }
}

/// Runs as much of a plan as can be run: a failure only keeps those steps from starting that wait for it.
pub fn run_all(plan: Vec<Step>, log: &dyn Fn(&str) -> PathBuf) -> Report {
    run_with(plan, log, false)
}

struct State<'a> {
    waiting: Vec<Step<'a>>,
    running: Vec<&'static str>,
    ended: BTreeMap<&'static str, Timing>,
    failures: BTreeMap<&'static str, anyhow::Error>,
}

struct Schedule<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
    order: Vec<&'static str>,
    logs: BTreeMap<&'static str, PathBuf>,
    screen: Screen,
    stops_at_failure: bool,
}

fn run_with(plan: Vec<Step>, log: &dyn Fn(&str) -> PathBuf, stops_at_failure: bool) -> Report {
    let order: Vec<&'static str> = plan.iter().map(|step| step.name).collect();
    let logs = order.iter().map(|name| (*name, log(name))).collect();
    let screen = Screen::new(order.len());
    let state = State {
        waiting: plan,
        running: Vec::new(),
        ended: BTreeMap::new(),
        failures: BTreeMap::new(),
    };
    let schedule = Schedule {
        state: Mutex::new(state),
        changed: Condvar::new(),
        order,
        logs,
        screen,
        stops_at_failure,
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(|| schedule.run_lane())).collect();
        while lanes.iter().any(|lane| !lane.is_finished()) {
            thread::sleep(Duration::from_millis(50));
            schedule.screen.tick();
        }
        for lane in lanes {
            if lane.join().is_err() {
                schedule
                    .lock()
                    .failures
                    .insert("xtask", anyhow!("a step panicked; this is an error in xtask"));
            }
        }
    });
    schedule.screen.close();
    let Schedule { state, order, .. } = schedule;
    let mut state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let timings = order.iter().filter_map(|name| state.ended.remove(name)).collect();
    Report {
        timings,
        failures: state.failures,
    }
}

impl<'a> Schedule<'a> {
    fn run_lane(&self) {
        while let Some(step) = self.next() {
            let (name, why) = (step.name, step.why);
            self.screen.start(name, why);
            let start = Instant::now();
            let log = self.logs.get(name).context("the step has no log");
            let result = log.and_then(|log| step.run(log, &self.screen));
            let mut state = self.lock();
            state.running.retain(|running| *running != name);
            match result {
                Ok(outcome) => {
                    let time = start.elapsed();
                    self.screen.end(name, outcome == Outcome::Ready, time);
                    state.ended.insert(
                        name,
                        Timing {
                            name,
                            why,
                            outcome,
                            time,
                        },
                    );
                }
                Err(error) => {
                    self.screen.fail(name);
                    let is_first = state.failures.is_empty();
                    // What was stopped because of a failure is not one of its own.
                    if is_first || !self.stops_at_failure {
                        state.failures.insert(name, error);
                    }
                    if is_first && self.stops_at_failure {
                        stop_running();
                    }
                }
            }
            drop(state);
            self.changed.notify_all();
        }
        self.changed.notify_all();
    }

    /// Takes the first step that may start; waits while there may be one later.
    fn next(&self) -> Option<Step<'a>> {
        let mut state = self.lock();
        loop {
            if self.stops_at_failure && !state.failures.is_empty() {
                return None;
            }
            self.give_up_hopeless(&mut state);
            if state.waiting.is_empty() {
                return None;
            }
            let may_start = |step: &Step| {
                step.after
                    .iter()
                    .all(|needed| state.ended.contains_key(needed) || !self.order.contains(needed))
            };
            if let Some(index) = state.waiting.iter().position(may_start) {
                let step = state.waiting.remove(index);
                state.running.push(step.name);
                return Some(step);
            }
            if state.running.is_empty() {
                let names: Vec<&str> = state.waiting.iter().map(|step| step.name).collect();
                let error = anyhow!("these steps wait for each other: {}", names.join(", "));
                let first = state.waiting.first().map_or("xtask", |step| step.name);
                state.failures.insert(first, error);
                state.waiting.clear();
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Steps that wait for a failed one will never start.
    fn give_up_hopeless(&self, state: &mut State) {
        let hopeless = |step: &Step, failures: &BTreeMap<&str, anyhow::Error>| {
            step.after.iter().copied().find(|needed| failures.contains_key(needed))
        };
        while let Some((index, needed)) = state
            .waiting
            .iter()
            .enumerate()
            .find_map(|(index, step)| Some((index, hopeless(step, &state.failures)?)))
        {
            let step = state.waiting.remove(index);
            state
                .failures
                .insert(step.name, anyhow!("it needs the step \"{needed}\", which failed"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_step_starts_after_those_it_waits_for() {
        let logs = tempfile::tempdir().unwrap();
        let log = |name: &str| logs.path().join(name);
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
        let logs = tempfile::tempdir().unwrap();
        let log = |name: &str| logs.path().join(name);
        let plan = vec![
            Step::new("breaks", "", &[], |_| bail!("no such thing")),
            Step::new("follows", "", &["breaks"], |_| panic!("must not start")),
        ];
        let error = format!("{:#}", run(plan, &log).unwrap_err());
        assert_eq!(error, "step \"breaks\" could not be completed: no such thing");
    }

    #[test]
    fn where_all_is_to_run_a_failure_only_stops_what_waits_for_it() {
        let logs = tempfile::tempdir().unwrap();
        let log = |name: &str| logs.path().join(name);
        let plan = vec![
            Step::new("fails", "", &[], |_| bail!("no such thing")),
            Step::new("needs it", "", &["fails"], |_| panic!("must not start")),
            Step::new("needs that", "", &["needs it"], |_| panic!("must not start")),
            Step::new("is free", "", &[], |_| Ok(Outcome::Done)),
        ];
        let report = run_all(plan, &log);
        assert_eq!(
            report.timings.iter().map(|timing| timing.name).collect::<Vec<_>>(),
            ["is free"]
        );
        let failures: Vec<String> = report
            .failures
            .iter()
            .map(|(name, why)| format!("{name}: {why}"))
            .collect();
        let expected = [
            "fails: no such thing",
            "needs it: it needs the step \"fails\", which failed",
            "needs that: it needs the step \"needs it\", which failed",
        ];
        assert_eq!(failures, expected);
    }

    #[test]
    fn steps_that_wait_for_each_other_are_an_error() {
        let logs = tempfile::tempdir().unwrap();
        let log = |name: &str| logs.path().join(name);
        let plan = vec![
            Step::new("hen", "", &["egg"], |_| Ok(Outcome::Done)),
            Step::new("egg", "", &["hen"], |_| Ok(Outcome::Done)),
        ];
        let error = format!("{:#}", run(plan, &log).unwrap_err());
        assert!(error.ends_with("these steps wait for each other: hen, egg"), "{error}");
    }
}
