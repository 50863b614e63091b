//! `inktensor doctor`: what this machine can run models on.

use super::common::PrintArgs;
use anyhow::{Context, bail};
use gpu_worker::diagnosis::{Diagnosis, Examination, diagnose};

/// How to report.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    print: PrintArgs,
}

/// Tries every adapter, and fails if the one that would be taken does not work.
///
/// # Errors
/// When no model could run.
pub fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let diagnosis = diagnose();
    if args.print.json {
        println!(
            "{}",
            serde_json::to_string(&diagnosis).context("the diagnosis cannot be written as JSON")?
        );
    } else {
        print(&diagnosis);
    }
    if diagnosis.is_healthy() {
        Ok(())
    } else {
        bail!("no model can run here")
    }
}

fn print(diagnosis: &Diagnosis) {
    const MIB: u64 = 1 << 20;
    for examination in &diagnosis.adapters {
        let (adapter, limits) = (&examination.adapter, &examination.adapter.limits);
        println!("{} ({}, {})", adapter.name, adapter.kind, adapter.backend);
        println!("  driver      {}", adapter.driver);
        println!(
            "  tensors     up to {} MiB, {} to a kernel",
            limits.tensor_bytes / MIB,
            limits.bindings
        );
        println!(
            "  workgroups  {} threads, {} bytes shared",
            limits.workgroup_threads, limits.workgroup_bytes
        );
        println!(
            "  features    f16 {}, subgroups {}, cooperative matrices {}",
            yes(limits.has_f16),
            subgroups(examination),
            matrices(examination)
        );
        match &examination.problem {
            None => println!("  works       yes: a product of matrices came out right"),
            Some(problem) => println!("  works       no: {problem}"),
        }
    }
    print_confinement(diagnosis);
    if let Some(advice) = diagnosis.advice {
        println!("{advice}");
    }
}

fn print_confinement(diagnosis: &Diagnosis) {
    let confinement = &diagnosis.confinement;
    println!("evaluations");
    println!("  network     {}", closed(confinement.no_network));
    println!("  processes   {}", closed(confinement.no_other_processes));
    println!("  new files   {}", closed(confinement.no_new_files));
    println!("  file writes {}", closed(confinement.no_writes));
    if let Some(problem) = &diagnosis.confinement_problem {
        println!("  problem     {problem}");
    }
}

fn subgroups(examination: &Examination) -> String {
    let limits = &examination.adapter.limits;
    match limits.has_subgroups {
        true => format!("of up to {} threads", limits.subgroup_threads),
        false => "no".into(),
    }
}

fn matrices(examination: &Examination) -> String {
    match examination.adapter.limits.cooperative_matrix {
        None => "no".into(),
        Some(side) if examination.multiplies_matrices => format!("of {side} x {side}"),
        Some(side) => format!("of {side} x {side}, not used: they are multiplied wrongly or there is no room"),
    }
}

fn closed(is_closed: bool) -> &'static str {
    if is_closed {
        "closed"
    } else {
        "open: run validators in a container that closes it"
    }
}

fn yes(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}
