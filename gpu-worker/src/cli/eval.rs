//! `inktensor eval`: a model on a data set.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, bail};
use gpu_worker::evaluation::{Evaluation, Options, Request, Sample, Verdict};
use gpu_worker::hash::Hash;
use gpu_worker::metrics::{Confusion, Metric, Score};
use indicatif::{ProgressBar, ProgressStyle};

use super::common::PrintArgs;
use super::confined::confined;
use super::data::DataArgs;
use super::end::EndArgs;
use super::limits::{LimitArgs, ProcessArgs};

/// What to evaluate, and how.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// The model: an ONNX file, or a bundle of one and its weights.
    model: PathBuf,
    /// The data: an .npz archive, a .safetensors or Parquet file, or a folder with a folder of PNG and JPEG images for each class.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// What to measure, such as accuracy, top-k:5, f1:macro or roc-auc; may be given several times.
    #[arg(long = "metric", value_name = "NAME[:PARAMETER]", default_value = "accuracy")]
    metrics: Vec<Metric>,
    #[command(flatten)]
    data_options: DataArgs,
    /// The BLAKE2-256 hash that the model must have.
    #[arg(long, value_name = "HEX")]
    hash: Option<Hash>,
    /// Run on the first adapter whose name contains this; `inktensor doctor` lists them.
    #[arg(long, value_name = "NAME", env = "INKTENSOR_ADAPTER")]
    adapter: Option<String>,
    /// Samples of one batch; halved until a batch fits the adapter and the limits.
    #[arg(long, value_name = "SAMPLES", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// Evaluate only this many samples, drawn by --sample-seed.
    #[arg(long, value_name = "SAMPLES", requires = "sample_seed", value_parser = clap::value_parser!(u32).range(1..))]
    sample_size: Option<u32>,
    /// What the drawing of samples depends on, such as a block hash.
    #[arg(long, value_name = "HEX", requires = "sample_size")]
    sample_seed: Option<Hash>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    end: EndArgs,
}

impl EvalArgs {
    fn request(&self) -> anyhow::Result<Request> {
        let sample = match (self.sample_seed, self.sample_size) {
            (Some(seed), Some(size)) => Some(Sample {
                seed,
                size: size as usize,
            }),
            _ => None,
        };
        Ok(Request {
            model: self.model.clone(),
            data: self.data.clone(),
            data_options: self.data_options.options()?,
            hash: self.hash,
            adapter: self.adapter.clone().into(),
            limits: self.limits.limits(),
            options: Options {
                batch: self.batch as usize,
                sample,
                metrics: self.metrics.clone(),
            },
        })
    }
}

/// Evaluates, prints the verdict, and fails if it is one.
///
/// # Errors
/// When the model fails, or something on the way to it.
pub fn run(args: &EvalArgs) -> anyhow::Result<()> {
    let bar = if args.print.json || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        progress_bar()?
    };
    args.end.watch()?;
    let (request, shown) = (args.request()?, bar.clone());
    let evaluate = move || {
        request.evaluate(&mut |done, all| {
            shown.set_length(all as u64);
            shown.set_position(done as u64);
        })
    };
    let verdict = confined(&args.process, evaluate).unwrap_or_else(|failed| failed);
    bar.finish_and_clear();
    if args.print.json {
        println!(
            "{}",
            serde_json::to_string(&verdict).context("the verdict cannot be written as JSON")?
        );
    }
    match verdict {
        Verdict::Ok(evaluation) if !args.print.json => print(&evaluation),
        Verdict::Ok(_) => {}
        Verdict::Failed { message, .. } => bail!(message),
    }
    Ok(())
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} samples, {eta} left")?;
    Ok(ProgressBar::new(0).with_style(style))
}

fn print(evaluation: &Evaluation) {
    println!(
        "model       {} ({} bytes)",
        evaluation.model.hash, evaluation.model.bytes
    );
    println!("adapter     {}", evaluation.adapter);
    println!("samples     {}", evaluation.samples);
    evaluation.scores.iter().for_each(print_score);
    let timing = &evaluation.timing;
    println!(
        "time        {:.2} ms a batch of {}, {:.0} samples a second, {:.0} ms to start",
        timing.median_batch_ms, timing.batch, timing.samples_per_second, timing.start_ms
    );
    println!("operations  {} a sample", evaluation.flops_per_sample);
    if let Some(classes) = &evaluation.classes {
        println!("right       {} of {}", classes.correct, evaluation.samples);
        print_confusion(&classes.confusion);
    }
}

fn print_score(score: &Score) {
    let better = if score.higher_is_better { "more" } else { "less" };
    match (score.value, &score.undefined) {
        (Some(value), _) => println!("{:<11} {value:.6} ({better} is better)", score.metric),
        (None, why) => println!(
            "{:<11} undefined: {}",
            score.metric,
            why.as_deref().unwrap_or("it has no value")
        ),
    }
}

fn print_confusion(confusion: &Confusion) {
    println!("confusion   rows: truth, columns: prediction");
    let classes = &confusion.classes;
    println!(
        "       {}",
        classes.iter().map(|class| format!("{class:>6}")).collect::<String>()
    );
    for (class, row) in classes.iter().zip(&confusion.counts) {
        println!(
            "{class:>6} {}",
            row.iter().map(|count| format!("{count:>6}")).collect::<String>()
        );
    }
}
