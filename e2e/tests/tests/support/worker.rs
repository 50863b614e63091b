//! The worker's commands, as a person runs them.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A command of the worker's on the running network, signing with a secret URI.
pub fn worker(suri: &str, arguments: &[&str]) -> Command {
    let program = std::env::var_os("INKTENSOR_WORKER")
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("INKTENSOR_WORKER is not set: run these tests by `cargo xtask test --only network`"));
    let mut command = Command::new(program);
    // INKTENSOR_URL and INKTENSOR_DEPLOYMENT are those that this test was given.
    command.args(arguments).env("INKTENSOR_SURI", suri);
    command
}

/// What a command that must succeed prints as JSON.
pub fn json(suri: &str, arguments: &[&str]) -> Value {
    let output = worker(suri, arguments)
        .arg("--json")
        .output()
        .expect("the worker starts");
    assert!(
        output.status.success(),
        "`inktensor {}`: {}",
        arguments.join(" "),
        errors(&output)
    );
    serde_json::from_slice(&output.stdout).expect("the worker prints one JSON value")
}

/// What a command that must fail says: one sentence, without a panic, and with nothing on standard output.
pub fn refusal(command: &mut Command, exit: i32) -> String {
    let output = command.output().expect("the worker starts");
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(
        output.stdout.is_empty(),
        "a refused command prints results: {:?}",
        output.stdout
    );
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
