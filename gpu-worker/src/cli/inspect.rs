//! `inktensor inspect`: what a model is and would cost.

use std::path::PathBuf;

use anyhow::{Context, bail};
use gpu_worker::evaluation::{Verdict, open_model};
use gpu_worker::inspection::{Content, Description, Inspection, Planned, inspect};
use gpu_worker::model::Dim;

use super::dims::DimArgs;
use super::limits::LimitArgs;

/// Which model to inspect.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The model: an ONNX file, or a bundle of one and its weights.
    model: PathBuf,
    /// Samples of the batch that costs are given for.
    #[arg(long, value_name = "SAMPLES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dims: DimArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Inspects the model, and fails if it would be refused.
///
/// # Errors
/// When the engine would refuse the model.
pub fn run(args: &InspectArgs) -> anyhow::Result<()> {
    let limits = args.limits.limits();
    let inspection = match open_model(&args.model, &limits) {
        Ok(artifact) => inspect(&artifact, &limits, &args.dims.lengths(args.batch)),
        Err(refused) => {
            if args.json {
                println!("{}", serde_json::json!({ "refused": refused }));
            }
            return fail(refused);
        }
    };
    if args.json {
        println!(
            "{}",
            serde_json::to_string(&inspection).context("the inspection cannot be written as JSON")?
        );
    }
    match inspection {
        Inspection {
            content: Content::Refused { refused },
            ..
        } => fail(refused),
        Inspection {
            model,
            content: Content::Accepted(description),
        } => {
            if !args.json {
                println!("model       {} ({} bytes)", model.hash, model.bytes);
                print(&description);
            }
            Ok(())
        }
    }
}

fn fail(refused: Verdict) -> anyhow::Result<()> {
    match refused {
        Verdict::Failed { message, .. } => bail!("the model would be refused: {message}"),
        Verdict::Ok(_) => Ok(()),
    }
}

fn print(description: &Description) {
    let opsets = description
        .opsets
        .iter()
        .map(|(domain, version)| format!("{domain} {version}"));
    println!(
        "producer    {} for {}",
        description.producer,
        opsets.collect::<Vec<_>>().join(", ")
    );
    for input in &description.inputs {
        let dims = input
            .dims
            .as_ref()
            .map_or_else(|| "any shape".into(), |dims| join(dims.iter().map(Dim::to_string)));
        println!("input       {}: {} {dims}", input.name, input.data_type);
    }
    match (&description.planned, &description.unplanned) {
        (Some(planned), _) => print_planned(description, planned),
        (None, reason) => println!(
            "costs       known only in a run, node by node: {}",
            reason.as_deref().unwrap_or("no plan can be made")
        ),
    }
    println!("parameters  {}", description.parameters);
    println!(
        "operators   {:<24} {:>6} {:>8} {:>6} {:>16}",
        "", "nodes", "device", "host", "operations"
    );
    for cost in &description.operators {
        println!(
            "            {:<24} {:>6} {:>8} {:>6} {:>16}",
            cost.operator, cost.nodes, cost.on_device, cost.on_host, cost.flops
        );
    }
}

fn print_planned(description: &Description, planned: &Planned) {
    for output in &planned.outputs {
        println!(
            "output      {}: {} {}",
            output.name,
            output.data_type,
            join(output.dims.iter().map(usize::to_string))
        );
    }
    let lengths = description
        .dims
        .iter()
        .map(|(name, length)| format!(", {name} = {length}"));
    println!(
        "operations  {} for a batch of {}{}",
        planned.flops,
        description.batch,
        lengths.collect::<String>()
    );
    let memory = &planned.memory;
    println!(
        "memory      {} bytes on the device: {} of constants and {} of intermediate values",
        memory.total_bytes, memory.constant_bytes, memory.slot_bytes
    );
    println!(
        "            {} values share {} slots, the largest of {} bytes; apart they would take {} bytes",
        memory.values, memory.slots, memory.largest_slot_bytes, memory.unshared_bytes
    );
    println!("kernels     {} launches", planned.launches);
    if let Some(apart) = &planned.apart {
        println!(
            "            were no steps joined, {} launches with {} bytes in {} slots for {} values",
            apart.launches, apart.memory.slot_bytes, apart.memory.slots, apart.memory.values
        );
    }
    for kernel in &planned.kernels {
        println!(
            "            {:<24} {:>6} launches, {} of them joined with other steps",
            kernel.kernel, kernel.launches, kernel.joined
        );
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(", "))
}
