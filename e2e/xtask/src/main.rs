//! `cargo xtask`: takes a fresh machine to a running network (`up`), tests all of it (`test`), and deploys the contracts to any
//! chain (`deploy`).

mod args;
mod browser;
mod builds;
mod cargo_contract;
mod contracts;
mod counts;
mod debian;
mod deploy;
mod deployment;
mod packages;
mod parts;
mod places;
mod process;
mod progress;
mod schedule;
mod serve;
mod setup;
mod steps;
mod suite;
mod test;
mod toolchain;
mod tools;
mod up;
mod wasm_std;

use std::process::ExitCode;

use anyhow::Result;
use args::Task;

fn main() -> ExitCode {
    let task = match args::parse(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    let _stop = process::StopAllOnDrop;
    match process::stop_children_on_signals().and_then(|()| run(task)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::Help => {
            println!("{}", args::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Task::Setup => setup::run(&places::Places::find()?).map(|()| ExitCode::SUCCESS),
        Task::Deploy(target) => deploy::run(&places::Places::find()?, &target).map(|()| ExitCode::SUCCESS),
        Task::Up(options) => up::run(&places::Places::find()?, &options),
        Task::Test(options) => test::run(&places::Places::find()?, &options),
    }
}
