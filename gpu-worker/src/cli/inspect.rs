//! `inktensor inspect`: what a model is and would cost.

use std::path::PathBuf;

use anyhow::{Context, bail};
use gpu_worker::evaluation::{Verdict, open_model};
use gpu_worker::gpu::{AdapterChoice, Engine, GpuError};
use gpu_worker::inspection::{Content, Description, Device, Inspection, Planned, inspect};
use gpu_worker::model::Dim;

use super::common::PrintArgs;
use super::confined::confined;
use super::dims::DimArgs;
use super::limits::{LimitArgs, ProcessArgs};

/// Which model to inspect.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The model: an ONNX file, or a bundle of one and its weights.
    model: PathBuf,
    /// Samples of the batch that costs are given for.
    #[arg(long, value_name = "SAMPLES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// Plan for the first adapter whose name contains this; without, for the most capable, or for none in particular if there is none.
    #[arg(long, value_name = "NAME", env = "INKTENSOR_ADAPTER")]
    adapter: Option<String>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dims: DimArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    process: ProcessArgs,
}

/// Inspects the model, and fails if it would be refused.
///
/// # Errors
/// When the engine would refuse the model.
pub fn run(args: &InspectArgs) -> anyhow::Result<()> {
    let limits = args.limits.limits();
    let (path, lengths) = (args.model.clone(), args.dims.lengths(args.batch));
    let choice = AdapterChoice::from(args.adapter.clone());
    let look = move || {
        let artifact = open_model(&path, &limits)?;
        let device = device(&choice)?;
        Ok(inspect(&artifact, &limits, &lengths, device.as_ref()))
    };
    let inspection = match confined(&args.process, look).and_then(|found| found) {
        Ok(inspection) => inspection,
        Err(refused) => {
            if args.print.json {
                println!("{}", serde_json::json!({ "refused": refused }));
            }
            return fail(refused);
        }
    };
    if args.print.json {
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
            if !args.print.json {
                println!("model       {} ({} bytes)", model.hash, model.bytes);
                print(&description);
            }
            Ok(())
        }
    }
}

/// The adapter of choice; none where there is none at all.
fn device(choice: &AdapterChoice) -> Result<Option<Device>, Verdict> {
    match Engine::new(choice) {
        Ok(engine) => Ok(Some(Device::from(&engine))),
        Err(GpuError::NoAdapter) => Ok(None),
        Err(error) => Err(error.into()),
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
    let adapter = description.adapter.as_deref();
    match (&description.planned, &description.unplanned) {
        (Some(planned), _) => print_planned(description, planned),
        (None, reason) => {
            println!(
                "costs       known only in a run: {}",
                reason.as_deref().unwrap_or("no plan can be made")
            );
            println!(
                "runs        node by node on {}: each node in kernels where there are such for its types, else on the host",
                adapter.unwrap_or("an adapter, of which there is none here")
            );
        }
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
        "memory      {} bytes on the device: {} of constants, {} of intermediate values and {} for copies that kernels read",
        memory.total_bytes, memory.constant_bytes, memory.slot_bytes, memory.staged_bytes
    );
    println!(
        "            {} values share {} slots, the largest of {} bytes; apart they would take {} bytes",
        memory.values, memory.slots, memory.largest_slot_bytes, memory.unshared_bytes
    );
    match &description.adapter {
        Some(adapter) => println!(
            "kernels     {} launches on {adapter}{}",
            planned.launches,
            multiplying(description.cooperative_matrix)
        ),
        None => println!(
            "kernels     {} launches; there is no adapter here, so what kernels take besides, such as weights in another order, is left out",
            planned.launches
        ),
    }
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

/// What kernels for products of float16 may use.
fn multiplying(side: Option<u32>) -> String {
    side.map_or_else(String::new, |side| {
        format!(", products of float16 by cooperative matrices of {side} x {side}")
    })
}

fn join(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(", "))
}
