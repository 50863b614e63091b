//! `inktensor bundle`: a graph and its weights in one file, which one hash covers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gpu_worker::hash::Hash;
use gpu_worker::model::{bundle, files_beside};

use super::common::PrintArgs;
use super::limits::LimitArgs;

/// What to bundle.
#[derive(Debug, clap::Args)]
pub struct BundleArgs {
    /// The graph, an ONNX file. Files beside it that its tensors name go along, and a .safetensors file of the same name.
    model: PathBuf,
    /// Where to write the bundle.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Writes the bundle, and tells its hash.
///
/// # Errors
/// When a file cannot be read or written, or the graph names what is no plain file beside it.
pub fn run(args: &BundleArgs) -> Result<()> {
    let graph = read(&args.model)?;
    let beside = files_beside(&args.model, &graph, &args.limits.limits())?;
    let mut files = BTreeMap::from([(name(&args.model)?, graph)]);
    for path in beside {
        files.insert(name(&path)?, read(&path)?);
    }
    ensure!(
        files.len() > 1,
        "{} needs no other file; it can be published as it is",
        args.model.display()
    );
    let bytes = bundle(&files)?;
    std::fs::write(&args.out, &bytes).with_context(|| format!("cannot write {}", args.out.display()))?;
    let names: Vec<&String> = files.keys().collect();
    let hash = Hash::of(&bytes);
    if args.print.json {
        println!(
            "{}",
            serde_json::json!({ "hash": hash, "bytes": bytes.len(), "files": names })
        );
    } else {
        println!(
            "{hash} ({} bytes) in {}: {}",
            bytes.len(),
            args.out.display(),
            join(&names)
        );
    }
    Ok(())
}

fn join(names: &[&String]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn name(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name
        .with_context(|| format!("{} is no plain file", path.display()))?
        .to_owned())
}
