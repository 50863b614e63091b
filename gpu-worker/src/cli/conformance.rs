//! `inktensor conformance`: a suite of ONNX backend tests.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use gpu_worker::conformance::{Case, CaseResult, Outcome, Report, Worker, WorkerOptions, find_cases, run_case};
use gpu_worker::gpu::Engine;
use indicatif::{ProgressBar, ProgressStyle};

use super::common::PrintArgs;
use super::limits::LimitArgs;

/// Which suite, and how.
#[derive(Debug, clap::Args)]
pub struct ConformanceArgs {
    /// The folder with the cases, searched with all folders in it.
    #[arg(long, value_name = "DIR", required_unless_present = "serve_cases")]
    suite: Option<PathBuf>,
    /// Run only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Run only the cases that this file names, one a line; each must be there. Lines that start with # are comments.
    #[arg(long, value_name = "FILE", conflicts_with = "only")]
    list: Option<PathBuf>,
    /// Run on the first adapter whose name contains this; `inktensor doctor` lists them.
    #[arg(long, value_name = "NAME", env = "INKTENSOR_ADAPTER")]
    adapter: Option<String>,
    /// Processes that run cases at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Seconds that a case may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
    #[command(flatten)]
    print: PrintArgs,
    /// Write the table by operator to this file, as Markdown.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Write a table of how far the results of kernels lie from the expected ones to this file, as Markdown.
    #[arg(long, value_name = "FILE")]
    deviations: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Read cases from standard input and write their results, one a line.
    #[arg(long, hide = true)]
    serve_cases: bool,
}

/// Runs the suite.
///
/// # Errors
/// When the suite cannot be read, or a case does not pass.
pub fn run(args: &ConformanceArgs) -> anyhow::Result<()> {
    if args.serve_cases {
        return serve(args);
    }
    let suite = args.suite.as_deref().context("--suite is missing")?;
    let mut cases = find_cases(suite).with_context(|| format!("the suite '{}' cannot be read", suite.display()))?;
    if let Some(only) = &args.only {
        cases.retain(|case| case.name().contains(only.as_str()));
    }
    if let Some(list) = &args.list {
        cases = listed(cases, list)?;
    }
    if cases.is_empty() {
        bail!("there are no cases in '{}'", suite.display());
    }
    let adapter = Engine::new(&args.adapter.clone().into())?.info().name.clone();
    let report = Report::new(adapter, run_all(args, &cases)?);
    if let Some(path) = &args.table {
        let page = report.to_markdown("inktensor conformance --suite onnx/backend/test/data --table CONFORMANCE.md");
        std::fs::write(path, page).with_context(|| format!("'{}' cannot be written", path.display()))?;
    }
    if let Some(path) = &args.deviations {
        let table = report.deviations_to_markdown();
        std::fs::write(path, table).with_context(|| format!("'{}' cannot be written", path.display()))?;
    }
    if args.print.json {
        println!(
            "{}",
            serde_json::to_string(&report).context("the report cannot be written as JSON")?
        );
    } else {
        print(&report);
    }
    if report.failed > 0 {
        bail!("{} of {} cases did not pass", report.failed, report.total);
    }
    Ok(())
}

/// The cases that a file names, in its order.
fn listed(cases: Vec<Case>, list: &Path) -> anyhow::Result<Vec<Case>> {
    let text = std::fs::read_to_string(list).with_context(|| format!("'{}' cannot be read", list.display()))?;
    let mut by_name: HashMap<String, Case> = cases.into_iter().map(|case| (case.name(), case)).collect();
    let names = text.lines().map(str::trim);
    let names = names.filter(|name| !name.is_empty() && !name.starts_with('#'));
    let take = |name: &str| {
        let case = by_name.remove(name);
        case.with_context(|| format!("the suite has no case '{name}', or '{}' names it twice", list.display()))
    };
    names.map(take).collect()
}

/// Runs every case; results come in the order of the cases.
fn run_all(args: &ConformanceArgs, cases: &[Case]) -> anyhow::Result<Vec<CaseResult>> {
    let options = WorkerOptions {
        program: std::env::current_exe()?,
        arguments: worker_arguments(args),
        timeout: Duration::from_secs(args.timeout.into()),
    };
    let bar = if args.print.json || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {eta} left {msg}")?;
        ProgressBar::new(cases.len() as u64).with_style(style)
    };
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<CaseResult>>> = Mutex::new(vec![None; cases.len()]);
    std::thread::scope(|scope| {
        for _ in 0..args.jobs {
            scope.spawn(|| {
                let mut worker = Worker::new(options.clone());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    let result = worker.run(case);
                    bar.inc(1);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
                }
            });
        }
    });
    bar.finish_and_clear();
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(results.into_iter().flatten().collect())
}

fn worker_arguments(args: &ConformanceArgs) -> Vec<String> {
    let mut arguments = vec!["conformance".to_owned(), "--serve-cases".to_owned()];
    if let Some(adapter) = &args.adapter {
        arguments.extend(["--adapter".to_owned(), adapter.clone()]);
    }
    for (flag, value) in args.limits.limits().flags() {
        arguments.extend([flag.to_owned(), value.to_string()]);
    }
    arguments
}

/// The worker's side: ends when its input does, as when the process that started it is gone.
fn serve(args: &ConformanceArgs) -> anyhow::Result<()> {
    let engine = Arc::new(Engine::new(&args.adapter.clone().into())?);
    let limits = args.limits.limits();
    for line in std::io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?).context("a case was not understood")?;
        let result = run_case(&engine, &case, &limits);
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", serde_json::to_string(&result)?)?;
        output.flush()?;
    }
    Ok(())
}

fn print(report: &Report) {
    println!("adapter      {}", report.adapter);
    println!(
        "passed       {} of {} ({} on the GPU, {} on the host alone)",
        report.passed, report.total, report.passed_on_gpu, report.passed_on_host
    );
    println!(
        "failed       {}, of which {} unsupported",
        report.failed, report.unsupported
    );
    for row in report.operators.iter().filter(|row| row.passed < row.total) {
        println!("{:<32} {} of {}", row.operator, row.passed, row.total);
        for (problem, cases) in &row.problems {
            println!("    {cases:>4} x {problem}");
        }
    }
    for case in report.cases.iter().filter(|case| case.outcome == Outcome::Failed) {
        println!("failed: {}: {}", case.name, case.message.as_deref().unwrap_or_default());
    }
}
