//! The built contracts and the tool that reads them.

use inktensor_client::Contract;
use std::path::PathBuf;
use std::process::Command;

/// Where the built contracts are: as told, or `ink` in the target directory that this test was built into.
fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("INKTENSOR_CONTRACTS") {
        return folder.into();
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    // TARGET/PROFILE/deps/TEST
    let target = test
        .ancestors()
        .nth(3)
        .expect("tests are built into a target directory");
    target.join("ink")
}

fn artifact(contract: Contract) -> PathBuf {
    let path = folder().join(contract.name()).join(format!("{contract}.json"));
    assert!(
        path.is_file(),
        "the {contract} contract's metadata is not at {}: build the contracts with `cargo xtask test --only contracts`, \
         or say in INKTENSOR_CONTRACTS where they are built",
        path.display()
    );
    path
}

/// A contract's metadata.
pub fn metadata(contract: Contract) -> serde_json::Value {
    let text = std::fs::read_to_string(artifact(contract)).expect("the metadata can be read");
    serde_json::from_str(&text).expect("the metadata is JSON")
}

/// What `cargo contract encode` makes of a message, as lower-case hex.
pub fn encode(contract: Contract, message: &str, arguments: &[String]) -> String {
    let mut tool = Command::new("cargo-contract");
    tool.args(["contract", "encode", "--message", message]);
    if !arguments.is_empty() {
        tool.arg("--args").args(arguments);
    }
    let output = tool.arg("--").arg(artifact(contract)).output();
    let output = output.expect("cargo-contract must be on PATH: `cargo xtask test` installs it and puts it there");
    let text = String::from_utf8_lossy(&output.stdout);
    let data = text.lines().find_map(|line| line.strip_prefix("Encoded data: "));
    match data.filter(|_| output.status.success()) {
        Some(data) => data.trim().to_lowercase(),
        None => panic!(
            "cargo contract encode --message {message} --args {arguments:?} failed:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}
