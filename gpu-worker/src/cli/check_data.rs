//! `inktensor check-data`: whether a data set can be opened, for a process that leaves a stranger's file to others.

use std::path::PathBuf;

use anyhow::Context;
use gpu_worker::data::Dataset;
use gpu_worker::evaluation::{Reason, Verdict};

use super::confined::confined;
use super::data::DataArgs;
use super::end::EndArgs;
use super::limits::ProcessArgs;

/// Which data to open.
#[derive(Debug, clap::Args)]
pub struct CheckDataArgs {
    /// The data, as `inktensor eval` takes it.
    data: PathBuf,
    #[command(flatten)]
    data_options: DataArgs,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    end: EndArgs,
}

/// Prints, as JSON, null or why the data cannot be used.
///
/// # Errors
/// When flags do not fit each other, or nothing can be printed.
pub fn run(args: &CheckDataArgs) -> anyhow::Result<()> {
    args.end.watch()?;
    let (path, options) = (args.data.clone(), args.data_options.options()?);
    let open = move || Dataset::open(&path, &options).map(drop);
    let failed = match confined(&args.process, open) {
        Ok(opened) => opened.err().map(|error| Verdict::failed(Reason::BadData, error)),
        Err(failed) => Some(failed),
    };
    println!(
        "{}",
        serde_json::to_string(&failed).context("the verdict cannot be written as JSON")?
    );
    Ok(())
}
