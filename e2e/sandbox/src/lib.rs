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

pub mod chains;
pub mod chance;
pub mod network;
pub mod subtensor;

use chains::{Chain, Local};
use frame_support::storage::{TransactionOutcome, with_transaction_unchecked};
use frame_support::traits::Get;
use frame_support::weights::Weight;
use inktensor_runtime::{AccountId, BlockNumber, SLOT_DURATION};
use pallet_contracts::{Code, CollectEvents, DebugInfo, Determinism, StorageDeposit};
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, SaturatedConversion, Storage};
use std::marker::PhantomData;
use std::path::PathBuf;

/// A chain of one process.
pub struct Sandbox<C = Local> {
    externalities: TestExternalities,
    chain: PhantomData<C>,
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
    /// The local chain at block 1, on which these accounts have coins.
    pub fn new(accounts: &[AccountId]) -> Self {
        Self::of_chain(accounts)
    }
}

impl<C: Chain> Sandbox<C> {
    /// A chain at block 1, on which these accounts have coins.
    pub fn of_chain(accounts: &[AccountId]) -> Self {
        let mut sandbox = Self {
            externalities: genesis::<C>(accounts).into(),
            chain: PhantomData,
        };
        sandbox.run_to_block(1);
        sandbox
    }

    /// The present block.
    pub fn block(&mut self) -> BlockNumber {
        self.externalities
            .execute_with(|| frame_system::Pallet::<C>::block_number().saturated_into())
    }

    /// Goes on to a later block. Blocks between are not executed one by one: contracts see nothing of them but number and time.
    pub fn run_to_block(&mut self, block: BlockNumber) {
        self.externalities.execute_with(|| {
            frame_system::Pallet::<C>::reset_events();
            frame_system::Pallet::<C>::set_block_number(block.into());
            pallet_timestamp::Now::<C>::put(u64::from(block) * SLOT_DURATION);
        });
    }

    /// What an account has of the chain's own coin, without what is held for storage.
    pub fn balance(&mut self, account: &AccountId) -> u128 {
        self.externalities
            .execute_with(|| pallet_balances::Pallet::<C>::free_balance(account).saturated_into())
    }

    /// Uploads and instantiates a contract; panics with the reason when that fails.
    pub fn deploy(&mut self, origin: &AccountId, code: Vec<u8>, constructor: Vec<u8>, salt: Vec<u8>) -> AccountId {
        self.try_deploy(origin, code, constructor, salt)
            .unwrap_or_else(|error| panic!("instantiation failed: {error}"))
    }

    /// Uploads and instantiates a contract. `Err` names a trap, a revert or a refusal by the pallet.
    pub fn try_deploy(
        &mut self,
        origin: &AccountId,
        code: Vec<u8>,
        constructor: Vec<u8>,
        salt: Vec<u8>,
    ) -> Result<AccountId, String> {
        self.externalities.execute_with(|| {
            let result = pallet_contracts::Pallet::<C>::bare_instantiate(
                origin.clone(),
                0_u32.into(),
                whole_block::<C>(),
                None,
                Code::Upload(code),
                constructor,
                salt,
                DebugInfo::UnsafeDebug,
                CollectEvents::Skip,
            );
            let debug = String::from_utf8_lossy(&result.debug_message).into_owned();
            let instantiated = result.result.map_err(|error| format!("{error:?} {debug}"))?;
            if instantiated.result.did_revert() {
                let why = instantiated.result.data;
                return Err(format!("the constructor reverted: {why:?}"));
            }
            Ok(instantiated.account_id)
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
        value: u128,
    ) -> Result<Outcome, String> {
        self.externalities
            .execute_with(|| bare_call::<C>(origin, contract, data, value, whole_block::<C>()))
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
            .execute_with(|| bare_call::<C>(origin, contract, data, 0, gas))
    }

    /// Calls a contract and forgets the effects.
    pub fn dry_call(&mut self, origin: &AccountId, contract: &AccountId, data: Vec<u8>) -> Result<Outcome, String> {
        self.externalities.execute_with(|| {
            with_transaction_unchecked(|| {
                TransactionOutcome::Rollback(bare_call::<C>(origin, contract, data, 0, whole_block::<C>()))
            })
        })
    }
}

/// The storage of a chain on which these accounts have coins.
fn genesis<C: Chain>(accounts: &[AccountId]) -> Storage {
    let mut storage = frame_system::GenesisConfig::<C>::default()
        .build_storage()
        .expect("a chain without code of its own is complete");
    let endowment: C::Balance = C::ENDOWMENT.saturated_into();
    pallet_balances::GenesisConfig::<C> {
        balances: accounts.iter().map(|account| (account.clone(), endowment)).collect(),
        dev_accounts: None,
    }
    .assimilate_storage(&mut storage)
    .expect("no account is named twice");
    storage
}

fn bare_call<C: Chain>(
    origin: &AccountId,
    contract: &AccountId,
    data: Vec<u8>,
    value: u128,
    gas: Weight,
) -> Result<Outcome, String> {
    frame_system::Pallet::<C>::reset_events();
    let result = with_transaction_unchecked(|| {
        let result = pallet_contracts::Pallet::<C>::bare_call(
            origin.clone(),
            contract.clone(),
            value.saturated_into(),
            gas,
            None,
            data,
            DebugInfo::UnsafeDebug,
            CollectEvents::Skip,
            Determinism::Enforced,
        );
        // An extrinsic that fails or reverts leaves nothing behind; a bare call does not see to that itself.
        match &result.result {
            Ok(value) if !value.did_revert() => TransactionOutcome::Commit(result),
            _ => TransactionOutcome::Rollback(result),
        }
    });
    let debug = String::from_utf8_lossy(&result.debug_message).into_owned();
    let value = result.result.map_err(|error| format!("{error:?} {debug}"))?;
    let signed = |amount: C::Balance| i128::try_from(amount.saturated_into::<u128>()).unwrap_or(i128::MAX);
    Ok(Outcome {
        reverted: value.did_revert(),
        output: value.data,
        gas: result.gas_consumed,
        deposit: match result.storage_deposit {
            StorageDeposit::Charge(amount) => signed(amount),
            StorageDeposit::Refund(amount) => -signed(amount),
        },
        events: contract_events::<C>(),
    })
}

fn contract_events<C: Chain>() -> Vec<ContractEvent> {
    frame_system::Pallet::<C>::events()
        .into_iter()
        .filter_map(|record| match record.event.try_into() {
            Ok(pallet_contracts::Event::<C>::ContractEmitted { contract, data }) => Some(ContractEvent {
                contract,
                topics: record.topics.iter().map(|topic| topic.0).collect(),
                data,
            }),
            _ => None,
        })
        .collect()
}

/// A whole block's time. Proofs of validity are of no concern to a chain of its own, so what storage adds to them is counted, not limited.
fn whole_block<C: Chain>() -> Weight {
    C::BlockWeights::get().max_block.set_proof_size(u64::MAX)
}

/// The Wasm of a contract that cargo-contract built for the local chain; panics with what to run when it is not there.
pub fn contract_code(name: &str) -> Vec<u8> {
    Local::contract_code(name)
}

/// What cargo-contract says of a contract that it built: its messages and their types, as JSON.
pub fn contract_metadata(name: &str) -> String {
    let path = contracts_directory().join(name).join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
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
