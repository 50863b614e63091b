//! `cargo xtask test`: the set-up, then every part. A part that fails, or cannot run, does not stop the next one.

use std::{
    collections::BTreeSet,
    fs::File,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    args::TestOptions,
    builds,
    counts::{Counts, failed_test},
    deploy,
    parts::{self, Part, Runner},
    places::Places,
    process::{create, display, last_lines, run_logged},
    progress::{Screen, cargo_state, clock},
    schedule, setup,
    steps::{self, Step},
    suite, toolchain,
    up::Network,
};

struct Outcome {
    name: &'static str,
    counts: Counts,
    time: Duration,
    failures: Vec<String>,
}

/// Runs the tests; the exit code says whether all passed.
///
/// # Errors
/// When there is no compiler to begin with, or a part is asked for that there is none of.
pub fn run(places: &Places, options: &TestOptions) -> Result<ExitCode> {
    toolchain::check_native()?;
    let network = Network::new(places, 0)?;
    let parts = chosen(parts::all(places, &network), options)?;
    eprintln!("set-up in {}", places.cache.display());
    let report = schedule::run_all(plan(places, &network, &parts), &|name| places.log(name));
    eprintln!("\n{}\n", steps::table(&report.timings));
    for (step, error) in &report.failures {
        eprintln!("step \"{step}\" could not be completed: {error:#}");
    }

    // Only now is it known with which compiler the chain is built.
    let parts = chosen(parts::all(places, &network), options)?;
    let screen = Screen::new(parts.len());
    let mut outcomes = Vec::new();
    for part in parts {
        let failed = part.needs.iter().find(|need| report.failures.contains_key(*need));
        outcomes.push(match failed {
            Some(step) => not_run(&part, step),
            None => run_part(places, &screen, part),
        });
    }
    screen.close();
    Ok(sum_up(&outcomes))
}

/// The steps that the parts need, and those that these need.
fn plan<'a>(places: &'a Places, network: &'a Network, parts: &[Part]) -> Vec<Step<'a>> {
    let mut plan = setup::base(places);
    // The longest first: what others wait for is done beside it.
    plan.push(builds::node(places));
    plan.extend(setup::tools(places));
    plan.push(builds::worker(places));
    plan.push(deploy::build_step(places));
    plan.push(deploy::subtensor_step(places));
    plan.push(builds::dapp(places));
    plan.push(setup::npm(places));
    plan.push(suite::step(places));
    plan.push(network.page_step());
    plan.extend(network.steps());
    let mut wanted: BTreeSet<&str> = parts.iter().flat_map(|part| part.needs.iter().copied()).collect();
    loop {
        let before = wanted.len();
        let more: Vec<&str> = plan
            .iter()
            .filter(|step| wanted.contains(step.name))
            .flat_map(|step| step.after.iter().copied())
            .collect();
        wanted.extend(more);
        if wanted.len() == before {
            break;
        }
    }
    plan.retain(|step| wanted.contains(step.name));
    plan
}

fn not_run(part: &Part, step: &str) -> Outcome {
    eprintln!("  ✗ {}: cannot run without the step \"{step}\"", part.name);
    Outcome {
        name: part.name,
        counts: Counts::of_check(false),
        time: Duration::ZERO,
        failures: vec![format!("it cannot run without the step \"{step}\", which failed")],
    }
}

fn chosen(parts: Vec<Part>, options: &TestOptions) -> Result<Vec<Part>> {
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    if let Some(unknown) = options.only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no part {unknown:?}; there are: {}", names.join(", "));
    }
    let is_chosen = |part: &Part| options.only.is_empty() || options.only.iter().any(|name| name == part.name);
    Ok(parts.into_iter().filter(is_chosen).collect())
}

fn run_part(places: &Places, screen: &Screen, mut part: Part) -> Outcome {
    screen.start(part.name, part.what);
    let start = Instant::now();
    let counts = Mutex::new(Counts::default());
    let failures = Mutex::new(Vec::new());
    let log = places.log(&format!("test {}", part.name));
    let result = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut file = create(&log)?;
            write_command(&mut file, &part)?;
            run_logged(&mut part.command, &mut file, None, &|line| {
                if let Some(state) = cargo_state(line) {
                    screen.set(part.name, &state);
                }
                if let Some(test) = failed_test(line) {
                    failures
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(test.to_owned());
                }
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                match part.runner {
                    Runner::Check => {}
                    Runner::Libtest => counts.read_libtest(line),
                    Runner::Tap => counts.read_tap(line),
                    Runner::Conformance => counts.read_conformance(line),
                }
            })
        });
        while !run.is_finished() {
            std::thread::sleep(Duration::from_millis(50));
            screen.tick();
        }
        run.join()
            .unwrap_or_else(|_| bail!("the part panicked; this is an error in xtask"))
    });
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let is_success = result.as_ref().is_ok_and(std::process::ExitStatus::success);
    let counts = match part.runner {
        Runner::Check => Counts::of_check(is_success),
        Runner::Libtest | Runner::Tap | Runner::Conformance => counts.of_runner(is_success),
    };
    if counts.failed == 0 {
        screen.end(part.name, false, start.elapsed());
    } else {
        screen.fail(part.name);
        if let Err(error) = result {
            failures.push(format!("{error:#}"));
        }
        failures.push(format!("`{}`, log: {}", display(&part.command), log.display()));
        eprintln!("{}", last_lines(&log, 60));
    }
    Outcome {
        name: part.name,
        counts,
        time: start.elapsed(),
        failures,
    }
}

fn write_command(file: &mut File, part: &Part) -> Result<()> {
    use std::io::Write;
    writeln!(file, "$ {}", display(&part.command)).context("the log could not be written")
}

fn sum_up(outcomes: &[Outcome]) -> ExitCode {
    let mut total = Counts::default();
    eprintln!("\n{:17}  {:>8}  {:>7}  {:>7}", "part", "time", "passed", "failed");
    for outcome in outcomes {
        let Counts { passed, failed } = outcome.counts;
        eprintln!(
            "{:17}  {:>8}  {passed:>7}  {failed:>7}",
            outcome.name,
            clock(outcome.time)
        );
        total += outcome.counts;
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.counts.failed > 0) {
        for failure in &outcome.failures {
            eprintln!("failed in {}: {failure}", outcome.name);
        }
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
