//! The messages of the built contracts, as cargo-contract describes them.

use inktensor_client::Contract;
use inktensor_sandbox::contract_metadata;
use serde_json::Value;

/// One message.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The contract that understands it.
    pub contract: Contract,
    /// Its label.
    pub label: String,
    /// What its data begins with.
    pub selector: [u8; 4],
    /// Whether it can change anything.
    pub mutates: bool,
    /// The types of its arguments, as numbers in the contract's list.
    pub arguments: Vec<usize>,
}

impl Signature {
    /// The contract's name and the label.
    pub fn name(&self) -> String {
        format!("{}::{}", self.contract, self.label)
    }
}

/// All messages of all contracts, and their types.
#[derive(Debug)]
pub struct Metadata {
    /// The messages.
    pub messages: Vec<Signature>,
    types: Vec<(Contract, Vec<Value>)>,
}

impl Metadata {
    /// Reads what lies beside the contracts' code.
    pub fn read() -> Self {
        let (mut messages, mut types) = (Vec::new(), Vec::new());
        for contract in Contract::ALL {
            let metadata: Value = serde_json::from_str(&contract_metadata(contract.name())).unwrap();
            for message in metadata["spec"]["messages"].as_array().unwrap() {
                messages.push(signature(contract, message));
            }
            let listed = metadata["types"].as_array().unwrap();
            // A type's number is its place.
            assert!((0_u64..).zip(listed).all(|(place, entry)| entry["id"] == place));
            types.push((contract, listed.iter().map(|entry| entry["type"].clone()).collect()));
        }
        Self { messages, types }
    }

    /// A type of a contract.
    pub fn type_of(&self, contract: Contract, number: usize) -> &Value {
        let (_, types) = self.types.iter().find(|(of, _)| *of == contract).unwrap();
        &types[number]
    }
}

fn signature(contract: Contract, message: &Value) -> Signature {
    let selector = message["selector"].as_str().unwrap().trim_start_matches("0x");
    let selector = u32::from_str_radix(selector, 16).unwrap().to_be_bytes();
    let arguments = message["args"].as_array().unwrap().iter();
    Signature {
        contract,
        label: message["label"].as_str().unwrap().to_owned(),
        selector,
        mutates: message["mutates"].as_bool().unwrap(),
        arguments: arguments.map(|argument| number(&argument["type"]["type"])).collect(),
    }
}

/// A type's number.
pub fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
