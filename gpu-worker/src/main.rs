//! The binary `inktensor`.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    if cli.runs_models() {
        restart_for_wider_vectors();
    }
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts this program anew in this process if that makes its adapters faster: a driver reads its variables only once. Where it cannot be
/// started, it goes on as it is.
#[cfg(unix)]
fn restart_for_wider_vectors() {
    use std::os::unix::process::CommandExt;

    let (Some((variable, value)), Ok(program)) =
        (gpu_worker::gpu::variable_for_wider_vectors(), std::env::current_exe())
    else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut command = std::process::Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // What Mesa's layer that looks for a display has to say, it has said.
    command.env("NODEVICE_SELECT", "1");
    let _failed = command.args(arguments).env(variable, value).exec();
}

/// Other systems cannot.
#[cfg(not(unix))]
fn restart_for_wider_vectors() {}
