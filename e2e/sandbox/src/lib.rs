//! A chain inside the test's process: the real runtime with the real pallet-contracts, without a node around it.
//!
//! Effects stay until the sandbox is dropped. Contracts come from where cargo-contract put them ([`contract_code`]); messages from
//! `inktensor_client::messages`:
//!
//! ```ignore
//! let alice = Sr25519Keyring::Alice.to_account_id();
//! let mut chain = Sandbox::new(&[alice.clone()]);
//! let tao = chain.deploy(&alice, contract_code("tao"), constructor_data, vec![]);
//! chain.run_to_block(10);
//! let outcome = chain.call(&alice, &tao, message.data.clone()).unwrap();
//! let value = message.decode(&outcome.output).unwrap();
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a helper of tests fails the test that uses it wrongly"
)]

pub mod network;

use frame_support::weights::Weight;
use inktensor_runtime::configs::RuntimeBlockWeights;
use inktensor_runtime::{
    AccountId, Balance, BalancesConfig, BlockNumber, Contracts, Runtime, RuntimeEvent, RuntimeGenesisConfig,
    SLOT_DURATION, System, UNIT,
};
use pallet_contracts::{Code, CollectEvents, DebugInfo, Determinism};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;
use std::path::PathBuf;

/// What every account of the sandbox begins with, in the chain's own coin.
pub const ENDOWMENT: Balance = 1_000_000_000 * UNIT;

/// A chain of one process.
pub struct Sandbox {
    externalities: TestExternalities,
}

/// What a call did.
#[derive(Debug)]
pub struct Outcome {
    /// The contract's output: ink!'s `Result<R, LangError>`, encoded.
    pub output: Vec<u8>,
    /// Whether the contract returned an error, which undid its effects.
    pub reverted: bool,
    /// What the call used.
    pub gas: Weight,
    /// What the caller paid for storage (negative: was refunded).
    pub deposit: i128,
    /// Events of contracts: who emitted it, its topics and its data.
    pub events: Vec<ContractEvent>,
}

/// An event that a contract emitted.
#[derive(Clone, Debug)]
pub struct ContractEvent {
    /// The contract.
    pub contract: AccountId,
    /// The signature topic first.
    pub topics: Vec<[u8; 32]>,
    /// The SCALE-encoded fields.
    pub data: Vec<u8>,
}

impl Sandbox {
    /// A chain at block 1 on which these accounts have coins.
    pub fn new(accounts: &[AccountId]) -> Self {
        let balances = accounts.iter().map(|account| (account.clone(), ENDOWMENT)).collect();
        let genesis = RuntimeGenesisConfig {
            balances: BalancesConfig {
                balances,
                dev_accounts: None,
            },
            ..Default::default()
        };
        let storage = genesis.build_storage().expect("the genesis configuration is complete");
        let mut sandbox = Self {
            externalities: storage.into(),
        };
        sandbox.run_to_block(1);
        sandbox
    }

    /// The present block.
    pub fn block(&mut self) -> BlockNumber {
        self.externalities.execute_with(System::block_number)
    }

    /// Goes on to a later block. Blocks between are not executed one by one: contracts see nothing of them but number and time.
    pub fn run_to_block(&mut self, block: BlockNumber) {
        self.externalities.execute_with(|| {
            System::reset_events();
            System::set_block_number(block);
            pallet_timestamp::Now::<Runtime>::put(u64::from(block) * SLOT_DURATION);
        });
    }

    /// What an account has of the chain's own coin, without what is held for storage.
    pub fn balance(&mut self, account: &AccountId) -> Balance {
        self.externalities.execute_with(|| System::account(account).data.free)
    }

    /// Uploads and instantiates a contract; panics with the reason when that fails.
    pub fn deploy(&mut self, origin: &AccountId, code: Vec<u8>, constructor: Vec<u8>, salt: Vec<u8>) -> AccountId {
        self.externalities.execute_with(|| {
            let result = Contracts::bare_instantiate(
                origin.clone(),
                0,
                whole_block(),
                None,
                Code::Upload(code),
                constructor,
                salt,
                DebugInfo::UnsafeDebug,
                CollectEvents::Skip,
            );
            let debug = String::from_utf8_lossy(&result.debug_message).into_owned();
            let instantiated = result
                .result
                .unwrap_or_else(|error| panic!("instantiation failed: {error:?} {debug}"));
            assert!(
                !instantiated.result.did_revert(),
                "the constructor reverted: {:?}",
                instantiated.result.data
            );
            instantiated.account_id
        })
    }

    /// Calls a contract and keeps the effects. `Err` names a trap or a refusal by the pallet.
    pub fn call(&mut self, origin: &AccountId, contract: &AccountId, data: Vec<u8>) -> Result<Outcome, String> {
        self.call_with_value(origin, contract, data, 0)
    }

    /// Calls a contract and pays it `value` of the chain's own coin.
    pub fn call_with_value(
        &mut self,
        origin: &AccountId,
        contract: &AccountId,
        data: Vec<u8>,
        value: Balance,
    ) -> Result<Outcome, String> {
        self.externalities
            .execute_with(|| bare_call(origin, contract, data, value, whole_block()))
    }

    /// Calls a contract with so much gas, and keeps the effects unless it runs out.
    pub fn call_within(
        &mut self,
        origin: &AccountId,
        contract: &AccountId,
        data: Vec<u8>,
        gas: Weight,
    ) -> Result<Outcome, String> {
        self.externalities
            .execute_with(|| bare_call(origin, contract, data, 0, gas))
    }

    /// Calls a contract and forgets the effects.
    pub fn dry_call(&mut self, origin: &AccountId, contract: &AccountId, data: Vec<u8>) -> Result<Outcome, String> {
        self.externalities.execute_with(|| {
            frame_support::storage::with_transaction_unchecked(|| {
                frame_support::storage::TransactionOutcome::Rollback(bare_call(
                    origin,
                    contract,
                    data,
                    0,
                    whole_block(),
                ))
            })
        })
    }
}

fn bare_call(
    origin: &AccountId,
    contract: &AccountId,
    data: Vec<u8>,
    value: Balance,
    gas: Weight,
) -> Result<Outcome, String> {
    System::reset_events();
    let result = frame_support::storage::with_transaction_unchecked(|| {
        let result = Contracts::bare_call(
            origin.clone(),
            contract.clone(),
            value,
            gas,
            None,
            data,
            DebugInfo::UnsafeDebug,
            CollectEvents::Skip,
            Determinism::Enforced,
        );
        // An extrinsic that fails or reverts leaves nothing behind; a bare call does not see to that itself.
        match &result.result {
            Ok(value) if !value.did_revert() => frame_support::storage::TransactionOutcome::Commit(result),
            _ => frame_support::storage::TransactionOutcome::Rollback(result),
        }
    });
    let debug = String::from_utf8_lossy(&result.debug_message).into_owned();
    let value = result.result.map_err(|error| format!("{error:?} {debug}"))?;
    let charged = result.storage_deposit;
    Ok(Outcome {
        reverted: value.did_revert(),
        output: value.data,
        gas: result.gas_consumed,
        deposit: match charged {
            pallet_contracts::StorageDeposit::Charge(amount) => i128::try_from(amount).unwrap_or(i128::MAX),
            pallet_contracts::StorageDeposit::Refund(amount) => -i128::try_from(amount).unwrap_or(i128::MAX),
        },
        events: contract_events(),
    })
}

fn contract_events() -> Vec<ContractEvent> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Contracts(pallet_contracts::Event::<Runtime>::ContractEmitted { contract, data }) => {
                Some(ContractEvent {
                    contract,
                    topics: record.topics.iter().map(|topic| topic.0).collect(),
                    data,
                })
            }
            _ => None,
        })
        .collect()
}

/// A whole block's time. Proofs of validity are of no concern to a chain of its own, so what storage adds to them is counted, not limited.
fn whole_block() -> Weight {
    RuntimeBlockWeights::get().max_block.set_proof_size(u64::MAX)
}

/// The Wasm of a contract that cargo-contract built; panics with what to run when it is not there.
pub fn contract_code(name: &str) -> Vec<u8> {
    let path = contracts_directory().join(name).join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "cannot read {}: {error}; build the contracts first: `cargo xtask test --only sandbox`",
            path.display()
        )
    })
}

/// Where the built contracts are: INKTENSOR_CONTRACTS, or beside the folders of the profiles that this test's own binary is in.
fn contracts_directory() -> PathBuf {
    match std::env::var_os("INKTENSOR_CONTRACTS") {
        Some(folder) => folder.into(),
        None => {
            let binary = std::env::current_exe().expect("the test's binary has a path");
            binary.ancestors().nth(3).expect("target/PROFILE/deps/TEST").join("ink")
        }
    }
}
