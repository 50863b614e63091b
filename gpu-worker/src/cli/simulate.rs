//! `inktensor simulate`: what a subnet's rules lead to, before anyone stakes on them.

use super::common::PrintArgs;
use anyhow::{Context, Result};
use gpu_worker::simulation::{self, Report, Rules, Scenario};
use indicatif::ProgressBar;
use std::{fs, path::PathBuf};

/// Columns of the drawing in the table.
const DRAWING_WIDTH: usize = 40;
/// Steps of the retention table.
const RETENTION_STEPS: u32 = 10;

/// Runs a scenario file through the consensus of the contracts and shows who earns what over time.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    /// The scenario, as TOML; see gpu-worker/scenarios for examples.
    #[arg(required_unless_present = "retention")]
    file: Option<PathBuf>,
    /// Shows instead what part of emission an honest majority of stake keeps against a cabal, under the scenario's rules or the default
    /// ones.
    #[arg(long)]
    retention: bool,
    /// Also draws who earns what over time, as SVG.
    #[arg(long, value_name = "FILE", conflicts_with = "retention")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    print: PrintArgs,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read or is no scenario, or the chart cannot be written.
pub fn run(args: &SimulateArgs) -> Result<()> {
    let scenario = args.file.as_ref().map(read).transpose()?;
    match scenario {
        Some(scenario) if !args.retention => show(args, &scenario),
        scenario => show_retention(args, &scenario.map(|scenario| scenario.rules).unwrap_or_default()),
    }
}

fn read(file: &PathBuf) -> Result<Scenario> {
    let text = fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
    Scenario::parse(&text).with_context(|| format!("{} is not usable", file.display()))
}

fn show(args: &SimulateArgs, scenario: &Scenario) -> Result<()> {
    let mut report = report(scenario)?;
    if let Some(other) = scenario.other() {
        report = report.versus(self::report(&other)?);
    }
    if let Some(file) = &args.chart {
        let svg = simulation::draw(&report.scenario, &report.series())?;
        fs::write(file, svg).with_context(|| format!("{} could not be written", file.display()))?;
        eprintln!("chart in {}", file.display());
    }
    if args.print.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{}", report.table(DRAWING_WIDTH));
    }
    Ok(())
}

fn report(scenario: &Scenario) -> Result<Report> {
    let progress = ProgressBar::new(u64::from(scenario.epochs));
    let history = simulation::simulate(scenario, |_| progress.inc(1))?;
    progress.finish_and_clear();
    Ok(Report::new(scenario, &history))
}

fn show_retention(args: &SimulateArgs, rules: &Rules) -> Result<()> {
    let progress = ProgressBar::new(u64::from((RETENTION_STEPS + 1).pow(2)));
    let retention = simulation::retention(rules, RETENTION_STEPS, || progress.inc(1))?;
    progress.finish_and_clear();
    if args.print.json {
        println!("{}", serde_json::to_string(&retention)?);
    } else {
        println!("{}", retention.table());
    }
    Ok(())
}
