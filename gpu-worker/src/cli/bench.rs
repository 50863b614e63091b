//! `inktensor bench`: how fast models run here, and how fast they could.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use gpu_worker::bench::{Ceilings, Effort, ModelReport, Options, Rates, Times, bench, measure_ceilings};
use gpu_worker::evaluation::{Verdict, open_model};
use gpu_worker::gpu::{AdapterInfo, Clock, Engine, Tuning};
use serde::Serialize;

use super::common::PrintArgs;
use super::dims::DimArgs;
use super::limits::LimitArgs;

/// Nodes that are shown of a model.
const SHOWN_NODES: usize = 12;

/// What to measure, and how.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// The models, ONNX files; without one only the adapter is measured.
    models: Vec<PathBuf>,
    /// Samples of a batch, for models that leave an input's first dimension open.
    #[arg(long, value_name = "SAMPLES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    #[command(flatten)]
    dims: DimArgs,
    /// Time each operator by itself, too.
    #[arg(long)]
    per_operator: bool,
    /// Runs of each model that count.
    #[arg(long, value_name = "RUNS", conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..))]
    iterations: Option<u32>,
    /// Seconds for which each model runs, three runs at least.
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// Do not measure what the adapter does at most, which takes a few seconds.
    #[arg(long, requires = "models")]
    no_ceilings: bool,
    /// What the made-up inputs depend on.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Run on the first adapter whose name contains this; `inktensor doctor` lists them.
    #[arg(long, value_name = "NAME", env = "INKTENSOR_ADAPTER")]
    adapter: Option<String>,
    /// Measure which of the kernels that do the same is fastest, and keep that in this folder; without, the engine takes those that suit
    /// the kind of the adapter, as evaluation always does.
    #[arg(long, value_name = "FOLDER", env = "INKTENSOR_TUNING")]
    tune: Option<PathBuf>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct Report {
    adapter: AdapterInfo,
    ceilings: Option<Ceilings>,
    models: Vec<ModelLine>,
}

/// One model.
#[derive(Debug, Serialize)]
struct ModelLine {
    model: PathBuf,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Measured(Box<ModelReport>),
    Failed { failed: String },
}

fn seconds(text: &str) -> anyhow::Result<f64> {
    let seconds: f64 = text
        .parse()
        .with_context(|| format!("`{text}` is no number of seconds"))?;
    if (0.0..=86_400.0).contains(&seconds) {
        Ok(seconds)
    } else {
        bail!("`{text}` is no number of seconds from 0 to 86400")
    }
}

/// Measures the adapter, then each model; goes on after one that fails.
///
/// # Errors
/// When the adapter cannot be measured, or a model could not.
pub fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let engine = args.engine()?;
    let ceilings = if args.no_ceilings {
        None
    } else {
        Some(measure_ceilings(&engine).context("the adapter cannot be measured")?)
    };
    if !args.print.json {
        print_adapter(engine.info(), ceilings.as_ref());
    }
    let mut report = Report {
        adapter: engine.info().clone(),
        ceilings,
        models: Vec::with_capacity(args.models.len()),
    };
    for model in &args.models {
        let outcome = match args.measure(&engine, report.ceilings.as_ref(), model) {
            Ok(measured) => Outcome::Measured(Box::new(measured)),
            Err(error) => Outcome::Failed {
                failed: format!("{error:#}"),
            },
        };
        if !args.print.json {
            print_model(model, &outcome);
        }
        report.models.push(ModelLine {
            model: model.clone(),
            outcome,
        });
    }
    if args.print.json {
        println!(
            "{}",
            serde_json::to_string(&report).context("the report cannot be written as JSON")?
        );
    }
    let is_failed = |line: &&ModelLine| matches!(line.outcome, Outcome::Failed { .. });
    match report.models.iter().filter(is_failed).count() {
        0 => Ok(()),
        failed => bail!("{failed} of {} models could not be measured", report.models.len()),
    }
}

impl BenchArgs {
    fn engine(&self) -> anyhow::Result<Arc<Engine>> {
        let mut engine = Engine::new(&self.adapter.clone().into())?;
        if let Some(folder) = &self.tune {
            engine = engine.tuning_in(folder);
        }
        if let Some(warning) = engine.tuning().and_then(Tuning::warning) {
            eprintln!("warning: {warning}");
        }
        Ok(Arc::new(engine))
    }

    fn measure(&self, engine: &Arc<Engine>, ceilings: Option<&Ceilings>, model: &Path) -> anyhow::Result<ModelReport> {
        let limits = self.limits.limits();
        let artifact = match open_model(model, &limits) {
            Ok(artifact) => artifact,
            Err(Verdict::Failed { message, .. }) => bail!(message),
            Err(Verdict::Ok(_)) => bail!("the model was not read"),
        };
        let options = Options {
            lengths: self.dims.lengths(self.batch),
            seed: self.seed,
            effort: self.iterations.map_or_else(
                || Effort::Time(Duration::from_secs_f64(self.seconds)),
                Effort::Iterations,
            ),
            by_operator: self.per_operator,
        };
        Ok(bench(engine, &artifact, &limits, ceilings, &options)?)
    }
}

fn print_adapter(adapter: &AdapterInfo, ceilings: Option<&Ceilings>) {
    println!("adapter     {} ({}, {})", adapter.name, adapter.kind, adapter.backend);
    let Some(ceilings) = ceilings else { return };
    println!("copy        {}B/s, read and written", scaled(ceilings.copy));
    println!(
        "product     f32 {}FLOP/s (matrices of {})",
        scaled(ceilings.product_f32),
        ceilings.product_f32_size
    );
    match ceilings.product_f16 {
        Some(rate) => println!("            f16 {}FLOP/s", scaled(rate)),
        None => println!("            f16 none: the adapter has no half precision"),
    }
    println!("arithmetic  f32 {}FLOP/s without memory", scaled(ceilings.multiply_add));
    if let Some(rate) = ceilings.multiply_matrices {
        println!(
            "            f16 {}FLOP/s by cooperative matrices, without memory",
            scaled(rate)
        );
    }
}

fn print_model(model: &Path, outcome: &Outcome) {
    println!();
    println!("model       {}", model.display());
    let report = match outcome {
        Outcome::Failed { failed } => return println!("failed      {failed}"),
        Outcome::Measured(report) => report,
    };
    println!("inputs      {}", report.inputs.join(", "));
    let latency = &report.latency;
    println!(
        "latency     {:.3} ms (median), {:.3} at least, {:.3} at the 95th percentile, of {} runs",
        latency.median_ms,
        latency.min_ms,
        latency.p95_ms,
        latency.runs_ms.len()
    );
    if let Some(processor) = latency.processor_ms {
        println!("            {processor:.3} ms of processor time to a run, all threads together");
    }
    println!(
        "throughput  {:.2} samples/s, {} to a run",
        report.samples_per_second, report.samples
    );
    match &report.rates {
        Some(rates) => println!("reached     {}", reached(rates)),
        None => println!("reached     unknown: the model runs node by node, and only a run tells what it does"),
    }
    let start = &report.start;
    println!(
        "before      {:.0} ms to load, {:.0} to prepare ({:.0} of it compiling), {:.0} for the first run",
        start.load_ms, start.prepare_ms, start.compile_ms, start.first_run_ms
    );
    if let Some(times) = &report.times {
        print_times(times);
    }
}

fn reached(rates: &Rates) -> String {
    let share = |share: Option<f64>, of: &str| {
        share.map_or(String::new(), |share| format!(" ({:.1} % of {of})", 100.0 * share))
    };
    format!(
        "{}FLOP/s{}, {}B/s{}",
        scaled(rates.flops_per_second),
        share(rates.of_product, "the product"),
        scaled(rates.bytes_per_second),
        share(rates.of_copy, "copying")
    )
}

fn print_times(times: &Times) {
    let clock = match times.clock {
        Clock::Timestamps => "by the device's clock",
        Clock::Submissions => "each submitted by itself",
    };
    println!(
        "one run     {:.3} ms in kernels ({clock}), {:.3} on the host, {:.3} to copy in, {:.3} to copy out",
        times.device_ms, times.host_ms, times.upload_ms, times.download_ms
    );
    println!(
        "            {:<28} {:>5} {:>8} {:>10} {:>6} {:>10} {:>8} {:>10} {:>8}",
        "operator", "nodes", "launches", "ms", "%", "FLOP/s", "% of max", "B/s", "% of max"
    );
    for operator in &times.operators {
        println!(
            "            {:<28} {:>5} {:>8} {:>10.3} {:>6.1} {}",
            operator.operator,
            operator.nodes,
            operator.launches,
            operator.ms,
            100.0 * operator.share,
            rate_columns(&operator.rates)
        );
    }
    println!("            the slowest nodes");
    for node in times.nodes.iter().take(SHOWN_NODES) {
        println!(
            "            {:<50} {:>10.3} {:>6} {} {}",
            node.node,
            node.ms,
            "",
            rate_columns(&node.rates),
            node.kernels.join(" ")
        );
    }
}

fn rate_columns(rates: &Rates) -> String {
    let share = |share: Option<f64>| share.map_or_else(|| "-".into(), |share| format!("{:.1}", 100.0 * share));
    format!(
        "{:>10} {:>8} {:>10} {:>8}",
        scaled(rates.flops_per_second),
        share(rates.of_product),
        scaled(rates.bytes_per_second),
        share(rates.of_copy)
    )
}

/// A rate in thousands, millions and so on: `1.23 G`.
fn scaled(rate: f64) -> String {
    let units = ["", "k", "M", "G", "T", "P"];
    let mut rate = rate;
    let mut unit = 0;
    while rate >= 1000.0 && unit + 1 < units.len() {
        rate /= 1000.0;
        unit += 1;
    }
    format!("{rate:.2} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_in_the_largest_unit_that_fits() {
        assert_eq!(scaled(0.0), "0.00 ");
        assert_eq!(scaled(999.0), "999.00 ");
        assert_eq!(scaled(1_234_000_000.0), "1.23 G");
        assert_eq!(scaled(2e18), "2000.00 P");
    }

    #[test]
    fn only_a_time_that_can_be_waited_for_is_taken() {
        assert_eq!(seconds("0.5").unwrap(), 0.5);
        for text in ["", "-1", "nan", "inf", "1e9"] {
            seconds(text).expect_err(text);
        }
    }
}
