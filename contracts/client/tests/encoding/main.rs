//! Every message, checked byte for byte against `cargo contract encode`, and every event against the contracts' metadata.
//!
//! Both come from the built contracts; where something is missing, the tests fail with what to run.

mod artifacts;
mod registry;
mod rewards;
mod staking;
mod tao;

use artifacts::{encode, metadata};
use inktensor_client::events;
use inktensor_client::messages::selector;
use inktensor_client::{Call, Contract, Message};
use inktensor_primitives::AccountId;
use std::collections::BTreeSet;

/// A message and its arguments as the tool reads them.
struct Case {
    call: Call,
    arguments: Vec<String>,
}

/// Pairs a message with its arguments in the tool's notation.
fn case<R>(message: Message<R>, arguments: &[&str]) -> Case {
    Case {
        call: message.into(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
    }
}

/// An account, and the same in the tool's notation.
fn account(seed: u8) -> AccountId {
    [seed; 32].into()
}

fn hex(seed: u8) -> String {
    format!("0x{}", format!("{seed:02x}").repeat(32))
}

fn cases(contract: Contract) -> Vec<Case> {
    match contract {
        Contract::Tao => tao::cases(),
        Contract::Registry => registry::cases(),
        Contract::Staking => staking::cases(),
        Contract::Rewards => rewards::cases(),
    }
}

/// The labels and selectors of a contract's constructors and messages.
fn declared(contract: Contract) -> BTreeSet<(String, String)> {
    let metadata = metadata(contract);
    let spec = &metadata["spec"];
    let lists = ["constructors", "messages"].map(|list| spec[list].as_array().expect("metadata lists messages"));
    let text = |value: &serde_json::Value| value.as_str().expect("metadata names messages").to_owned();
    lists
        .into_iter()
        .flatten()
        .map(|message| (text(&message["label"]), text(&message["selector"])))
        .collect()
}

fn check_messages(contract: Contract) {
    let cases = cases(contract);
    let known: BTreeSet<_> = cases
        .iter()
        .map(|case| {
            let [a, b, c, d] = selector(case.call.label);
            (case.call.label.to_owned(), format!("0x{a:02x}{b:02x}{c:02x}{d:02x}"))
        })
        .collect();
    assert_eq!(
        known,
        declared(contract),
        "messages and selectors of the {contract} contract"
    );
    for case in cases {
        assert_eq!(case.call.contract, contract, "{}", case.call.label);
        let expected = encode(contract, case.call.label, &case.arguments);
        let found = hex_text(&case.call.data);
        assert_eq!(found, expected, "{contract} {} {:?}", case.call.label, case.arguments);
    }
}

fn check_events(contract: Contract) {
    let metadata = metadata(contract);
    let events = metadata["spec"]["events"].as_array().expect("metadata lists events");
    let text = |value: &serde_json::Value| value.as_str().expect("metadata names events").to_owned();
    let declared: BTreeSet<_> = events
        .iter()
        .map(|event| (text(&event["label"]), text(&event["signature_topic"])))
        .collect();
    let known: BTreeSet<_> = events::KNOWN
        .iter()
        .filter(|(of, ..)| *of == contract)
        .map(|(_, name, signature)| {
            let topic = events::topic(signature);
            ((*name).to_owned(), format!("0x{}", hex_text(topic.as_ref())))
        })
        .collect();
    assert_eq!(known, declared, "events of the {contract} contract");
}

fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn tao_messages_are_encoded_as_cargo_contract_encodes_them() {
    check_messages(Contract::Tao);
}

#[test]
fn registry_messages_are_encoded_as_cargo_contract_encodes_them() {
    check_messages(Contract::Registry);
}

#[test]
fn staking_messages_are_encoded_as_cargo_contract_encodes_them() {
    check_messages(Contract::Staking);
}

#[test]
fn rewards_messages_are_encoded_as_cargo_contract_encodes_them() {
    check_messages(Contract::Rewards);
}

#[test]
fn every_event_of_every_contract_is_known_by_its_topic() {
    Contract::ALL.into_iter().for_each(check_events);
}
