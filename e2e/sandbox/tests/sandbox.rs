//! The sandbox behaves as the chain does: effects stay, reverted and dry calls leave nothing, deposits and gas are counted.

use inktensor_runtime::AccountId;
use inktensor_sandbox::Sandbox;
use inktensor_sandbox::chains::{Chain, Local};
use sp_keyring::Sr25519Keyring;

/// Counts its calls in storage, emits and returns the count; with any input it reverts.
const COUNTER: &str = r#"
(module
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal0" "seal_get_storage" (func $get_storage (param i32 i32 i32) (result i32)))
  (import "seal0" "seal_set_storage" (func $set_storage (param i32 i32 i32)))
  (import "seal0" "seal_deposit_event" (func $deposit_event (param i32 i32 i32 i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  (func (export "deploy"))
  (func (export "call")
    (i32.store (i32.const 40) (i32.const 8))
    (drop (call $get_storage (i32.const 0) (i32.const 32) (i32.const 40)))
    (i64.store (i32.const 32) (i64.add (i64.load (i32.const 32)) (i64.const 1)))
    (call $set_storage (i32.const 0) (i32.const 32) (i32.const 8))
    (call $deposit_event (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 8))
    (i32.store (i32.const 40) (i32.const 64))
    (call $input (i32.const 48) (i32.const 40))
    (call $return (i32.ne (i32.load (i32.const 40)) (i32.const 0)) (i32.const 32) (i32.const 8))))
"#;

fn count(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn counter() -> (Sandbox, AccountId, AccountId) {
    let alice = Sr25519Keyring::Alice.to_account_id();
    let mut chain = Sandbox::new(std::slice::from_ref(&alice));
    let code = wat::parse_str(COUNTER).expect("the text is valid WebAssembly");
    let contract = chain.deploy(&alice, code, vec![], vec![]);
    (chain, alice, contract)
}

#[test]
fn a_call_stays_and_says_what_it_cost() {
    let (mut chain, alice, contract) = counter();
    let before = chain.balance(&alice);
    assert!(before < Local::ENDOWMENT, "the code's deposit is held");

    let first = chain.call(&alice, &contract, vec![]).unwrap();
    assert_eq!(first.output, count(1));
    assert!(!first.reverted);
    assert!(first.gas.ref_time() > 0 && first.gas.proof_size() > 0);
    assert!(first.deposit > 0, "the counter is a new item of storage");
    assert_eq!(i128::try_from(before - chain.balance(&alice)).unwrap(), first.deposit);
    assert_eq!(first.events.len(), 1);
    assert_eq!(first.events[0].contract, contract);
    assert_eq!(first.events[0].data, count(1));

    let second = chain.call(&alice, &contract, vec![]).unwrap();
    assert_eq!(second.output, count(2));
    assert_eq!(second.deposit, 0, "the item is there already");
}

#[test]
fn a_reverted_call_leaves_nothing() {
    let (mut chain, alice, contract) = counter();
    let reverted = chain.call(&alice, &contract, vec![1]).unwrap();
    assert!(reverted.reverted);
    assert!(reverted.events.is_empty(), "{:?}", reverted.events);
    assert_eq!(chain.call(&alice, &contract, vec![]).unwrap().output, count(1));
}

#[test]
fn a_dry_call_leaves_nothing() {
    let (mut chain, alice, contract) = counter();
    assert_eq!(chain.dry_call(&alice, &contract, vec![]).unwrap().output, count(1));
    assert_eq!(chain.call(&alice, &contract, vec![]).unwrap().output, count(1));
}

#[test]
fn the_block_is_the_one_gone_to() {
    let (mut chain, alice, contract) = counter();
    assert_eq!(chain.block(), 1);
    chain.run_to_block(360);
    assert_eq!(chain.block(), 360);
    assert_eq!(chain.call(&alice, &contract, vec![]).unwrap().output, count(1));
}

#[test]
fn a_call_of_nothing_is_an_error() {
    let (mut chain, alice, _) = counter();
    let nobody = Sr25519Keyring::Bob.to_account_id();
    let error = chain.call(&alice, &nobody, vec![]).unwrap_err();
    assert!(
        error.contains("ContractNotFound") || error.contains("Module"),
        "{error}"
    );
}
