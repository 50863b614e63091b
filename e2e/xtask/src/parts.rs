//! The parts of `cargo xtask test`.

use crate::places::Places;
use std::process::Command;

/// How the outcome of a part is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A check that passes or fails as a whole.
    Check,
    /// Rust's test binaries.
    Libtest,
}

/// One part: a command that tests something.
pub struct Part {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// What it tests.
    pub what: &'static str,
    /// How its outcome is read.
    pub runner: Runner,
    /// What is run.
    pub command: Command,
}

/// Crates that are tested natively, apart from those of the chain.
const NATIVE: [&str; 5] = [
    "yuma",
    "inktensor-primitives",
    "inktensor-client",
    "gpu-worker",
    "xtask",
];

/// All parts, in the order they run in: the quickest answers come first.
pub fn all(places: &Places) -> Vec<Part> {
    vec![
        Part {
            name: "format",
            what: "rustfmt",
            runner: Runner::Check,
            command: cargo(places, &["fmt", "--all", "--check"]),
        },
        Part {
            name: "lint",
            what: "clippy, warnings denied",
            runner: Runner::Check,
            command: with_packages(places, &["clippy", "--all-targets"], &["--", "-D", "warnings"]),
        },
        Part {
            name: "native",
            what: "unit and property tests",
            runner: Runner::Libtest,
            command: with_packages(places, &["test", "--no-fail-fast"], &[]),
        },
    ]
}

fn with_packages(places: &Places, start: &[&str], end: &[&str]) -> Command {
    let packages = NATIVE.iter().flat_map(|name| ["-p", name]);
    let words: Vec<&str> = start
        .iter()
        .copied()
        .chain(packages)
        .chain(end.iter().copied())
        .collect();
    cargo(places, &words)
}

fn cargo(places: &Places, arguments: &[&str]) -> Command {
    let mut command = places.cargo();
    command.args(arguments);
    command
}
