//! The deployment file: where the contracts live, written by whoever deployed them.

use crate::accounts;
use crate::contract::Contract;
use inktensor_primitives::{AccountId, Hash};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// The version of the file's format.
pub const VERSION: u32 = 1;

/// Where Inktensor's contracts live on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The version of the file's format: [`VERSION`].
    pub version: u32,
    /// Where the deployer reached the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The chain, by the hash of its first block.
    #[serde(with = "hash")]
    pub genesis_hash: Hash,
    /// The contracts.
    pub contracts: Contracts,
}

/// The contracts by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracts {
    /// The TAO token.
    pub tao: DeployedContract,
    /// The registry.
    pub registry: DeployedContract,
    /// The staking contract.
    pub staking: DeployedContract,
    /// The rewards contract.
    pub rewards: DeployedContract,
}

/// Where one contract lives, and with which code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedContract {
    /// Its account.
    #[serde(with = "address")]
    pub address: AccountId,
    /// The hash of its code.
    #[serde(with = "hash")]
    pub code_hash: Hash,
}

/// Why a deployment file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeploymentError {
    /// The file is not there or not readable.
    #[error("cannot read the deployment file {path}: {reason}; deploy the contracts first with `cargo xtask deploy`")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The file is no deployment file.
    #[error("the deployment file is malformed: {0}; write it again with `cargo xtask deploy`")]
    Malformed(#[from] serde_json::Error),
    /// The file has a format that this client does not know.
    #[error(
        "the deployment file has format version {found}, this client reads version {VERSION}; write it again with `cargo xtask deploy`"
    )]
    Version {
        /// The file's version.
        found: u32,
    },
    /// A contract is missing.
    #[error("the deployment file names no {0} contract: deploy it with `cargo xtask deploy`")]
    Missing(Contract),
}

impl Deployment {
    /// Reads a deployment file's text.
    pub fn from_json(text: &str) -> Result<Self, DeploymentError> {
        /// What is read first, so that another format or a missing contract is named as such whatever else differs.
        #[derive(Deserialize)]
        struct Outline {
            version: u32,
            #[serde(default)]
            contracts: BTreeMap<String, IgnoredAny>,
        }
        let Outline { version, contracts } = serde_json::from_str(text)?;
        if version != VERSION {
            return Err(DeploymentError::Version { found: version });
        }
        match Contract::ALL
            .into_iter()
            .find(|which| !contracts.contains_key(which.name()))
        {
            Some(missing) => Err(DeploymentError::Missing(missing)),
            None => Ok(serde_json::from_str(text)?),
        }
    }

    /// Reads a deployment file.
    #[cfg(not(target_family = "wasm"))]
    pub fn load(path: impl AsRef<std::path::Path>) -> Result<Self, DeploymentError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|reason| DeploymentError::Unreadable {
            path: path.display().to_string(),
            reason,
        })?;
        Self::from_json(&text)
    }

    /// One contract.
    pub fn get(&self, contract: Contract) -> &DeployedContract {
        match contract {
            Contract::Tao => &self.contracts.tao,
            Contract::Registry => &self.contracts.registry,
            Contract::Staking => &self.contracts.staking,
            Contract::Rewards => &self.contracts.rewards,
        }
    }

    /// Which contract lives at an account, if any.
    pub fn contract_at(&self, account: &AccountId) -> Option<Contract> {
        Contract::ALL
            .into_iter()
            .find(|which| self.get(*which).address == *account)
    }
}

mod hash {
    use super::*;

    pub fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&accounts::to_hex(hash))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        accounts::parse_hash(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no hash: expected 0x and 64 hex digits")))
    }
}

mod address {
    use super::*;

    /// The prefix of addresses that belong to no particular network.
    const GENERIC_PREFIX: u16 = 42;

    pub fn serialize<S: Serializer>(account: &AccountId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&accounts::to_ss58(account, GENERIC_PREFIX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountId, D::Error> {
        accounts::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Deployment {
        let contract = |seed: u8| DeployedContract {
            address: [seed; 32].into(),
            code_hash: [seed + 10; 32].into(),
        };
        Deployment {
            version: VERSION,
            url: None,
            genesis_hash: [7; 32].into(),
            contracts: Contracts {
                tao: contract(1),
                registry: contract(2),
                staking: contract(3),
                rewards: contract(4),
            },
        }
    }

    fn edited(edit: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = serde_json::to_value(example()).unwrap();
        edit(&mut value);
        value.to_string()
    }

    #[test]
    fn a_deployment_is_what_was_written() {
        let text = edited(|value| value["url"] = "ws://127.0.0.1:9944".into());
        let read = Deployment::from_json(&text).unwrap();
        assert_eq!(read.url.as_deref(), Some("ws://127.0.0.1:9944"));
        assert_eq!(Deployment { url: None, ..read }, example());
        assert_eq!(example().contract_at(&[3; 32].into()), Some(Contract::Staking));
        assert_eq!(example().contract_at(&[9; 32].into()), None);
    }

    #[test]
    fn a_later_writer_may_add_fields_and_contracts() {
        let text = edited(|value| {
            value["comment"] = "hello".into();
            value["contracts"]["market"] = value["contracts"]["tao"].clone();
        });
        assert!(Deployment::from_json(&text).is_ok());
    }

    #[test]
    fn another_version_is_named_even_if_the_rest_differs() {
        let error = Deployment::from_json(r#"{ "version": 9 }"#).unwrap_err();
        assert!(matches!(error, DeploymentError::Version { found: 9 }), "{error}");
    }

    #[test]
    fn a_missing_contract_is_named() {
        let text = edited(|value| drop(value["contracts"].as_object_mut().unwrap().remove("staking")));
        let error = Deployment::from_json(&text).unwrap_err();
        assert!(matches!(error, DeploymentError::Missing(Contract::Staking)), "{error}");
    }

    #[test]
    fn malformed_values_are_quoted() {
        let text = edited(|value| value["contracts"]["tao"]["address"] = "5Nope".into());
        assert!(Deployment::from_json(&text).unwrap_err().to_string().contains("5Nope"));
        let text = edited(|value| value["genesis_hash"] = "0x12".into());
        assert!(Deployment::from_json(&text).unwrap_err().to_string().contains("0x12"));
        assert!(Deployment::from_json("").is_err());
    }
}
