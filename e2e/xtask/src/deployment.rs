//! The deployment file: which contracts live where on which chain. Worker, dApp and tests read it.

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// The version of the file's format, as the client crate reads it.
const VERSION: u64 = 1;

/// One contract on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// Its account.
    pub address: String,
    /// The code it runs.
    pub code_hash: String,
    /// The size of that code.
    pub wasm_bytes: u64,
    /// What deploying it took, in units of `ref_time`.
    pub gas: Option<u64>,
}

/// What is deployed on one chain; not yet all of it, while a deployment is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Where the chain was reached.
    pub url: String,
    /// Which chain it is.
    pub genesis_hash: String,
    /// Contracts by name.
    pub contracts: BTreeMap<String, Deployed>,
}

impl Deployment {
    /// Reads a file, if there is one.
    ///
    /// # Errors
    /// When there is one, but it is no deployment.
    pub fn read(file: &Path) -> Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
        let parsed = serde_json::from_str(&text)
            .ok()
            .and_then(|json: Value| Self::from_json(&json));
        match parsed {
            Some(deployment) => Ok(Some(deployment)),
            None => bail!(
                "{} is no deployment file; move it away or name another by --out",
                file.display()
            ),
        }
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.to_json()).context("a deployment could not be made JSON")?;
        let mut name = file
            .file_name()
            .context("the deployment file has no name")?
            .to_os_string();
        name.push(format!(".{}", std::process::id()));
        let part = file.with_file_name(name);
        let write = || -> std::io::Result<()> {
            let mut out = fs::File::create(&part)?;
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")?;
            out.sync_all()?;
            fs::rename(&part, file)
        };
        write().with_context(|| format!("{} could not be written", file.display()))
    }

    fn to_json(&self) -> Value {
        let contracts: Map<String, Value> = self
            .contracts
            .iter()
            .map(|(name, contract)| {
                let Deployed {
                    address,
                    code_hash,
                    wasm_bytes,
                    gas,
                } = contract;
                (
                    name.clone(),
                    json!({ "address": address, "code_hash": code_hash, "wasm_bytes": wasm_bytes, "gas": gas }),
                )
            })
            .collect();
        json!({ "version": VERSION, "url": self.url, "genesis_hash": self.genesis_hash, "contracts": contracts })
    }

    fn from_json(json: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let contracts = json.get("contracts")?.as_object()?.iter().map(|(name, contract)| {
            let address = text(contract, "address")?;
            let code_hash = text(contract, "code_hash")?;
            let wasm_bytes = contract.get("wasm_bytes")?.as_u64()?;
            let gas = contract.get("gas").and_then(Value::as_u64);
            Some((
                name.clone(),
                Deployed {
                    address,
                    code_hash,
                    wasm_bytes,
                    gas,
                },
            ))
        });
        if json.get("version")?.as_u64()? != VERSION {
            return None;
        }
        Some(Self {
            url: text(json, "url")?,
            genesis_hash: text(json, "genesis_hash")?,
            contracts: contracts.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Deployment {
        let tao = Deployed {
            address: "5Tao".to_owned(),
            code_hash: "0x01".to_owned(),
            wasm_bytes: 7,
            gas: Some(9),
        };
        Deployment {
            url: "ws://127.0.0.1:9944".to_owned(),
            genesis_hash: "0x02".to_owned(),
            contracts: BTreeMap::from([("tao".to_owned(), tao)]),
        }
    }

    #[test]
    fn a_deployment_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deployment.json");
        assert_eq!(Deployment::read(&file).unwrap(), None);
        example().write(&file).unwrap();
        assert_eq!(Deployment::read(&file).unwrap(), Some(example()));
    }

    #[test]
    fn another_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deployment.json");
        for text in [
            "",
            "{}",
            r#"{"version":1,"url":"","genesis_hash":"","contracts":{"tao":{}}}"#,
        ] {
            fs::write(&file, text).unwrap();
            let error = Deployment::read(&file).unwrap_err().to_string();
            assert!(
                error.ends_with("is no deployment file; move it away or name another by --out"),
                "{error}"
            );
        }
    }
}
