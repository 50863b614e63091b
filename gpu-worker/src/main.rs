//! The binary `inktensor`.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    widen_vectors();
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Has Mesa's llvmpipe compute with vectors as wide as the processor's, which by itself it does to 256 bits only, unless its user has chosen
/// a width. On a Zen 4 models take a tenth less of the processor's time so, see e2e/bench/NOTES.md.
#[allow(unsafe_code)]
fn widen_vectors() {
    const WIDTH: &str = "LP_NATIVE_VECTOR_WIDTH";
    if gpu_worker::gpu::has_wide_vectors() && std::env::var_os(WIDTH).is_none() {
        // SAFETY: this is the first that the process does, so there is no other thread that could read its environment meanwhile.
        unsafe { std::env::set_var(WIDTH, "512") };
    }
}
