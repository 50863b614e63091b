//! Calls that are executed and undone: what they return, cost and store.

use crate::chain::account_id;
use crate::dispatch::DispatchFailure;
use crate::error::Error;
use crate::rpc::{AtBlock, Rpc};
use inktensor_primitives::AccountId;
use subxt::dynamic::Value;
use subxt::ext::scale_decode::DecodeAsType;

/// Computation that a contract call uses or may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Gas {
    /// Time in picoseconds of the reference machine.
    pub ref_time: u64,
    /// Bytes of state that prove the execution.
    pub proof_size: u64,
}

impl Gas {
    /// A quarter more: what other transactions may change between an estimate and the block.
    #[must_use]
    pub const fn with_margin(self) -> Self {
        Self {
            ref_time: self.ref_time.saturating_add(self.ref_time / 4),
            proof_size: self.proof_size.saturating_add(self.proof_size / 4),
        }
    }
}

/// What a dry run found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun<T> {
    /// What the message would return.
    pub value: T,
    /// The least gas limit with which the call succeeds, without a margin.
    pub gas: Gas,
    /// The native tokens that the call would lock for what it stores.
    pub deposit: u128,
    /// The native tokens that the call would give back for what it frees.
    pub refund: u128,
}

/// `ContractResult<Result<ExecReturnValue, DispatchError>, Balance, _>` of pallet-contracts, read by field names.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractResult {
    gas_required: Gas,
    storage_deposit: StorageDeposit,
    result: Result<ExecReturnValue, Value>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
enum StorageDeposit {
    Refund(u128),
    Charge(u128),
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ExecReturnValue {
    flags: ReturnFlags,
    data: Vec<u8>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ReturnFlags {
    bits: u32,
}

/// The flag of a call that undid everything it did.
const REVERTED: u32 = 1;

/// What a call did in a dry run before anybody interprets the bytes that it returned.
pub(crate) struct RawRun {
    pub output: Vec<u8>,
    pub reverted: bool,
    pub gas: Gas,
    pub deposit: u128,
    pub refund: u128,
}

/// Executes a call at a block and undoes it; the outer error is the connection's, the inner one the chain's.
pub(crate) async fn run(
    rpc: &Rpc,
    at: &AtBlock,
    caller: &AccountId,
    contract: &AccountId,
    input: &[u8],
) -> Result<Result<RawRun, DispatchFailure>, Error> {
    /// `None`: as much gas and deposit as a block and the caller's balance allow.
    const UNLIMITED: Option<u128> = None;
    let (caller, contract) = (account_id(caller), account_id(contract));
    let no_value = 0u128;
    let arguments = (caller, contract, no_value, UNLIMITED, UNLIMITED, input.to_vec());
    let call = subxt::dynamic::runtime_api_call::<_, ContractResult>("ContractsApi", "call", arguments);
    let run = at.runtime_apis().call(call).await;
    let run = run.map_err(|e| rpc.error("running a contract's message", e))?;
    let (deposit, refund) = match run.storage_deposit {
        StorageDeposit::Charge(amount) => (amount, 0),
        StorageDeposit::Refund(amount) => (0, amount),
    };
    Ok(match run.result {
        Ok(ExecReturnValue { flags, data }) => Ok(RawRun {
            output: data,
            reverted: flags.bits & REVERTED != 0,
            gas: run.gas_required,
            deposit,
            refund,
        }),
        Err(error) => Err(DispatchFailure::read(&error, at.metadata_ref())),
    })
}
