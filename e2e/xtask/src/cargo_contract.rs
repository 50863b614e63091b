//! Calls of the real cargo-contract, and what it prints.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::{contracts::Artifact, places::Places};

/// cargo-contract with a chain and an account.
pub struct CargoContract<'a> {
    places: &'a Places,
    url: &'a str,
    suri: &'a str,
}

/// A contract that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instantiated {
    /// Its account.
    pub address: String,
    /// What making it took, where the events tell.
    pub gas: Option<u64>,
}

impl<'a> CargoContract<'a> {
    /// For the chain at `url`, signing as `suri`.
    pub fn new(places: &'a Places, url: &'a str, suri: &'a str) -> Self {
        Self { places, url, suri }
    }

    /// The hash of the chain's first block.
    ///
    /// # Errors
    /// When the chain cannot be reached.
    pub fn genesis_hash(&self) -> Result<String> {
        let mut command = self.command(&["rpc", "chain_getBlockHash", "0"]);
        let printed = self.run(&mut command).context("the chain was not reached")?;
        let hash = serde_json::from_str::<Value>(printed.trim())
            .ok()
            .and_then(|json| json.as_str().map(str::to_owned));
        hash.with_context(|| format!("the chain's first block has no hash: {printed:?}"))
    }

    /// The code hash of the contract at an address; `None` when there is none.
    ///
    /// # Errors
    /// When the chain cannot be reached.
    pub fn code_hash(&self, address: &str) -> Result<Option<String>> {
        let mut command = self.command(&["info", "--contract", address]);
        match self.run(&mut command) {
            Ok(printed) => Ok(first_json(&printed)?
                .get("code_hash")
                .and_then(Value::as_str)
                .map(str::to_owned)),
            Err(error) if format!("{error:#}").contains("No contract") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Uploads the code, where it is new, and makes a contract of it.
    ///
    /// # Errors
    /// When the chain refuses.
    pub fn instantiate(&self, artifact: &Artifact, arguments: &[String]) -> Result<Instantiated> {
        let salt = salt();
        let mut command = self.command(&["instantiate", "--constructor", "new", "--salt", &salt, "-x", "-y"]);
        self.sign(&mut command, artifact, arguments);
        let json = first_json(&self.run(&mut command)?)?;
        let address = json.get("contract").and_then(Value::as_str).map(str::to_owned);
        Ok(Instantiated {
            address: address.context("cargo-contract named no address")?,
            gas: gas_of(&json),
        })
    }

    /// Sends a message; returns the gas it took, where the events tell.
    ///
    /// # Errors
    /// When the chain or the contract refuses.
    pub fn send(
        &self,
        artifact: &Artifact,
        contract: &str,
        message: &str,
        arguments: &[String],
    ) -> Result<Option<u64>> {
        let mut command = self.command(&["call", "--contract", contract, "--message", message, "-x", "-y"]);
        self.sign(&mut command, artifact, arguments);
        Ok(gas_of(&first_json(&self.run(&mut command)?)?))
    }

    /// What a message would return.
    ///
    /// # Errors
    /// When the chain or the contract refuses.
    pub fn ask(&self, artifact: &Artifact, contract: &str, message: &str) -> Result<Value> {
        let mut command = self.command(&["call", "--contract", contract, "--message", message]);
        self.sign(&mut command, artifact, &[]);
        first_json(&self.run(&mut command)?)?
            .get("data")
            .cloned()
            .context("cargo-contract printed no data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.places.command("cargo-contract");
        command
            .arg("contract")
            .args(words)
            .args(["--url", self.url, "--output-json"]);
        // Its errors would carry its own backtrace, which helps nobody here.
        command.env("RUST_BACKTRACE", "0");
        command
    }

    fn sign(&self, command: &mut Command, artifact: &Artifact, arguments: &[String]) {
        if !arguments.is_empty() {
            command.arg("--args").args(arguments);
        }
        // It takes the secret in no other way. The file comes last, behind an option that ends the list of arguments.
        command.args(["--suri", self.suri]).arg(&artifact.bundle);
    }

    fn run(&self, command: &mut Command) -> Result<String> {
        let words: Vec<String> = command
            .get_args()
            .skip(1)
            .take(2)
            .map(|word| word.to_string_lossy().into())
            .collect();
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("cargo-contract could not be started")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(anyhow!(
            "`cargo contract {} …` failed: {}",
            words.join(" "),
            reason(&said, &printed)
        ))
    }
}

/// The reason of a failure in one line: cargo-contract puts an error, often as JSON over many lines, on either output.
fn reason(said: &str, printed: &str) -> String {
    let text = if said.trim().is_empty() { printed } else { said };
    let text = text.trim().trim_start_matches("ERROR:").trim();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first JSON object or array in what was printed.
fn first_json(printed: &str) -> Result<Value> {
    let start = printed.find(['{', '[']).context("cargo-contract printed no JSON")?;
    let mut values = serde_json::Deserializer::from_str(printed.get(start..).unwrap_or_default()).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => Ok(value),
        _ => bail!("cargo-contract printed no complete JSON: {printed:?}"),
    }
}

/// The `ref_time` in the event of success, wherever it is nested.
fn gas_of(json: &Value) -> Option<u64> {
    match json {
        Value::Object(map) => {
            let own = map.get("ref_time").and_then(number);
            own.or_else(|| map.values().find_map(gas_of))
        }
        Value::Array(items) => items.iter().find_map(gas_of),
        _ => None,
    }
}

fn number(json: &Value) -> Option<u64> {
    json.get("UInt").unwrap_or(json).as_u64()
}

/// Makes a contract's address new at every try, so that one that a killed deployment left behind is not in the way.
fn salt() -> String {
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("0x{:032x}", time.as_nanos() ^ (u128::from(std::process::id()) << 96))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_behind_other_lines() {
        let printed = "Dry-running new\n{\"contract\": \"5Abc\", \"events\": []}\ntrailing";
        assert_eq!(first_json(printed).unwrap().get("contract"), Some(&Value::from("5Abc")));
        assert!(first_json("ERROR: no").is_err());
        assert!(first_json("{\"contract\":").is_err());
    }

    #[test]
    fn gas_is_found_in_nested_events() {
        let weight = serde_json::json!({ "Map": { "ref_time": { "UInt": 1234 }, "proof_size": { "UInt": 5 } } });
        let fields = serde_json::json!([{ "name": "dispatch_info", "value": { "Map": { "weight": weight } } }]);
        let json =
            serde_json::json!([{ "name": "TransactionFeePaid" }, { "name": "ExtrinsicSuccess", "fields": fields }]);
        assert_eq!(gas_of(&json), Some(1234));
        assert_eq!(gas_of(&serde_json::json!({"events": []})), None);
    }

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(reason("ERROR: {\n  \"x\": 1\n}\n", ""), "{ \"x\": 1 }");
        assert_eq!(reason("", "failed here"), "failed here");
    }
}
