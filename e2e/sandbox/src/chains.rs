//! The chains that contracts are built for, as runtimes that a sandbox drives.

use crate::{contracts_directory, subtensor};
use inktensor_runtime::{AccountId, Hash, UNIT};

/// The local chain, as its node runs it.
pub type Local = inktensor_runtime::Runtime;

/// A chain with the own coin and the limits of Bittensor's.
pub type Subtensor = subtensor::Runtime;

/// A runtime with pallet-contracts, whose deposits are in the coin of pallet-balances.
pub trait Chain:
    frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: TryInto<pallet_contracts::Event<Self>>>
    + pallet_balances::Config
    + pallet_timestamp::Config<Moment = u64>
    + pallet_contracts::Config<Currency = pallet_balances::Pallet<Self>>
{
    /// What every account begins with, in the chain's own coin.
    const ENDOWMENT: u128;
    /// The folder of the contracts that are built for it, in that of all that are built.
    const CONTRACTS: &str;

    /// The Wasm of a contract that cargo-contract built for it; panics with what to run when it is not there.
    fn contract_code(name: &str) -> Vec<u8> {
        let folder = contracts_directory().join(Self::CONTRACTS).join(name);
        let path = folder.join(format!("{name}.wasm"));
        std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "cannot read {}: {error}; build the contracts first: `cargo xtask test --only sandbox`",
                path.display()
            )
        })
    }
}

impl Chain for Local {
    const ENDOWMENT: u128 = 1_000_000_000 * UNIT;
    const CONTRACTS: &str = "";
}

impl Chain for Subtensor {
    const ENDOWMENT: u128 = 1_000_000 * subtensor::COIN as u128;
    const CONTRACTS: &str = "subtensor";
}
