//! The contracts that are built for Bittensor's own chain, on a runtime with its coin and its limits.

#![allow(clippy::unwrap_used)] // a test may panic

use inktensor_client::messages::{registry, rewards, staking, tao};
use inktensor_client::{Contract, Message};
use inktensor_primitives::registry::Error as RegistryError;
use inktensor_primitives::staking::Error as StakingError;
use inktensor_primitives::{Rao, Uid};
use inktensor_sandbox::Sandbox;
use inktensor_sandbox::chains::{Chain, Local, Subtensor};
use inktensor_sandbox::network::{ENDOWMENT, Network, OWNER, account, model, on_chain};

const VALIDATOR: u8 = 10;
const MINER: u8 = 11;
const NOMINATOR: u8 = 130;

/// Most bytes of a contract's code.
const CODE_LIMIT: usize = 128 * 1024;

/// Calls itself as many times as its input says, each call within the one before.
const NESTED: &str = r#"
(module
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal0" "seal_address" (func $address (param i32 i32)))
  (import "seal1" "seal_call" (func $call (param i32 i32 i64 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "memory" (memory 1 1))
  (func (export "deploy"))
  (func (export "call")
    (i32.store (i32.const 4) (i32.const 4))
    (call $input (i32.const 0) (i32.const 4))
    (if (i32.load (i32.const 0)) (then
      (i32.store (i32.const 0) (i32.sub (i32.load (i32.const 0)) (i32.const 1)))
      (i32.store (i32.const 8) (i32.const 32))
      (call $address (i32.const 16) (i32.const 8))
      (if (call $call (i32.const 8) (i32.const 16) (i64.const 0) (i32.const 64)
                      (i32.const 0) (i32.const 4) (i32.const -1) (i32.const 0))
        (then (unreachable)))))))
"#;

#[test]
fn a_round_from_registration_to_payment() {
    let mut network = Network::<Subtensor>::on_a_chain();
    let netuid = network.open_subnet();
    network.join(netuid, VALIDATOR, Rao::from_tao(100));
    network.join(netuid, MINER, Rao::ZERO);
    network.fund(NOMINATOR, Rao::from_tao(500));
    network.ok(NOMINATOR, staking::stake(account(VALIDATOR), Rao::from_tao(300)));
    network.ok(MINER, registry::publish_model(netuid, model(1)));
    network.epoch(netuid);
    let reveal = network.commit(netuid, VALIDATOR, &[(1, 65_535)]);
    network.wait(10);
    network.ok(VALIDATOR, rewards::reveal_weights(netuid, reveal));
    let paid = network.epoch(netuid).paid;
    assert_eq!(paid, Rao::from_tao(20), "two epochs of ten blocks");
    let rows = network.read(rewards::metagraph(netuid, 0, 64)).unwrap().items;
    assert!(rows[0].dividends > 0 && rows[1].incentive > 0, "{rows:?}");

    network.ok(110, rewards::swap_hotkey(account(VALIDATOR), account(20)));
    assert_eq!(network.read(registry::uid_of(netuid, account(20))), Ok(Some(Uid(0))));
    let earned = network.ok(NOMINATOR, staking::unstake_all(account(20)));
    assert!(earned > Rao::from_tao(300), "{earned}");
    assert_eq!(
        network.refused(NOMINATOR, staking::stake(account(20), Rao(1))),
        StakingError::BelowMinimumStake
    );
    assert_eq!(
        network.refused(240, registry::register(netuid, account(30), ENDOWMENT)),
        RegistryError::InsufficientTao
    );
    network.assert_conserved();
}

#[test]
fn storage_is_paid_in_the_chains_own_coin() {
    let mut network = Network::<Subtensor>::on_a_chain();
    network.fund(NOMINATOR, Rao::from_tao(10));
    let who = on_chain(&account(NOMINATOR));
    let before = network.chain.balance(&who);
    network.ok(NOMINATOR, staking::stake(account(VALIDATOR), Rao::from_tao(5)));
    let (label, staked) = network.costs.pop().unwrap();
    assert!(staked.deposit > 0, "a position is new");
    assert_eq!(
        (label, before - network.chain.balance(&who)),
        ("stake", u128::try_from(staked.deposit).unwrap())
    );
}

#[test]
fn coins_sent_along_are_refused() {
    let mut network = Network::<Subtensor>::on_a_chain();
    let (who, contract) = (on_chain(&account(OWNER)), on_chain(&network.address(Contract::Tao)));
    let Message { data, .. } = tao::transfer(account(2), 7, vec![]);
    let paid = network.chain.call_with_value(&who, &contract, data, 1);
    assert!(paid.unwrap_err().contains("ContractTrapped"));
    assert_eq!(network.tao_of(account(2)), 0);
}

#[test]
fn both_chains_have_bittensors_limits() {
    limits_of::<Local>();
    limits_of::<Subtensor>();
}

fn limits_of<C: Chain>() {
    for contract in Contract::ALL {
        assert!(C::contract_code(contract.name()).len() <= CODE_LIMIT, "{contract}");
    }
    let owner = on_chain(&account(OWNER));
    let mut chain = Sandbox::<C>::of_chain(std::slice::from_ref(&owner));
    let padded = |bytes: usize| {
        let data = "x".repeat(bytes);
        let text = format!(
            r#"(module (import "env" "memory" (memory 3 3)) (func (export "deploy")) (func (export "call")) (data (i32.const 0) "{data}"))"#
        );
        wat::parse_str(text).unwrap()
    };
    let around = padded(CODE_LIMIT).len() - CODE_LIMIT;
    let fits = padded(CODE_LIMIT - around);
    assert_eq!(fits.len(), CODE_LIMIT);
    chain.deploy(&owner, fits, vec![], vec![]);
    let large = chain.try_deploy(&owner, padded(CODE_LIMIT - around + 1), vec![], vec![]);
    assert!(large.unwrap_err().contains("CodeTooLarge"));

    let nested = chain.deploy(&owner, wat::parse_str(NESTED).unwrap(), vec![], vec![]);
    let mut call = |calls: u32| chain.call(&owner, &nested, calls.to_le_bytes().into());
    call(5).unwrap();
    call(6).unwrap_err();
}
