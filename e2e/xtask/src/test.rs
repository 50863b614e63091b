//! `cargo xtask test`: the set-up, then every part. A part that fails, or cannot run, does not stop the next one.

use std::{
    fs::File,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    args::TestOptions,
    counts::{Counts, failed_test},
    parts::{self, Part, Runner},
    places::Places,
    process::{create, display, last_lines, run_logged},
    progress::{Screen, cargo_state, clock},
    setup, steps, toolchain,
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
/// When the set-up fails, or a part is asked for that there is none of.
pub fn run(places: &Places, options: &TestOptions) -> Result<ExitCode> {
    let parts = chosen(parts::all(places), options)?;
    toolchain::check_native()?;
    eprintln!("set-up in {}", places.cache.display());
    let timings = steps::run(setup::base(places), &|name| places.log(name))?;
    eprintln!("\n{}\n", steps::table(&timings));

    let screen = Screen::new(parts.len());
    let mut outcomes = Vec::new();
    for part in parts {
        outcomes.push(run_part(places, &screen, part));
    }
    screen.close();
    Ok(report(&outcomes))
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
        Runner::Libtest => counts.of_runner(is_success),
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

fn report(outcomes: &[Outcome]) -> ExitCode {
    let mut total = Counts::default();
    eprintln!("\n{:12}  {:>8}  {:>7}  {:>7}", "part", "time", "passed", "failed");
    for outcome in outcomes {
        let Counts { passed, failed } = outcome.counts;
        eprintln!(
            "{:12}  {:>8}  {passed:>7}  {failed:>7}",
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
